// SPDX-License-Identifier: Apache-2.0
// Random expressions in random zones at random times, half of them near a change of clock. SEED=n repeats a run.
import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { readClock, slotsByClock, textOf, type Expression } from './oracle.ts';
import { cronOf, slotsBackwards, slotsBetween } from './slots.ts';

/** Seconds of work, which a busy machine stretches. */
vi.setConfig({ testTimeout: 120_000 });

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);

const some = (min: number, max: number, maxLength: number): fc.Arbitrary<number[]> =>
  fc.uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength });

/** Hours of the night are named more often: that is when clocks are changed. */
const hours = fc.oneof(some(0, 4, 3), some(0, 23, 6), fc.constant<number[]>([23, 0, 1]));
const expressions: fc.Arbitrary<Expression> = fc.record(
  {
    minutes: fc.oneof(some(0, 59, 5), fc.constant<number[]>([0]), fc.constant<number[]>([0, 15, 30, 45])),
    hours,
    days: some(1, 28, 12),
    months: fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { minLength: 6, maxLength: 12 }),
    weekdays: some(0, 6, 4),
  },
  { requiredKeys: [] },
);

/** Since when every zone counts in whole minutes, until when the rules of today are known. */
const instants = fc.integer({ min: Date.UTC(1975, 0, 1) / minuteMs, max: Date.UTC(2100, 0, 1) / minuteMs });
const zones = fc.constantFrom(...Intl.supportedValuesOf('timeZone'));

/** Moved to the next change of the zone's clock within a year, if there is one. */
function nearChange(timeZone: string, at: number): number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  const offset = (time: number): string => format.format(time).replace(/.*,\s*/, '');
  for (let day = 0; day < 366; day++)
    if (offset(at + day * dayMs) !== offset(at + (day + 1) * dayMs)) return at + day * dayMs;
  return at;
}

describe(`random windows (SEED=${seed})`, () => {
  it('hold the slots that the clock on the wall says', () => {
    const window = fc.record({ zone: zones, minute: instants, near: fc.boolean(), expression: expressions });
    fc.assert(
      fc.property(window, ({ zone, minute, near, expression }) => {
        const at = near ? nearChange(zone, minute * minuteMs) : minute * minuteMs;
        const [from, to] = [at - 24 * hourMs, at + 48 * hourMs];
        const slots = slotsByClock(expression, readClock(zone, from, to), from);
        const cron = cronOf(textOf(expression), zone);
        expect(slotsBetween(from, to, cron)).toEqual(slots);
        expect(slotsBackwards(from, to, cron)).toEqual(slots);
        expect(cron.count(from - 1, to - 1, 1e6)).toBe(slots.length);
      }),
      { numRuns: 200, seed },
    );
  });

  it('have slots that come after, before and beside one another', () => {
    fc.assert(
      fc.property(zones, instants, expressions, (zone, minute, expression) => {
        const cron = cronOf(textOf(expression), zone);
        const now = minute * minuteMs;
        const next = cron.next(now)!;
        const before = cron.previous(now)!;
        expect(next).toBeGreaterThan(now);
        expect(before).toBeLessThan(now);
        expect(cron.previous(next)).toBeLessThanOrEqual(now);
        expect(cron.next(before)).toBeGreaterThanOrEqual(now);
        expect(cron.count(before, next, 10)).toBe(cron.previous(next) === now ? 2 : 1);
        expect(next - before).toBeLessThanOrEqual(2 * cron.intervalMs + 2 * dayMs);
      }),
      { numRuns: 500, seed },
    );
  });
});
