// SPDX-License-Identifier: Apache-2.0
// The text of a schedule, read as a CronJob reads it. cron-parser expands the fields; what it takes beyond the dialect
// of CronJobs, or takes for something else than they do, never reaches it.
import { CronExpressionParser } from 'cron-parser';
import { everOccurs, type Fields } from './calendar.ts';
import { readItem, units, type Item, type Unit } from './cron-item.ts';

const macros: Record<string, string> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/** What people bring along from other schedulers, each with what to do instead. */
const foreign: [RegExp, string][] = [
  [/TZ/, 'names a time zone: take it out, and set spec.timeZone'],
  [/^@every\b/, 'counts from no fixed time: write fields, such as "0 */6 * * *" for every six hours'],
  [/^@reboot\b/, 'has no meaning here: write five fields'],
  [/^@/, `is no macro: write five fields, or one of ${Object.keys(macros).join(', ')}`],
];

export type Read = { fields: Fields } | { problem: string };

/** Problems say what was found, where, and what to write instead. */
export function readCron(text: string): Read {
  const found = `the schedule ${JSON.stringify(text)}`;
  const written = Object.hasOwn(macros, text) ? macros[text]! : text;
  const [, advice] = foreign.find(([pattern]) => pattern.test(written)) ?? [];
  if (advice !== undefined) return { problem: `${found} ${advice}` };
  const parts = written.split(/\p{White_Space}+/u).filter((part) => part !== '');
  if (parts.length !== units.length) return { problem: `${found} has ${countOf(parts)}` };
  const lists = parts.map(itemsOf);
  for (const [i, unit] of units.entries()) {
    const wrong = lists[i]!.find((item) => !readItem(item, unit));
    if (lists[i]!.length === 0) return { problem: `${found} names no ${unit.name}: ${choicesOf(unit)}` };
    if (wrong !== undefined)
      return { problem: `${found}: ${JSON.stringify(wrong)} is no ${unit.name}: ${choicesOf(unit)}` };
  }
  return expand(
    units.map((unit, i) => lists[i]!.map((item) => readItem(item, unit)!)),
    found,
  );
}

/** A CronJob lets commas go that part nothing. */
function itemsOf(field: string): string[] {
  return field.split(',').filter((item) => item !== '');
}

function countOf({ length }: string[]): string {
  const counted = length === 1 ? '1 field' : `${length} fields`;
  const seconds = length === 6 ? ' (seconds cannot be given)' : '';
  return `${counted} instead of 5${seconds}: write minute, hour, day of month, month, day of week`;
}

function choicesOf({ low, high, names }: Unit): string {
  const also = names.length === 0 ? '' : `, ${names[0]!.toUpperCase()} to ${names.at(-1)!.toUpperCase()}`;
  return `write *, ${low} to ${high}${also}, a range such as ${low}-${high}, a step such as */2, or a list of them`;
}

function expand(lists: Item[][], found: string): Read {
  const [minutes = [], hours = [], days = [], months = [], weekdays = []] = lists.map(valuesOf);
  const isFree = (unit: number): boolean => lists[unit]!.some(({ star }) => star);
  const fields: Fields = {
    minutes,
    hours,
    days: new Set(days),
    months: new Set(months),
    weekdays: new Set(weekdays),
    eitherDay: !isFree(2) && !isFree(4),
  };
  return everOccurs(fields)
    ? { fields }
    : { problem: `${found} never occurs: none of its months has such a day; write one that some year has` };
}

/** One item at a time: cron-parser refuses a list that names a value twice, and with it 0-30,15. */
function valuesOf(items: Item[], unit: number): number[] {
  const values = items.flatMap(({ text }) => {
    const parts = units.map((_, i) => (i === unit ? text : '*'));
    const { minute, hour, dayOfMonth, month, dayOfWeek } = CronExpressionParser.parse(parts.join(' ')).fields;
    return [minute, hour, dayOfMonth, month, dayOfWeek][unit]!.values.map(Number);
  });
  return [...new Set(values)];
}
