// SPDX-License-Identifier: Apache-2.0
// All that follows from what is observed of a schedule, before anything is wanted.
import type { MilvusBackup, MilvusBackupSchedule } from '../../api/index.ts';
import { timeMs } from '../moment.ts';
import type { Problem } from '../run-kind.ts';
import { answerTo, callOf, type Answer, type Call } from './call.ts';
import { parseCron, type Cron } from './cron.ts';
import { keepingOf, type Keeping } from './expire.ts';
import { historyOf, type History } from './history.ts';
import { slotAnnotation } from '../labels.ts';
import { isMadeBy } from './names.ts';
import type { ObservedSchedule } from './observed.ts';
import { slotsOf, type Slots } from './slots.ts';

export type Thought = {
  observed: ObservedSchedule;
  cron: Cron;
  slots: Slots;
  asked: { call: Call; answer: Answer } | undefined;
  history: History;
  keeping: Keeping;
};

export function cronOf({ spec }: MilvusBackupSchedule): { cron: Cron } | { problem: Problem } {
  const parsed = parseCron(spec.cron, spec.timeZone);
  if ('cron' in parsed) return parsed;
  return { problem: { reason: 'InvalidConfiguration', message: parsed.problem } };
}

export function thoughtOf(observed: ObservedSchedule, cron: Cron): Thought {
  const { object, now } = observed;
  const slots = slotsOf(object, cron, now);
  const backups = ownBackups(observed);
  const call = callOf(observed, slots);
  const answer = call && answerTo(observed, call, historyOf(object, backups).active);
  const adopted = answer?.kind === 'adopt' ? [answer.backup] : [];
  const all = [...backups, ...adopted];
  return {
    observed,
    cron,
    slots,
    asked: call && answer && { call, answer },
    history: historyOf(object, all, [...adopted, ...unrecorded(object, backups)]),
    keeping: keepingOf(observed, backups),
  };
}

/** Of the cache, and those that it does not hold yet. */
export function ownBackups({ object, backups, found }: ObservedSchedule): MilvusBackup[] {
  const known = new Set(backups.map(({ metadata }) => metadata.name));
  const active = new Set(object.status.active);
  const answers = [...found.values()].filter((one) => one !== 'absent');
  const unseen = answers.filter(
    (one) => !known.has(one.metadata.name) && active.has(one.metadata.name) && isMadeBy(one, object),
  );
  return [...backups, ...unseen];
}

/** The time of the schedule that a backup was made for. */
export function slotTime({ metadata }: MilvusBackup): number | undefined {
  return timeMs(metadata.annotations?.[slotAnnotation]);
}

/** Made for slots that the status does not tell of: the operator died before it was written. */
function unrecorded({ status }: MilvusBackupSchedule, backups: readonly MilvusBackup[]): MilvusBackup[] {
  const last = timeMs(status.lastScheduleTime) ?? Number.NEGATIVE_INFINITY;
  return backups.filter((backup) => (slotTime(backup) ?? last) > last);
}
