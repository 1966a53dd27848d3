// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { durationMs, durationText } from '../../../src/plan/duration.ts';

describe('durations', () => {
  it.each([
    ['0s', 0],
    ['90s', 90_000],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['1h1s', 3_601_000],
    ['720h', 2_592_000_000],
    ['999999h999999m999999s', 999_999 * 3661 * 1000],
  ])('%s is read', (text, ms) => {
    expect(durationMs(text)).toBe(ms);
  });

  it.each(['', 's', '1', '1d', '-1s', '1.5h', '1s1m', ' 1s', '1234567s'])('%j is none', (text) => {
    expect(() => durationMs(text)).toThrow('is no duration such as 90s');
  });

  it.each([
    [0, '0s'],
    [-5, '0s'],
    [1499, '1s'],
    [59_400, '59s'],
    [59_600, '1m'],
    [750_000, '12m30s'],
    [3_600_000, '1h'],
    [11_100_000, '3h5m'],
    [100 * 3_600_000, '100h'],
  ])('%d ms is shown as %s', (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });
});
