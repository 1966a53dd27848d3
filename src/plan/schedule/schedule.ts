// SPDX-License-Identifier: Apache-2.0
// What a schedule does now: whether a backup is made, and what its status says. The same observations make the same
// decision. A backup is made before the status says so; whoever dies in between, the next one finds it under its name.
import type { MilvusBackupSchedule } from '../../api/index.ts';
import { defined } from '../fields.ts';
import { longestPauseMs, nextOf } from '../moment.ts';
import { callOf, patienceMs } from './call.ts';
import { newBackup } from './child.ts';
import { overdueMs } from './conditions.ts';
import type { History } from './history.ts';
import { newsOf } from './news.ts';
import type { DesiredSchedule, Judged, ObservedSchedule } from './observed.ts';
import { slotsOf } from './slots.ts';
import { invalidStatus, statusOf } from './status.ts';
import { cronOf, thoughtOf, type Thought } from './thought.ts';

/** Names of MilvusBackups that the server must be asked for: what is about to be made, and what no cache holds (yet). */
export function wantedForSchedule(observed: ObservedSchedule): string[] {
  const { object, now } = observed;
  const cron = cronOf(object);
  if (object.metadata.deletionTimestamp !== undefined || 'problem' in cron) return [];
  const call = callOf(observed, slotsOf(object, cron.cron, now));
  const known = new Set(observed.backups.map(({ metadata }) => metadata.name));
  const unseen = (object.status.active ?? []).filter((name) => !known.has(name));
  return [...new Set([...unseen, ...(call ? [call.name] : [])])];
}

export function planSchedule(observed: ObservedSchedule): DesiredSchedule {
  const { object } = observed;
  if (object.metadata.deletionTimestamp !== undefined)
    return { cancel: [], status: object.status, marks: [], news: [] };
  const cron = cronOf(object);
  if ('cron' in cron) return desiredOf(thoughtOf(observed, cron.cron));
  const status = invalidStatus(observed, cron.problem);
  return { cancel: [], status, marks: [], news: newsOf(object, status) };
}

export function desiredOf(thought: Thought): DesiredSchedule {
  const { observed, asked, history } = thought;
  const { object, now } = observed;
  const status = statusOf(thought);
  const call = asked?.answer.kind === 'create' ? asked.call : undefined;
  return {
    cancel: call ? givingWay(object, history) : [],
    ...defined({ create: call && newBackup(object, call.name, call.time) }),
    status,
    marks: thought.keeping.marks,
    news: newsOf(object, status, thought),
    ...defined({ requeueAt: nextOf(now, ...wakings(thought), now + longestPauseMs) }),
  };
}

function givingWay({ spec }: MilvusBackupSchedule, { active }: History): Judged[] {
  if (spec.concurrencyPolicy !== 'Replace') return [];
  return active
    .filter(({ spec, metadata }) => !spec.cancel && metadata.deletionTimestamp === undefined)
    .map(({ metadata: { name, uid, resourceVersion } }) => ({ name, uid, resourceVersion }));
}

function wakings({ observed, slots, asked }: Thought): (number | undefined)[] {
  const { now, object } = observed;
  const next = object.spec.suspend ? undefined : slots.wakeAt;
  if (!asked) return [next];
  const { call, answer } = asked;
  // Asked for, or something else may be asked for too.
  if (answer.kind !== 'wait') return [now + 1, next];
  if (call.by !== 'clock') return [next];
  const { at, since } = call.due;
  return [since + overdueMs, at + patienceMs(object) + 1, next];
}
