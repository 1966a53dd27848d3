// SPDX-License-Identifier: Apache-2.0
// Slots found the slow way: a clock on the wall is read at every minute, and what it shows is compared with the
// expression. It shares nothing with what it judges: no parser, no offsets, no arithmetic of zones.

/** An expression by its values; a field that is left out is a star. */
export type Expression = {
  minutes?: number[];
  hours?: number[];
  days?: number[];
  months?: number[];
  weekdays?: number[];
};

const minuteMs = 60_000;
/** No clock is put back by more at once. */
const warmUpMs = 3 * 60 * minuteMs;

export function textOf({ minutes, hours, days, months, weekdays }: Expression): string {
  return [minutes, hours, days, months, weekdays].map((values) => values?.join(',') ?? '*').join(' ');
}

export type Reading = { at: number; shown: Date };

/** What a clock in that zone shows at each minute of the range, and for a while before. */
export function readClock(timeZone: string, from: number, to: number): Reading[] {
  const show = clockOf(timeZone);
  const readings: Reading[] = [];
  for (let at = from - warmUpMs; at < to; at += minuteMs) readings.push({ at, shown: dateOf(show(at)) });
  return readings;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** Such as 2027-03-28 03:00. */
export function clockOf(timeZone: string): (at: number) => string {
  const shape = { timeZone, dateStyle: 'short', timeStyle: 'short' } as const;
  const format = clocks.get(timeZone) ?? new Intl.DateTimeFormat('sv-SE', shape);
  clocks.set(timeZone, format);
  return (at) => format.format(at);
}

function dateOf(text: string): Date {
  const part = (from: number, to: number): number => Number(text.slice(from, to));
  return new Date(Date.UTC(part(0, 4), part(5, 7) - 1, part(8, 10), part(11, 13), part(14, 16)));
}

/** Of readings from `from` on, those at which a slot lies. */
export function slotsByClock(expression: Expression, readings: Reading[], from: number): number[] {
  const isHourly = expression.hours === undefined || new Set(expression.hours).size === 24;
  const slots: number[] = [];
  let latest = readings[0]!.shown.getTime() - minuteMs;
  for (const { at, shown } of readings) {
    const isSlot = isHourly ? names(expression, shown) : reaches(expression, latest, shown);
    latest = Math.max(latest, shown.getTime());
    if (isSlot && at >= from) slots.push(at);
  }
  return slots;
}

/** Whether the clock shows for the first time, or jumps over, a time that is named. */
function reaches(expression: Expression, latest: number, shown: Date): boolean {
  for (let time = latest + minuteMs; time <= shown.getTime(); time += minuteMs)
    if (names(expression, new Date(time))) return true;
  return false;
}

function names({ minutes, hours, days, months, weekdays }: Expression, shown: Date): boolean {
  const has = (values: number[] | undefined, value: number): boolean => values?.includes(value) ?? true;
  if (!has(minutes, shown.getUTCMinutes()) || !has(hours, shown.getUTCHours())) return false;
  if (!has(months, shown.getUTCMonth() + 1)) return false;
  const [byDay, byWeekday] = [has(days, shown.getUTCDate()), has(weekdays, shown.getUTCDay())];
  return days && weekdays ? byDay || byWeekday : byDay && byWeekday;
}
