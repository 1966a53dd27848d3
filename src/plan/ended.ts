// SPDX-License-Identifier: Apache-2.0
// A run that has ended stays as it is. What may still come: its Jobs get their time to live, another deletionPolicy its
// finalizer, its data expire, and a deletion takes them where the policy says so. Otherwise nothing is wanted and nothing
// written.
import type { Reason } from '../base/reason.ts';
import { hasTraces } from './attempts.ts';
import { decide, lookAgainMs, type Decision } from './decision.ts';
import { durationMs } from './duration.ts';
import { stateOfErrand, type Errand } from './errand.ts';
import { planExpiry, workingJobs } from './expiring.ts';
import { isRemoving } from './expiry.ts';
import type { Job } from './kubernetes.ts';
import { timeMs } from './moment.ts';
import { conditionOf } from './pods.ts';
import { isRefused } from './refusal.ts';
import { removingConditions } from './run-conditions.ts';
import type { Problem, RunStatus, RunView } from './run-kind.ts';
import { hasFinalizer, isBeingDeleted, skipCleanup, toDelete } from './run-state.ts';
import { isTerminal } from './verdict.ts';
import { isFound } from './sync/imported.ts';

const ttlSeconds = { Complete: 3600, Failed: 24 * 3600 };

export function planEnded(view: RunView): Decision {
  const { object, jobs } = view;
  if (isBeingDeleted(object)) return hasFinalizer(object) ? planRemoval(view) : decide(view, statusOf(view));
  const wantsFinalizer = isInRemoval(view);
  return planExpiry(view, atGeneration(view), {
    ...(wantsFinalizer === hasFinalizer(object) ? {} : { finalizer: wantsFinalizer }),
    deleteJobs: toDelete(jobs),
    expireJobs: jobs.flatMap(expiryOf),
  });
}

/** Whether data go with the object, or have begun to. Of a run without a Job there are none. */
export function isInRemoval({ kind, object }: RunView): boolean {
  const { phase, attempts = [] } = object.status;
  if (phase === 'Expired' || !kind.expiry) return false;
  return isRemoving({ phase }) || (kind.ownsData && (hasTraces(attempts) || isFound(object)));
}

function statusOf({ object }: RunView): RunStatus {
  return object.status;
}

/** What may be changed of an ended run changes nothing about how it ended. */
function atGeneration(view: RunView): RunStatus {
  const { generation } = view.object.metadata;
  const status = statusOf(view);
  if (status.observedGeneration === generation) return status;
  const conditions = (status.conditions ?? []).map((condition) => ({
    ...condition,
    observedGeneration: generation,
  }));
  return { ...status, observedGeneration: generation, conditions };
}

/** How long a Job that has ended may be looked at, once its result stands in the status. */
export function expiryOf(job: Job): { name: string; ttlSeconds: number }[] {
  if (job.spec.ttlSecondsAfterFinished !== undefined || !isTerminal(job)) return [];
  const isComplete = conditionOf(job.status?.conditions, 'Complete')?.status === 'True';
  return [{ name: job.metadata.name, ttlSeconds: isComplete ? ttlSeconds.Complete : ttlSeconds.Failed }];
}

/** The object is being deleted and waits for us. */
function planRemoval(view: RunView): Decision {
  const { object, facts } = view;
  const since = timeMs(object.metadata.deletionTimestamp) ?? view.now;
  const timeoutAt = since + durationMs(object.spec.deletionTimeout);
  if (!isInRemoval(view)) return release(view, false, staysBehind(view));
  if (object.metadata.annotations?.[skipCleanup] === 'true')
    return release(view, true, `annotation ${skipCleanup} says not to remove anything`);
  if (facts.isNamespaceTerminating)
    return release(view, true, 'its namespace is being deleted, and no Job can be made there');
  const working = workingJobs(view);
  if (view.now >= timeoutAt) {
    const message = `its data were not removed within spec.deletionTimeout, ${object.spec.deletionTimeout}`;
    return release(view, true, message, 'DeletionTimedOut');
  }
  if (working.length > 0)
    return removing(view, { deleteJobs: toDelete(working), at: [timeoutAt, view.now + lookAgainMs] });
  return remove(view, since, timeoutAt);
}

/** Without its storage there is nothing to remove, or nobody to say what. */
const withoutStorage: readonly Reason[] = ['StorageNotFound', 'StorageMismatch', 'BucketNotFound'];

function remove(view: RunView, since: number, timeoutAt: number): Decision {
  const errand = removalOf(view, since);
  const state = stateOfErrand(view, errand);
  if (state.state === 'done') return release(view, false, state.result.message);
  if (state.state === 'open') {
    return removing(view, {
      deleteJobs: state.remove ?? [],
      createJobs: state.create ? [state.create] : [],
      at: [timeoutAt, state.at],
      ...(state.problem ? { problem: state.problem } : {}),
    });
  }
  const { reason, message } = state.problem;
  if (withoutStorage.includes(reason)) return release(view, true, message);
  const until = new Date(timeoutAt).toISOString().slice(11, 19);
  const problem = { reason, message: `${message} The object goes at ${until} UTC, the data stay.` };
  const conditions = removingConditions(view, problem, true);
  return decide(view, { ...atGeneration(view), phase: 'DeleteFailed', conditions }, { at: [timeoutAt] });
}

function staysBehind({ object }: RunView): string {
  const isGone = object.status.phase === 'Expired';
  return isGone ? 'its data had expired' : 'the backup stays, as spec.deletionPolicy says';
}

/** As an expiry, but for the time that a deletion gives it: then the object is let go of. */
export function removalOf({ kind }: RunView, since: number): Errand {
  const { persistMs: _, ...errand } = kind.expiry!.errand;
  return { ...errand, since };
}

type Removing = Partial<Pick<Decision, 'deleteJobs' | 'createJobs'>> & {
  at: (number | undefined)[];
  problem?: Problem;
};

function removing(view: RunView, { problem, ...parts }: Removing): Decision {
  const { object } = view;
  const doing = problem ?? { reason: 'InProgress', message: 'removing the data of the backup' };
  const isAgain = parts.createJobs?.length === 1 && isRefused(object.status.conditions);
  const conditions = isAgain ? object.status.conditions! : removingConditions(view, doing, false);
  return decide(view, { ...atGeneration(view), phase: 'Deleting', conditions }, parts);
}

function release(view: RunView, isLeft: boolean, message: string, reason?: Reason): Decision {
  return decide(view, statusOf(view), {
    finalizer: false,
    deleteJobs: toDelete(view.jobs),
    farewell: { isLeft, message, ...(reason ? { reason } : {}) },
  });
}
