// SPDX-License-Identifier: Apache-2.0
// One item of a field's list, such as 5, MON-FRI or */15, read as a CronJob reads it and written in plain numbers, so
// that no other reader can take it for something else: cron-parser would let 7 be Sunday, and end 5/2 with it.

/** The fields in their order. */
export const units = [
  { name: 'minute', low: 0, high: 59, names: [] },
  { name: 'hour', low: 0, high: 23, names: [] },
  { name: 'day of month', low: 1, high: 31, names: [] },
  {
    name: 'month',
    low: 1,
    high: 12,
    names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  },
  { name: 'day of week', low: 0, high: 6, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
] satisfies Unit[];

export type Unit = { name: string; low: number; high: number; names: string[] };

/** `star`: restricts nothing, which matters where one day field may stand in for the other. */
export type Item = { text: string; star: boolean };

/** What follows a star's hyphen counts for nothing, as with CronJobs. */
const shape = /^(?:(?<star>[*?])(?:-[^/]*)?|(?<from>[^-/]+)(?:-(?<to>[^-/]+))?)(?:\/(?<step>\+?\d+))?$/;

/** Undefined: no item of this field. */
export function readItem(text: string, unit: Unit): Item | undefined {
  const groups = shape.exec(text)?.groups;
  if (!groups) return undefined;
  const { from, to, step } = rangeOf(groups, unit);
  const isRange = from >= unit.low && to <= unit.high && from <= to;
  if (!isRange || !(step >= 1 && Number.isSafeInteger(step))) return undefined;
  const star = groups['star'] !== undefined && step === 1;
  return { text: from === to ? `${from}` : `${from}-${to}/${step}`, star };
}

type Range = { from: number; to: number; step: number };

/** NaN compares with nothing, so that it is refused. A start with a step goes on to the end. */
function rangeOf(groups: Record<string, string | undefined>, unit: Unit): Range {
  const step = Number(groups['step'] ?? 1);
  if (groups['star'] !== undefined) return { from: unit.low, to: unit.high, step };
  const from = valueOf(groups['from'] ?? '', unit);
  const last = groups['step'] === undefined ? from : unit.high;
  return { from, to: groups['to'] === undefined ? last : valueOf(groups['to'], unit), step };
}

function valueOf(text: string, { low, names }: Unit): number {
  const named = names.indexOf(text.toLowerCase());
  if (named !== -1) return named + low;
  return /^\+?\d+$/.test(text) ? Number(text) : Number.NaN;
}
