// SPDX-License-Identifier: Apache-2.0
// A restore with `existing: Drop` first says what it would drop, and goes on when that is confirmed. Where it stands is
// read off its status alone: a plan that was accepted has the time of it, and it loses that when the engine finds that
// the target is no longer what was confirmed.
import type { MilvusRestore, MilvusRestoreStatus } from '../api/index.ts';
import { digestOfDrops } from '../contract/drops.ts';
import type { Result } from '../contract/result.ts';
import { isAtRest, lastOf } from './attempts.ts';
import { changeOf, questionOf, tokenOf, type Plan } from './confirmation.ts';
import { without } from './fields.ts';
import { timeText } from './moment.ts';
import type { Lists } from './outcome.ts';
import type { Planning, RunStatus } from './run-kind.ts';
import { stateOfPlan } from './restore-plan.ts';

/** Undefined: this restore drops nothing, or is only to say what it would. */
export function planningOf(restore: MilvusRestore): Planning | undefined {
  const { existing, dryRun } = restore.spec;
  if (existing !== 'Drop' || dryRun) return undefined;
  return {
    isAccepted,
    acceptedTime: (status) => planIn(status)?.acceptedTime,
    question: (status) => questionOf(restore, status),
    planned: (status, result, lists) => planned(restore, status, { result, lists }),
    begun,
    order: (status) =>
      isAccepted(status) || isAtRest(status) ? { confirmedDrops: digestIn(status) } : { dryRun: true },
  };
}

function planIn(status: RunStatus): Plan | undefined {
  return (status as MilvusRestoreStatus).plan;
}

/** And has not been refused since. */
function isAccepted(status: RunStatus): boolean {
  const { reason, endTime } = lastOf(status.attempts ?? []) ?? {};
  const isRefused = endTime !== undefined && reason === 'TargetNotEmpty';
  return planIn(status)?.acceptedTime !== undefined && !isRefused;
}

/** What was shown; where that was nothing, nothing may go. */
function digestIn(status: RunStatus): string {
  return planIn(status)?.dropDigest ?? digestOfDrops([]).sha256;
}

type Told = { result: Result; lists: Lists };

function planned(restore: MilvusRestore, status: RunStatus, { result, lists }: Told): RunStatus {
  const plan = stateOfPlan(result, lists, true)!;
  const changed = changeOf(planIn(status), plan);
  const rest = without(status as MilvusRestoreStatus, 'plan', 'confirmationToken', 'progress');
  const next: MilvusRestoreStatus = {
    ...rest,
    plan: { ...plan, ...(changed === undefined ? {} : { changed }) },
    ...(plan.dropDigest === undefined
      ? {}
      : { confirmationToken: tokenOf(restore.metadata.uid, plan.dropDigest) }),
  };
  return next;
}

/** As the next attempt is written down: it works on an accepted plan, or makes another one. */
function begun(status: RunStatus, now: number): RunStatus {
  const plan = planIn(status);
  if (isAccepted(status) || plan === undefined) return status;
  const next: MilvusRestoreStatus = isAtRest(status)
    ? { ...status, plan: { ...plan, acceptedTime: timeText(now) } }
    : { ...without(status as MilvusRestoreStatus, 'confirmationToken'), plan: without(plan, 'acceptedTime') };
  return next;
}
