// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { microTime } from '../../../src/kube/micro-time.ts';

describe('MicroTime', () => {
  const base = Date.parse('2026-11-20T12:00:00Z');
  it.each([
    [0, '2026-11-20T12:00:00.000000Z'],
    [7, '2026-11-20T12:00:00.007000Z'],
    [0.25, '2026-11-20T12:00:00.000250Z'],
    [999.75, '2026-11-20T12:00:00.999750Z'],
    [0.99996, '2026-11-20T12:00:00.001000Z'],
  ])('%d ms later has exactly six digits', (ms, text) => {
    expect(microTime(base + ms)).toBe(text);
  });
});
