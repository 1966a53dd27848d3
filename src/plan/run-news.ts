// SPDX-License-Identifier: Apache-2.0
// News of a run: the difference between what stood in its status and what will. What stands already is no news, so that
// nothing is told twice however often a run is looked at.
import { findCondition, type Condition } from '../api/index.ts';
import { consequenceOf, isReason, type Reason } from '../base/reason.ts';
import { hasBegun } from './attempts.ts';
import type { Decision } from './decision.ts';
import type { News } from './desired.ts';
import type { Attempt, RunStatus } from './run-kind.ts';

export function newsOfRun(before: RunStatus, { status: after, farewell, cleaned }: Decision): News[] {
  const news: News[] = [
    ...newsOfAttempts(before, after),
    ...newsOfWaits(before, after),
    ...newsOfEnd(before, after),
  ];
  if (isNewlyExpired(before, after)) return [...news, newsOfExpiry(after, farewell?.isLeft ?? false)];
  if (farewell?.isLeft) {
    const note = `the object goes, what it may have left stays: ${farewell.message}`;
    news.push({ type: 'Warning', reason: farewell.reason ?? 'CleanupFailed', action: 'CleanUp', note });
  } else if (farewell && hasBegun({ status: before })) {
    news.push({ type: 'Normal', reason: 'Cleaned', action: 'CleanUp', note: farewell.message });
  }
  if (cleaned !== undefined)
    news.push({ type: 'Normal', reason: 'Cleaned', action: 'CleanUp', note: cleaned });
  return news;
}

function newsOfAttempts(before: RunStatus, after: RunStatus): News[] {
  const known = new Map((before.attempts ?? []).map((attempt) => [attempt.number, attempt]));
  return (after.attempts ?? []).flatMap((attempt) => {
    const old = known.get(attempt.number);
    const news: News[] = [];
    if (attempt.startTime !== undefined && old?.startTime === undefined)
      news.push(startOf(attempt, isRetry(after, attempt)));
    const failed = attempt.endTime !== undefined && old?.endTime === undefined && failureOf(attempt);
    // How the last one ended is told with the run.
    if (failed && after.completionTime === undefined) news.push(failed);
    return news;
  });
}

/** After a plan comes the work, not another try. */
function isRetry({ attempts = [] }: RunStatus, { number }: Attempt): boolean {
  return attempts.some((other) => other.number < number && other.reason !== 'Completed');
}

function startOf({ number, jobName }: Attempt, isRetry: boolean): News {
  const note = `attempt ${number} began as Job ${jobName}`;
  return { type: 'Normal', reason: isRetry ? 'Retrying' : 'Started', action: 'CreateJob', note };
}

function failureOf({ number, reason, message }: Attempt): News | undefined {
  if (reason === undefined || !isReason(reason) || reason === 'Completed' || reason === 'Canceled')
    return undefined;
  return { type: 'Warning', reason, action: 'RunAttempt', note: `attempt ${number} failed: ${message}` };
}

function newsOfWaits(before: RunStatus, after: RunStatus): News[] {
  const old = findCondition(before.conditions, 'Reconciling')?.reason;
  const now = findCondition(after.conditions, 'Reconciling');
  if (!now || now.reason === old || !isReason(now.reason)) return [];
  const { reason, message } = now;
  const consequence = consequenceOf(reason);
  // A failure that is waited after has been told as the attempt's.
  const isTold = (after.attempts ?? []).some((attempt) => attempt.reason === reason);
  if (consequence !== 'wait' && (consequence !== 'retry' || isTold)) return [];
  return [{ type: typeOf(reason), reason, action: 'Wait', note: message }];
}

const patient: readonly Reason[] = [
  'Queued',
  'InstanceBusy',
  'BackupNotReady',
  'AwaitingConfirmation',
  'Canceled',
  'Completed',
];

function typeOf(reason: Reason): News['type'] {
  return patient.includes(reason) ? 'Normal' : 'Warning';
}

function newsOfEnd(before: RunStatus, after: RunStatus): News[] {
  if (after.completionTime === undefined) return newsOfEnding(before, after);
  return before.completionTime === undefined ? newsOfResult(after) : newsOfRemoval(before, after);
}

function newsOfEnding(before: RunStatus, after: RunStatus): News[] {
  const now = findCondition(after.conditions, 'Succeeded');
  if (!now || findCondition(before.conditions, 'Succeeded')) return [];
  return [{ type: 'Normal', reason: 'CleaningUp', action: 'CleanUp', note: now.message }];
}

function newsOfResult({ conditions }: RunStatus): News[] {
  const succeeded = findCondition(conditions, 'Succeeded');
  const ready = findCondition(conditions, 'Ready');
  const news = succeeded ? [newsOf(succeeded, succeeded.status === 'True' ? 'Complete' : 'End')] : [];
  const isLeft = ready?.reason === 'CleanupFailed' && ready.reason !== succeeded?.reason;
  return isLeft ? [...news, newsOf(ready, 'CleanUp')] : news;
}

function newsOfRemoval(before: RunStatus, after: RunStatus): News[] {
  if (after.phase === before.phase) return [];
  const ready = findCondition(after.conditions, 'Ready');
  if (after.phase === 'DeleteFailed' && ready) return [newsOf(ready, 'RemoveData')];
  const note = 'removing the data of the backup';
  return after.phase === 'Deleting'
    ? [{ type: 'Normal', reason: 'CleaningUp', action: 'RemoveData', note }]
    : [];
}

function isNewlyExpired(before: RunStatus, after: RunStatus): boolean {
  return after.phase === 'Expired' && before.phase !== 'Expired';
}

function newsOfExpiry({ conditions }: RunStatus, isLeft: boolean): News {
  const note = findCondition(conditions, 'Ready')?.message ?? '';
  return isLeft
    ? { type: 'Warning', reason: 'CleanupFailed', action: 'RemoveData', note }
    : { type: 'Normal', reason: 'Cleaned', action: 'RemoveData', note };
}

function newsOf({ reason, message }: Condition, action: string): News {
  const known = isReason(reason) ? reason : 'Unexpected';
  return { type: typeOf(known), reason: known, action, note: message };
}
