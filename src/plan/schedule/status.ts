// SPDX-License-Identifier: Apache-2.0
// What the status of a schedule says, once what is wanted has been done.
import type { MilvusBackup, MilvusBackupSchedule } from '../../api/index.ts';
import { timeMs, timeText } from '../moment.ts';
import type { Problem } from '../run-kind.ts';
import type { Answer, Call } from './call.ts';
import { conditionsOf, type Standing } from './conditions.ts';
import { missingReference } from './gates.ts';
import { historyOf, type History } from './history.ts';
import type { ObservedSchedule } from './observed.ts';
import { ownBackups, slotTime, type Thought } from './thought.ts';

type Status = MilvusBackupSchedule['status'];

/** As many as a status may list. */
const mostActive = 100;

export function statusOf(thought: Thought): Status {
  const { observed, cron, slots, history } = thought;
  const { nextScheduleTimes: _, ...before } = observed.object.status;
  const missing = missingReference(observed);
  const waiting = waitingSlot(thought);
  return {
    ...before,
    ...countsOf(observed, history),
    ...announced(thought),
    ...dealtWith(thought),
    ...passedOver(observed.object),
    retention: thought.keeping.status,
    conditions: conditionsOf(observed, { missing, waiting, cron, delay: slots.delay, history }),
  };
}

/** Nothing is announced where nothing can come. */
export function invalidStatus(observed: ObservedSchedule, invalid: Problem): Status {
  const { nextScheduleTimes: _, ...before } = observed.object.status;
  const history = historyOf(observed.object, ownBackups(observed));
  return {
    ...before,
    ...countsOf(observed, history),
    conditions: conditionsOf(observed, { invalid, history }),
  };
}

/** What every status says, whatever is due. */
function countsOf({ object }: ObservedSchedule, { active, fields }: History): Partial<Status> {
  const { metadata, status } = object;
  return {
    observedGeneration: metadata.generation,
    active: namesOf(active),
    missedCount: status.missedCount ?? 0,
    ...fields,
    consecutiveFailures: fields.consecutiveFailures ?? 0,
  };
}

function namesOf(backups: readonly MilvusBackup[]): string[] {
  return backups.map(({ metadata }) => metadata.name).slice(-mostActive);
}

function waitingSlot({ asked }: Thought): Standing['waiting'] {
  if (asked?.call.by !== 'clock' || asked.answer.kind !== 'wait') return undefined;
  return { since: asked.call.due.since, problem: asked.answer.problem };
}

/** A slot that is due stays announced until it has been dealt with: this is how the next reconcile knows of it. */
function announced({ observed, slots, asked }: Thought): Partial<Status> {
  if (observed.object.spec.suspend) return {};
  const isOpen = asked?.call.by === 'clock' && isWaiting(asked.answer);
  return { nextScheduleTimes: (isOpen ? slots.promised : slots.next).map(timeText) };
}

function isWaiting({ kind }: Answer): boolean {
  return kind === 'wait' || kind === 'ask';
}

function dealtWith({ observed, asked, history }: Thought): Partial<Status> {
  if (!asked || isWaiting(asked.answer)) return {};
  const { call, answer } = asked;
  const isNew = answer.kind === 'create';
  return {
    ...(isNew ? { active: [...namesOf(history.active), call.name].slice(-mostActive) } : {}),
    ...(isNew || answer.kind === 'adopt' ? { lastBackup: call.name } : {}),
    ...(call.by === 'trigger' ? { lastTrigger: call.token } : slotFields(observed, call, answer)),
  };
}

function slotFields(
  observed: ObservedSchedule,
  call: Exclude<Call, { by: 'trigger' }>,
  { kind }: Answer,
): Partial<Status> {
  const { lastScheduleTime, missedCount = 0 } = observed.object.status;
  const latest = Math.max(call.time, timeMs(lastScheduleTime) ?? call.time);
  const fields = { lastScheduleTime: timeText(latest) };
  if (call.by === 'creation') return fields;
  const ownCount = (kind === 'pass' ? 0 : 1) + madeBefore(observed, call);
  return { ...fields, missedCount: missedCount + Math.max(0, call.due.count - ownCount) };
}

/** Of the slots that are due together those that have their backup: the operator died before it was told. */
function madeBefore(observed: ObservedSchedule, { due }: Extract<Call, { by: 'clock' }>): number {
  const first = due.since - (due.at - due.slot);
  return ownBackups(observed).filter((backup) => {
    const slot = slotTime(backup);
    return slot !== undefined && slot >= first && slot < due.slot;
  }).length;
}

/** Made suspended, and not to catch up: the backup at its creation is passed over. */
function passedOver({ metadata, spec, status }: MilvusBackupSchedule): Partial<Status> {
  const isLeftOut = spec.suspend && spec.immediate && spec.resumePolicy === 'NextSlot';
  if (!isLeftOut || status.lastScheduleTime !== undefined) return {};
  return { lastScheduleTime: metadata.creationTimestamp };
}
