// SPDX-License-Identifier: Apache-2.0
// Slots of an expression, as tests write them.
import { parseCron, type Cron } from '../../../../src/plan/schedule/cron.ts';
import { timeText } from '../../../../src/plan/moment.ts';

export function cronOf(text: string, timeZone = 'UTC'): Cron {
  const read = parseCron(text, timeZone);
  if ('problem' in read) throw new Error(read.problem);
  return read.cron;
}

export function problemOf(text: string, timeZone = 'UTC'): string {
  const read = parseCron(text, timeZone);
  return 'problem' in read ? read.problem : 'none';
}

/** After `from`, as instants of UTC. */
export function slotsAfter(from: string, many: number, cron: Cron): string[] {
  const slots: string[] = [];
  let at: number | undefined = Date.parse(from);
  while (at !== undefined && slots.length < many) {
    at = cron.next(at);
    if (at !== undefined) slots.push(timeText(at));
  }
  return slots;
}

/** From `from` on to before `to`, one by one. */
export function slotsBetween(from: number, to: number, cron: Cron): number[] {
  const slots: number[] = [];
  for (let at = cron.next(from - 1); at !== undefined && at < to; at = cron.next(at)) slots.push(at);
  return slots;
}

/** The same, found from the end. */
export function slotsBackwards(from: number, to: number, cron: Cron): number[] {
  const slots: number[] = [];
  for (let at = cron.previous(to); at !== undefined && at >= from; at = cron.previous(at)) slots.push(at);
  return slots.toReversed();
}
