// SPDX-License-Identifier: Apache-2.0
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jitterMs } from '../../../../src/plan/schedule/jitter.ts';

describe('jitter', () => {
  it('follows from the UID alone and stays below what was asked for', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.integer({ min: 1, max: 86_400 }), (uid, seconds) => {
        const jitter = jitterMs(uid, `${seconds}s`);
        expect(jitter).toBe(jitterMs(uid, `${seconds}s`));
        expect(jitter).toBeGreaterThanOrEqual(0);
        expect(jitter).toBeLessThan(seconds * 1000);
        expect(Number.isInteger(jitter)).toBe(true);
      }),
    );
  });

  it('spreads schedules evenly', () => {
    const buckets = Array.from({ length: 10 }, () => 0);
    const schedules = 20_000;
    for (let i = 0; i < schedules; i++) buckets[Math.floor(jitterMs(`schedule ${i}`, '10m') / 60_000)]!++;
    for (const held of buckets) expect(Math.abs(held / schedules - 0.1)).toBeLessThan(0.01);
  });

  it('is in proportion, so that a longer one keeps the order', () => {
    expect(jitterMs('a', '2h') / jitterMs('a', '1h')).toBeCloseTo(2, 5);
  });

  it.each(['0s', '0h0m0s'])('is none for %s', (none) => {
    expect(jitterMs('a', none)).toBe(0);
  });

  it('is refused as any duration is', () => {
    expect(() => jitterMs('a', 'ten minutes')).toThrow('is no duration such as');
  });
});
