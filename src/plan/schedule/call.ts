// SPDX-License-Identifier: Apache-2.0
// What asks for a backup now, if anything does, and what comes of it. Whatever asks has a name for its backup: one that
// is there already and ours was made before a crash and is taken over; one that is not ours is left alone.
import type { MilvusBackup } from '../../api/index.ts';
import { durationMs } from '../duration.ts';
import { timeMs } from '../moment.ts';
import type { Problem } from '../run-kind.ts';
import { gateOf } from './gates.ts';
import { isMadeBy, slotName, triggerName } from './names.ts';
import type { ObservedSchedule } from './observed.ts';
import type { DueSlot, Slots } from './slots.ts';

export type Call = {
  /** Of the backup. */
  name: string;
  /** The time of the schedule that it is for. */
  time: number;
} & ({ by: 'clock'; due: DueSlot } | { by: 'creation' } | { by: 'trigger'; token: string });

export type Answer =
  /** The server has not been asked for that name yet. */
  | { kind: 'ask' }
  | { kind: 'wait'; problem: Problem }
  | { kind: 'create' }
  | { kind: 'adopt'; backup: MilvusBackup }
  /** Nothing is made for it any more. */
  | { kind: 'pass'; problem: Problem };

/** A backup that begins within this time of its slot is on time for missedRuns Skip. */
const punctualMs = 60_000;

/** One at a time, the clock's first: a slot is late sooner than a person. */
export function callOf({ object, now }: ObservedSchedule, { due }: Slots): Call | undefined {
  const { metadata, spec, status } = object;
  if (due && !spec.suspend) return { by: 'clock', name: slotName(object, due.slot), time: due.slot, due };
  const creation = timeMs(metadata.creationTimestamp) ?? now;
  if (spec.immediate && !spec.suspend && status.lastScheduleTime === undefined) {
    return { by: 'creation', name: slotName(object, creation), time: creation };
  }
  const token = spec.trigger;
  if (token === undefined || token === status.lastTrigger) return undefined;
  return { by: 'trigger', name: triggerName(object, token), time: now, token };
}

export function answerTo(observed: ObservedSchedule, call: Call, active: readonly MilvusBackup[]): Answer {
  const found = observed.found.get(call.name);
  if (found === undefined) return { kind: 'ask' };
  if (found !== 'absent') return isMadeBy(found, observed.object) ? adopt(found) : foreign(call);
  const late = lateness(observed, call);
  if (late) return { kind: 'pass', problem: late };
  const problem = gateOf(observed, active);
  return problem ? { kind: 'wait', problem } : { kind: 'create' };
}

function adopt(backup: MilvusBackup): Answer {
  return { kind: 'adopt', backup };
}

function foreign({ name }: Call): Answer {
  const message = `a MilvusBackup ${name} is there that this schedule did not make: none is made in its place. Delete or rename it.`;
  return { kind: 'pass', problem: { reason: 'BackupExists', message } };
}

function lateness({ object, now }: ObservedSchedule, call: Call): Problem | undefined {
  if (call.by !== 'clock' || now - call.due.at <= patienceMs(object)) return undefined;
  const { startingDeadline, missedRuns } = object.spec;
  const rule =
    startingDeadline === undefined ? `missedRuns ${missedRuns}` : `startingDeadline ${startingDeadline}`;
  const message = `it could not begin in time, and ${rule} leaves out what is late`;
  return { reason: 'Missed', message };
}

/** How late a backup may begin. */
export function patienceMs({ spec }: ObservedSchedule['object']): number {
  if (spec.startingDeadline !== undefined) return durationMs(spec.startingDeadline);
  return spec.missedRuns === 'Skip' ? punctualMs : Number.POSITIVE_INFINITY;
}
