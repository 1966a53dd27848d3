// SPDX-License-Identifier: Apache-2.0
// What the clocks of a time zone show at an instant. Intl alone knows the rules of the zones; here it is asked as
// seldom as possible, because one answer costs as much as sorting a thousand backups.

const weekMs = 7 * 24 * 3_600_000;

/** What a clock on the wall shows, as if it were UTC, and how far it is ahead of UTC. Milliseconds. */
export type WallTime = { shown: number; offset: number };

/**
 * For an IANA zone. Throws a RangeError for a zone that does not exist: whoever lets people name zones asks first.
 * No zone has ever changed its offset twice within a week and come back to the first one: where both ends of a week
 * have the same offset, so has all of it.
 */
export function wallClock(timeZone: string): (ms: number) => WallTime {
  const exact = offsetIn(timeZone);
  const atWeek = new Map<number, number>();
  const ofWeek = (week: number): number => {
    const known = atWeek.get(week);
    if (known !== undefined) return known;
    const offset = exact(week * weekMs);
    atWeek.set(week, offset);
    return offset;
  };
  return (ms) => {
    const week = Math.floor(ms / weekMs);
    const first = ofWeek(week);
    const offset = first === ofWeek(week + 1) ? first : exact(ms);
    return { shown: ms + offset, offset };
  };
}

function offsetIn(timeZone: string): (ms: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'iso8601',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (ms) => {
    const whole = Math.floor(ms / 1000) * 1000;
    const shown: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
    for (const { type, value } of format.formatToParts(whole)) shown[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = shown;
    return Date.UTC(year, month - 1, day, hour, minute, second) - whole;
  };
}
