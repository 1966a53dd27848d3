// SPDX-License-Identifier: Apache-2.0
// The conditions of a schedule. Ready, Reconciling and Stalled say whether it can make backups, whatever becomes of
// those: a failed backup is told by LastBackupSucceeded, and one that does not come by Overdue.
import {
  findCondition,
  mergeConditions,
  type Condition,
  type ConditionStatus,
  type WantedCondition,
} from '../../api/index.ts';
import { isReason, type Reason } from '../../base/reason.ts';
import { timeMs, timeText } from '../moment.ts';
import type { Problem } from '../run-kind.ts';
import type { Cron } from './cron.ts';
import type { History } from './history.ts';
import type { ObservedSchedule } from './observed.ts';

/** From then on a backup that has not been made is overdue. */
export const overdueMs = 60_000;
/** Clocks are never quite alike. */
const skewMs = 60_000;

export type Standing = {
  /** The spec cannot be carried out. */
  invalid?: Problem | undefined;
  /** What the template names is not there. */
  missing?: Problem | undefined;
  /** A slot is due since then, and this keeps it. */
  waiting?: { since: number; problem: Problem } | undefined;
  /** Undefined where the spec is not valid. */
  cron?: Cron | undefined;
  /** By how much backups begin later than their slots. */
  delay?: number;
  history: History;
};

export function conditionsOf(observed: ObservedSchedule, standing: Standing): Condition[] {
  const { object, now } = observed;
  const wanted = [
    ...readiness(observed, standing),
    lastBackup(object.status.conditions, standing.history),
    overdue(observed, standing),
  ];
  const { generation } = object.metadata;
  return mergeConditions(object.status.conditions, wanted, { generation, now });
}

/** The clock stands before what has been dealt with: it was wrong then, or is now. */
export function clockSkew({ object, now }: ObservedSchedule): Problem | undefined {
  const last = timeMs(object.status.lastScheduleTime);
  if (last === undefined || last - now < skewMs) return undefined;
  const message = `the operator's clock says ${timeText(now)}, and ${timeText(last)} has been dealt with already: the next backup is made after that. Set the clock right, or make the schedule anew.`;
  return { reason: 'ClockSkew', message };
}

function readiness(observed: ObservedSchedule, { invalid, missing }: Standing): WantedCondition[] {
  if (invalid) return [wanted('Ready', 'False', invalid), wanted('Stalled', 'True', invalid)];
  if (missing) return [wanted('Ready', 'False', missing), wanted('Reconciling', 'True', missing)];
  const ready = { reason: 'Completed', message: 'the spec is valid, and what it names is there' } as const;
  const skew = clockSkew(observed);
  return [wanted('Ready', 'True', ready), ...(skew ? [wanted('Reconciling', 'True', skew)] : [])];
}

function lastBackup(before: readonly Condition[] | undefined, { last }: History): WantedCondition {
  const type = 'LastBackupSucceeded';
  if (last?.failure) {
    const { reason, message } = last.failure;
    return wanted(type, 'False', {
      reason,
      message: `MilvusBackup ${last.backup.metadata.name}: ${message}`,
    });
  }
  if (last) {
    const message = `MilvusBackup ${last.backup.metadata.name} succeeded`;
    return wanted(type, 'True', { reason: 'Completed', message });
  }
  const known = findCondition(before, type);
  if (known) return { ...known, ...problemOf(known), status: known.status as ConditionStatus };
  return wanted(type, 'Unknown', {
    reason: 'InProgress',
    message: 'no backup of this schedule has ended yet',
  });
}

function overdue(observed: ObservedSchedule, standing: Standing): WantedCondition {
  const { now, object } = observed;
  const type = 'Overdue';
  const { invalid, waiting } = standing;
  if (invalid) return wanted(type, 'Unknown', invalid);
  if (object.spec.suspend) {
    return wanted(type, 'Unknown', { reason: 'Suspended', message: 'nothing is expected while suspended' });
  }
  const skew = clockSkew(observed);
  if (skew) return wanted(type, 'Unknown', skew);
  if (waiting && now >= waiting.since + overdueMs) return wanted(type, 'True', sinceThen(waiting));
  const missed = withoutSuccess(observed, standing);
  if (missed) return wanted(type, 'True', missed);
  if (waiting) return wanted(type, 'False', sinceThen(waiting));
  return wanted(type, 'False', { reason: 'Completed', message: 'no backup is overdue' });
}

function sinceThen({ since, problem }: { since: number; problem: Problem }): Problem {
  return { reason: problem.reason, message: `a backup is due since ${timeText(since)}: ${problem.message}` };
}

/** Two slots have passed since the last success, or since successes were expected. */
function withoutSuccess(observed: ObservedSchedule, standing: Standing): Problem | undefined {
  const { conditions } = observed.object.status;
  const second = secondLatest(observed, standing);
  const success = standing.history.fields.lastSuccessfulTime;
  if (second === undefined || second <= expectedSince(observed, success)) return undefined;
  const since = success === undefined ? 'yet' : `since ${success}`;
  return { reason: whyNot(conditions, standing.history), message: `no backup has succeeded ${since}` };
}

function expectedSince({ object, now }: ObservedSchedule, success: string | undefined): number {
  const { metadata, status } = object;
  const before = findCondition(status.conditions, 'Overdue');
  const begin = timeMs(success ?? metadata.creationTimestamp) ?? now;
  // Whoever is late stays it until a success; and of one that was suspended nothing was expected until now.
  if (before === undefined || before.status === 'True') return begin;
  return before.status === 'False' ? Math.max(begin, timeMs(before.lastTransitionTime) ?? begin) : now;
}

/** When the slot before the latest was to begin. */
function secondLatest({ now }: ObservedSchedule, { cron, delay = 0 }: Standing): number | undefined {
  const latest = cron?.previous(now - delay + 1);
  const second = latest === undefined ? undefined : cron?.previous(latest);
  return second === undefined ? undefined : second + delay;
}

function whyNot(before: readonly Condition[] | undefined, { last, active }: History): Reason {
  if (active.length > 0) return 'InProgress';
  if (last) return last.failure?.reason ?? 'Missed';
  const known = findCondition(before, 'LastBackupSucceeded');
  return known?.status === 'False' ? problemOf(known).reason : 'Missed';
}

function problemOf({ reason, message }: Condition): Problem {
  return { reason: isReason(reason) ? reason : 'Unexpected', message };
}

function wanted(type: string, status: ConditionStatus, { reason, message }: Problem): WantedCondition {
  return { type, status, reason, message };
}
