// SPDX-License-Identifier: Apache-2.0
// Which local times an expression names, on a calendar that knows no zone: a wall time is the milliseconds that a clock
// of UTC would show it at. What zones do to such times is decided elsewhere.

/** What an expression says, field by field. Days are 1 to 31, months 1 to 12, weekdays 0 (Sunday) to 6. */
export type Fields = {
  minutes: number[];
  hours: number[];
  days: Set<number>;
  months: Set<number>;
  weekdays: Set<number>;
  /** Both day fields are restricted: a day need match only one of them. */
  eitherDay: boolean;
};

/** Ranges of wall time hold their beginning and not their end. */
export type Calendar = {
  first(from: number, to: number): number | undefined;
  last(from: number, to: number): number | undefined;
  count(from: number, to: number): number;
  /** The longest distance between two times one after the other. */
  longestMs: number;
};

const minuteMs = 60_000;
export const dayMs = 86_400_000;

const longestMonths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** False for the 31st of February: no year has such a day. */
export function everOccurs({ minutes, hours, days, months, weekdays, eitherDay }: Fields): boolean {
  const inDay = minutes.length > 0 && hours.length > 0;
  const first = Math.min(...days);
  const onDay = [...months].some((month) => first <= (longestMonths[month - 1] ?? 0));
  const onWeekday = months.size > 0 && weekdays.size > 0;
  return inDay && (eitherDay ? onDay || onWeekday : onDay && onWeekday);
}

export function calendarOf(fields: Fields): Calendar {
  const times = timesOfDay(fields);
  const onDay = dayTest(fields);
  return {
    first(from, to) {
      for (let day = dayOf(from); day * dayMs < to; day++) {
        const time = onDay(day) ? times[countBelow(times, from - day * dayMs)] : undefined;
        if (time !== undefined) return below(day * dayMs + time, to);
      }
      return undefined;
    },
    last(from, to) {
      for (let day = dayOf(to - 1); (day + 1) * dayMs > from; day--) {
        const time = onDay(day) ? times[countBelow(times, to - day * dayMs) - 1] : undefined;
        if (time !== undefined) return notBelow(day * dayMs + time, from);
      }
      return undefined;
    },
    count(from, to) {
      let sum = 0;
      for (let day = dayOf(from); day * dayMs < to; day++) {
        const start = day * dayMs;
        if (onDay(day)) sum += countBelow(times, to - start) - countBelow(times, from - start);
      }
      return sum;
    },
    longestMs: longest(times, onDay),
  };
}

/** Milliseconds since the day began, ascending. */
function timesOfDay({ minutes, hours }: Fields): number[] {
  return hours
    .flatMap((hour) => minutes.map((minute) => (hour * 60 + minute) * minuteMs))
    .sort((a, b) => a - b);
}

function dayTest({ days, months, weekdays, eitherDay }: Fields): (day: number) => boolean {
  return (day) => {
    const date = new Date(day * dayMs);
    if (!months.has(date.getUTCMonth() + 1)) return false;
    const byDay = days.has(date.getUTCDate());
    const byWeekday = weekdays.has(date.getUTCDay());
    return eitherDay ? byDay || byWeekday : byDay && byWeekday;
  };
}

const dayOf = (wall: number): number => Math.floor(wall / dayMs);
const below = (wall: number, end: number): number | undefined => (wall < end ? wall : undefined);
const notBelow = (wall: number, start: number): number | undefined => (wall >= start ? wall : undefined);

/** How many of the ascending `times` are less than `bound`. */
function countBelow(times: number[], bound: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** From one leap year to the next, so that 29 February is met twice. */
const sampleFrom = Date.UTC(2004, 0, 1) / dayMs;
const sampleTo = Date.UTC(2009, 0, 1) / dayMs;

function longest(times: number[], onDay: (day: number) => boolean): number {
  let days = 0;
  let before: number | undefined;
  for (let day = sampleFrom; day < sampleTo; day++) {
    if (!onDay(day)) continue;
    days = Math.max(days, before === undefined ? 0 : day - before);
    before = day;
  }
  const within = times.slice(1).map((time, i) => time - times[i]!);
  return Math.max(...within, days * dayMs - times.at(-1)! + times[0]!);
}
