// SPDX-License-Identifier: Apache-2.0
// How a run ends that is not done: cancel, deadline, deletion and the last failure are one path. Its Job goes, its pod
// is waited for, what it left is put away, and then comes the terminal phase; after deletionTimeout it comes all the
// same, and says what is left.
import type { Condition } from '../api/index.ts';
import { without } from './fields.ts';
import type { Result } from '../contract/result.ts';
import { ended, hasTraces, openOf } from './attempts.ts';
import { decide, lookAgainMs, type Decision } from './decision.ts';
import { durationMs, durationText } from './duration.ts';
import { stateOfErrand, type Errand, type ErrandState } from './errand.ts';
import { expirationOf } from './expiry.ts';
import { timeMs, timeText } from './moment.ts';
import type { Run } from './observed.ts';
import { stoppedProgress } from './progress.ts';
import { isRefused } from './refusal.ts';
import { endingConditions, endingSince, failedConditions } from './run-conditions.ts';
import type { Problem, RunStatus, RunView } from './run-kind.ts';
import { sentences } from './sentences.ts';
import { isBeingDeleted, jobsLeft, skipCleanup, toDelete, type RunState } from './run-state.ts';

export function planEnding(view: RunView, state: RunState, cause: Problem): Decision {
  const { object } = view;
  const since = isBeingDeleted(object)
    ? timeMs(object.metadata.deletionTimestamp)!
    : (endingSince(object.status) ?? view.now);
  const timeoutAt = since + durationMs(object.spec.deletionTimeout);
  const ending: Ending = { view, state: closed(view, state, cause), cause, timeoutAt };
  const haste = reasonForHaste(view);
  if (haste !== undefined) return release(ending, { isLeft: hasTraces(state.attempts), message: haste });
  const isLate = view.now >= timeoutAt;
  // A pod may outlive its Job.
  const isAtWork = jobsLeft(view).length > 0 || ending.state.verdict !== undefined;
  if (isAtWork) return isLate ? giveUp(ending, stillThere(ending)) : stop(ending);
  if (!view.kind.leavesTraces || !hasTraces(ending.state.attempts)) return conclude(ending);
  return cleanUp(ending, isLate);
}

type Ending = { view: RunView; state: RunState; cause: Problem; timeoutAt: number };

/** An attempt whose Job nobody made, or that may never have been made, has ended with the run. */
function closed(view: RunView, state: RunState, cause: Problem): RunState {
  if (state.verdict?.state !== 'absent' || !openOf(state.attempts)) return state;
  const attempts = ended(state.attempts, cause, timeText(view.now));
  return { ...state, attempts, status: { ...state.status, attempts }, verdict: undefined };
}

/** Where nothing can be put away, or shall not be, an object that is deleted goes at once. */
function reasonForHaste({ object, facts }: RunView): string | undefined {
  if (!isBeingDeleted(object)) return undefined;
  if (object.metadata.annotations?.[skipCleanup] === 'true')
    return `annotation ${skipCleanup} says not to clean up`;
  return facts.isNamespaceTerminating
    ? 'its namespace is being deleted, and no Job can be made there'
    : undefined;
}

function stop({ view, state, cause, timeoutAt }: Ending): Decision {
  const { verdict } = state;
  const hindrance = verdict?.state === 'stopping' ? verdict : undefined;
  const doing: Problem = {
    reason: hindrance?.reason ?? 'InProgress',
    message: hindrance?.reason === undefined ? `stopping: ${cause.message}` : hindrance.message,
  };
  const status = {
    ...state.status,
    phase: phaseWhile(view, state.status),
    conditions: endingConditions(view, cause, doing),
  };
  return decide(view, withoutPosition(status), {
    deleteJobs: toDelete(jobsLeft(view)),
    at: [timeoutAt, view.now + lookAgainMs],
  });
}

function stillThere({ view, state }: Ending): Problem {
  const names = jobsLeft(view).map(({ metadata }) => metadata.name);
  const job = names.join(', ') || openOf(state.attempts)?.jobName;
  return { reason: 'CleanupFailed', message: `what Job ${job} began was not put away: its pod does not end` };
}

function cleanUp(ending: Ending, isLate: boolean): Decision {
  const { view, state, timeoutAt } = ending;
  const errand: Errand = { role: 'cleanup', since: 0, build: (number) => view.kind.cleanupJob(number) };
  const cleanup = stateOfErrand(view, errand);
  if (cleanup.state === 'done') return conclude(ending, cleanup.result);
  if (cleanup.state === 'failed' && isWithoutBucket(ending, cleanup.problem)) return conclude(ending);
  if (cleanup.state === 'failed' || isLate) return giveUp(ending, whatIsLeft(view, cleanup));
  const conditions = cleaningConditions(ending, cleanup);
  const status = { ...state.status, phase: phaseWhile(view, state.status), conditions };
  return decide(view, withoutPosition(status), {
    deleteJobs: cleanup.remove ?? [],
    createJobs: cleanup.create ? [cleanup.create] : [],
    at: [timeoutAt, cleanup.at],
  });
}

/** A run that ended for want of a bucket has left nothing in it. */
function isWithoutBucket({ cause }: Ending, { reason }: Problem): boolean {
  return cause.reason === 'BucketNotFound' && reason === 'BucketNotFound';
}

function cleaningConditions(
  { view, state, cause }: Ending,
  { problem, create }: Extract<ErrandState, { state: 'open' }>,
): Condition[] {
  const before = state.status.conditions ?? [];
  // That its Job is refused stands until it is not.
  if (create && isRefused(before) && endingSince(state.status) !== undefined) return before;
  const doing: Problem = { reason: 'InProgress', message: `cleaning up: ${cause.message}` };
  return endingConditions(view, cause, problem ?? doing);
}

function whatIsLeft(view: RunView, cleanup: Exclude<ErrandState, { state: 'done' }>): Problem {
  const { deletionTimeout, instanceRef } = view.object.spec;
  const { reason, message } = cleanup.problem ?? {
    reason: 'InProgress',
    message: `cleaning up took longer than spec.deletionTimeout, ${deletionTimeout}`,
  };
  const uid = view.object.metadata.uid;
  const where = instanceRef ? ` on MilvusInstance ${instanceRef.name}` : '';
  return {
    reason: 'CleanupFailed',
    message: sentences(
      `what the run left${where} was not put away: ${reason}: ${message}`,
      `do it by hand: milvus-backup cleanup --run-id ${uid}`,
    ),
  };
}

function giveUp(ending: Ending, left: Problem): Decision {
  const { view, cause } = ending;
  if (isBeingDeleted(view.object)) {
    const isLate = view.now >= ending.timeoutAt;
    const { message } = left;
    return release(ending, { isLeft: true, message, ...(isLate ? { reason: 'DeletionTimedOut' } : {}) });
  }
  const message = sentences(cause.message, left.message);
  return finish(ending, failedConditions(view, cause, { reason: left.reason, message }));
}

function conclude(ending: Ending, cleaned?: Result): Decision {
  const { view, cause } = ending;
  if (isBeingDeleted(view.object)) {
    return release(ending, { isLeft: false, message: cleaned?.message ?? 'nothing was left to put away' });
  }
  const imports = cleaned?.runningImports ?? [];
  const told = cleaned ? { cleaned: cleaned.message } : {};
  if (imports.length === 0) return { ...finish(ending, failedConditions(view, cause)), ...told };
  const going = `Import jobs that go on in Milvus, and cannot be recalled: ${imports.slice(0, 50).join(', ')}`;
  const conditions = failedConditions(view, { ...cause, message: sentences(cause.message, going) });
  return { ...finish(ending, conditions), ...told };
}

function finish({ view, state, cause }: Ending, conditions: Condition[]): Decision {
  const phase = cause.reason === 'Canceled' ? 'Canceled' : 'Failed';
  // Of a pod that never ended nobody waits any longer.
  const attempts = ended(state.attempts, cause, timeText(view.now));
  const times = timesOf(view.object, state.status, view.now);
  const status = {
    ...state.status,
    phase,
    conditions,
    ...times,
    ...(attempts.length > 0 ? { attempts } : {}),
  };
  return decide(view, withoutPosition(withProgress(status)), {
    finalizer: view.kind.ownsData && hasTraces(attempts),
    // What did not end in time shall not go on afterwards.
    deleteJobs: toDelete(view.jobs),
    // Its Jobs are put away once this stands.
    at: [view.now + 1000],
  });
}

/** The object is to go. */
function release({ view }: Ending, farewell: NonNullable<Decision['farewell']>): Decision {
  return decide(view, view.object.status, {
    finalizer: false,
    deleteJobs: toDelete(view.jobs),
    farewell,
  });
}

/** When it ended, how long it took, and when its data expire. */
export function timesOf(
  object: Run,
  { startTime }: RunStatus,
  now: number,
): Pick<RunStatus, 'completionTime' | 'duration' | 'expirationTime'> {
  const start = timeMs(startTime);
  const expiration = object.kind === 'MilvusBackup' ? expirationOf(object.spec, now) : undefined;
  return {
    completionTime: timeText(now),
    ...(start === undefined ? {} : { duration: durationText(now - start) }),
    ...(expiration === undefined ? {} : { expirationTime: timeText(expiration) }),
  };
}

function withProgress(status: RunStatus): RunStatus {
  const progress = stoppedProgress(status);
  return progress === undefined ? status : { ...status, progress };
}

export function withoutPosition(status: RunStatus): RunStatus {
  return without(status, 'queuePosition');
}

function phaseWhile({ object }: RunView, { phase = 'Pending' }: RunStatus): string {
  return isBeingDeleted(object) && object.kind === 'MilvusBackup' ? 'Deleting' : phase;
}
