// SPDX-License-Identifier: Apache-2.0
// News of a schedule: what it made or left out, and what has changed about it. What stands in the status already is no
// news.
import { findCondition, type Condition, type MilvusBackupSchedule } from '../../api/index.ts';
import { isReason } from '../../base/reason.ts';
import type { News } from '../desired.ts';
import { timeText } from '../moment.ts';
import type { Call } from './call.ts';
import type { History } from './history.ts';
import type { Thought } from './thought.ts';

type Told = Pick<Thought, 'history' | 'asked'>;

export function newsOf(
  { status: before }: MilvusBackupSchedule,
  after: MilvusBackupSchedule['status'],
  told?: Told,
): News[] {
  return [
    ...newsOfCall(told?.asked),
    ...newsOfMissed((after.missedCount ?? 0) - (before.missedCount ?? 0), told?.asked),
    ...newsOfFailure(told?.history),
    ...newsOfChange(before.conditions, after.conditions, 'Ready'),
    ...newsOfChange(before.conditions, after.conditions, 'Overdue'),
  ];
}

function newsOfCall(asked: Thought['asked']): News[] {
  if (!asked) return [];
  const { call, answer } = asked;
  const action = 'CreateBackup';
  const occasion = occasionOf(call);
  if (answer.kind === 'create') {
    return [
      { type: 'Normal', reason: 'Started', action, note: `MilvusBackup ${call.name} was made ${occasion}` },
    ];
  }
  if (answer.kind !== 'pass') return [];
  const { reason, message } = answer.problem;
  return [{ type: 'Warning', reason, action, note: `no backup ${occasion}: ${message}` }];
}

function occasionOf(call: Call): string {
  if (call.by === 'trigger') return `for trigger ${call.token}`;
  return call.by === 'creation' ? 'at the creation of the schedule' : `for ${timeText(call.time)}`;
}

function newsOfMissed(count: number, asked: Thought['asked']): News[] {
  if (count <= 0) return [];
  const until = asked ? `, up to ${timeText(asked.call.time)}` : '';
  const note = `${count} ${count === 1 ? 'time' : 'times'} of the schedule passed without a backup${until}`;
  return [{ type: 'Warning', reason: 'Missed', action: 'CreateBackup', note }];
}

function newsOfFailure(history: History | undefined): News[] {
  if (!history?.last?.failure) return [];
  const { backup, failure } = history.last;
  const note = `MilvusBackup ${backup.metadata.name}: ${failure.message}`;
  return [{ type: 'Warning', reason: failure.reason, action: 'RunBackup', note }];
}

/** The status at which nothing is wrong. */
const good: Record<string, string> = { Ready: 'True', Overdue: 'False' };

function newsOfChange(
  before: readonly Condition[] | undefined,
  after: readonly Condition[] | undefined,
  type: string,
): News[] {
  const old = findCondition(before, type);
  const now = findCondition(after, type);
  if (!now || now.status === 'Unknown' || !isReason(now.reason)) return [];
  const { reason, message: note } = now;
  const action = 'Schedule';
  // That all is well is news only where it was not.
  const isWell = now.status === good[type];
  if (isWell) return old && old.status !== now.status ? [{ type: 'Normal', reason, action, note }] : [];
  return old?.status === now.status && old.reason === reason
    ? []
    : [{ type: 'Warning', reason, action, note }];
}
