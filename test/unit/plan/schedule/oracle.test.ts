// SPDX-License-Identifier: Apache-2.0
// Every minute of the 72 hours around each change of clock of the next two years, in every zone of the world. Zones whose
// clocks change alike are read once; what we say is asked of each.
import { describe, expect, it, vi } from 'vitest';
import { clockOf, readClock, slotsByClock, textOf, type Expression, type Reading } from './oracle.ts';
import { cronOf, slotsBackwards, slotsBetween } from './slots.ts';

/** Seconds of work, which a busy machine stretches. */
vi.setConfig({ testTimeout: 120_000 });

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const aroundMs = 36 * hourMs;
const today = Math.floor(Date.now() / dayMs) * dayMs;
const end = today + 2 * 366 * dayMs;

const every = (step: number): number[] => Array.from({ length: 60 / step }, (_, i) => i * step);
const expressions: Expression[] = [
  { minutes: every(15) },
  { minutes: [0] },
  { minutes: [0], hours: [0] },
  { minutes: [30], hours: [2] },
  { minutes: every(20), hours: [0, 1, 2, 3, 23] },
  { minutes: [5, 45], hours: [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22], weekdays: [0, 6] },
];

/** One change, and the zones whose clocks show the same before it and after it. */
type Change = { at: number; zones: string[] };

const zones = Intl.supportedValuesOf('timeZone');
const changes = changesOf(zones);

function changesOf(timeZones: string[]): Change[] {
  const found = new Map<string, Change>();
  for (const zone of timeZones) {
    for (const [at, before, after] of changesIn(zone)) {
      const key = [at, before, after].join(' ');
      const change = found.get(key) ?? { at, zones: [] };
      change.zones.push(zone);
      found.set(key, change);
    }
  }
  return [...found.values()];
}

/** When, and the offsets before and after. Looked for day by day, then minute by minute. */
function changesIn(timeZone: string): [number, string, string][] {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  const offset = (at: number): string => format.format(at).replace(/.*,\s*/, '');
  const changes: [number, string, string][] = [];
  let before = offset(today);
  for (let day = today; day < end; day += dayMs) {
    const after = offset(day + dayMs);
    if (after === before) continue;
    let at = day;
    while (offset(at) === before) at += 60_000;
    changes.push([at, before, after]);
    before = after;
  }
  return changes;
}

describe('[FM-16] around each change of clock', () => {
  it('of which there are hundreds, in more than a hundred zones', () => {
    expect(changes.flatMap((change) => change.zones).length).toBeGreaterThan(300);
    expect(new Set(changes.flatMap((change) => change.zones)).size).toBeGreaterThan(100);
  });

  it('clocks that are read together show the same', () => {
    for (const { at, zones } of changes) {
      const shown = zones.map((zone) =>
        [at - aroundMs, at - 60_000, at, at + aroundMs].map(clockOf(zone)).join(', '),
      );
      expect(new Set(shown).size, zones.join(' ')).toBe(1);
    }
  });

  it.each(expressions.map((expression) => [textOf(expression), expression] as const))(
    'slots are where the clock on the wall says: %s',
    (text, expression) => {
      for (const { at, zones } of changes) {
        const [from, to] = [at - aroundMs, at + aroundMs];
        const found = slotsByClock(expression, readingsOf(zones[0]!, from, to), from);
        const slots = textOfSlots(found);
        for (const zone of zones) {
          const cron = cronOf(text, zone);
          expect(textOfSlots(slotsBetween(from, to, cron)), zone).toBe(slots);
          expect(textOfSlots(slotsBackwards(from, to, cron)), zone).toBe(slots);
          expect(cron.count(from - 1, to - 1, 1e6), zone).toBe(found.length);
        }
      }
    },
  );
});

/** Compared as one text: many times faster than value by value. */
function textOfSlots(slots: number[]): string {
  return slots.join(' ');
}

const read = new Map<string, Reading[]>();

/** Read once for all expressions. */
function readingsOf(zone: string, from: number, to: number): Reading[] {
  const key = `${zone} ${from}`;
  const readings = read.get(key) ?? readClock(zone, from, to);
  read.set(key, readings);
  return readings;
}
