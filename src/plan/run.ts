// SPDX-License-Identifier: Apache-2.0
// What happens to a run next: the one state machine of backups and restores. The same observations make the same
// decision, however often they are made, and each of its steps may be the last before a crash.
import type { Reason } from '../base/reason.ts';
import type { Result } from '../contract/result.ts';
import { hasTraces, lastOf, openOf } from './attempts.ts';
import { causeOfEnd, deadlineAt, startDeadlineAt, startedTooLate } from './cause.ts';
import { decide, lookAgainMs, type Decision } from './decision.ts';
import { planEnded } from './ended.ts';
import { planEnding, timesOf, withoutPosition } from './ending.ts';
import type { Pod } from './kubernetes.ts';
import { createdAt } from './pods.ts';
import { finalProgress, nextReadingAt, stepOf } from './progress.ts';
import {
  partialConditions,
  reconcilingReason,
  succeededConditions,
  workingConditions,
} from './run-conditions.ts';
import type { Problem, RunStatus, RunView } from './run-kind.ts';
import { hasEnded, hasFinalizer, isBeingDeleted, stateOf, toDelete, type RunState } from './run-state.ts';
import { planRest, planStart, planUnbuilt, startingMessage } from './start.ts';
import { isLeaving, type Verdict } from './verdict.ts';
import { patienceMs, startPatienceMs } from './waiting.ts';

export function planRun(view: RunView): Decision {
  const { object } = view;
  if (hasEnded(object)) return planEnded(view);
  // Somebody else's finalizer holds it: it must not begin, and nothing of it is left.
  if (isBeingDeleted(object) && !hasFinalizer(object)) return decide(view, object.status);
  const { imported } = view.kind;
  if (imported) return conclude(view, imported);
  const state = stateOf(view);
  if (state.success) return complete(view, state, state.success);
  const cause = causeOfEnd(view, state.status);
  if (cause) return planEnding(view, state, cause);
  if (state.isPlanned) return planRest(view, state);
  return openOf(state.attempts) && state.verdict
    ? follow(view, state, state.verdict)
    : planStart(view, state);
}

/** It was done elsewhere: nothing is begun, whatever is known of it. */
function conclude(view: RunView, imported: RunStatus | Problem): Decision {
  return 'reason' in imported ? planEnding(view, stateOf(view), imported) : decide(view, imported);
}

function follow(view: RunView, state: RunState, verdict: Verdict): Decision {
  switch (verdict.state) {
    case 'absent':
      return makeAgain(view, state);
    case 'waiting':
      return followStart(view, state, verdict);
    case 'running':
      return followWork(view, state, verdict.pod);
    default:
      return followStop(view, state, verdict);
  }
}

/** The attempt stands in the status, its Job does not: nobody has heard of its creation, or it was refused. */
function makeAgain(view: RunView, state: RunState): Decision {
  const { number } = lastOf(state.attempts)!;
  const built = view.kind.runJob(
    number,
    state.status.backupName ?? view.kind.backupName() ?? '',
    state.status,
  );
  if ('problem' in built) return planUnbuilt(view, state, built.problem);
  return decide(view, withoutPosition(state.status), {
    finalizer: true,
    createJobs: [built.job],
    deleteJobs: toDelete(state.stragglers),
    at: [view.now + lookAgainMs],
  });
}

function followStart(
  view: RunView,
  state: RunState,
  { job, reason, message }: Extract<Verdict, { state: 'waiting' }>,
): Decision {
  const deadline = startDeadlineAt(view, state.status, false);
  const starting = {
    reason: 'InProgress' as const,
    message: startingMessage(lastOf(state.attempts)!.number),
  };
  const problem = reason === undefined ? starting : { reason, message };
  if (deadline !== undefined && view.now >= deadline) {
    return planEnding(view, state, startedTooLate(view, problem));
  }
  const conditions = isSaid(state.status, reason)
    ? state.status.conditions!
    : workingConditions(view, problem);
  const status = { ...state.status, phase: 'Pending', conditions };
  const since = createdAt(job);
  return decide(view, withoutPosition(status), {
    finalizer: true,
    deleteJobs: toDelete(state.stragglers),
    at: [
      since + patienceMs,
      since + startPatienceMs,
      view.now + lookAgainMs,
      deadline,
      deadlineAt(view, state.status),
    ],
  });
}

/** A kubelet says the same thing in turns, and at its first time best: one write is enough. */
function isSaid(status: RunStatus, reason: Reason | undefined): boolean {
  return reason === 'ImagePullFailed' && reconcilingReason(status) === reason;
}

function followWork(view: RunView, state: RunState, pod: Pod): Decision {
  const { number } = lastOf(state.attempts)!;
  const conditions = workingConditions(view, {
    reason: 'InProgress',
    message: `attempt ${number} is running`,
  });
  const status = { ...state.status, phase: view.kind.phaseOf(stepOf(state.status)), conditions };
  return decide(view, withoutPosition(status), {
    finalizer: true,
    deleteJobs: toDelete(state.stragglers),
    at: [nextReadingAt(state.status, pod, view.now), deadlineAt(view, state.status)],
  });
}

/** It ends by itself, or somebody else has deleted it. */
function followStop(view: RunView, state: RunState, verdict: Verdict): Decision {
  const isLost = verdict.state === 'stopping' && verdict.reason !== undefined;
  const isDeleted = verdict.state === 'stopping' && (!verdict.job || isLeaving(verdict.job));
  const problem = isLost
    ? { reason: verdict.reason!, message: verdict.message }
    : { reason: 'InProgress' as const, message: `attempt ${lastOf(state.attempts)!.number} is ending` };
  // That a pod has ended is seen a moment before the rest: not worth a write.
  const isNews = isLost || isDeleted || reconcilingReason(state.status) === 'NodeLost';
  const status = isNews ? { ...state.status, conditions: workingConditions(view, problem) } : state.status;
  return decide(view, withoutPosition(status), {
    finalizer: true,
    at: [view.now + lookAgainMs, deadlineAt(view, state.status)],
  });
}

function complete(view: RunView, state: RunState, { result }: { result: Result }): Decision {
  const isPartial = result.outcome === 'PartiallyFailed';
  const { reason, message } = result;
  const verified = view.kind.verified?.(result);
  const done: RunStatus = {
    ...state.status,
    phase: isPartial ? 'PartiallyFailed' : 'Succeeded',
    progress: view.kind.leavesTraces
      ? finalProgress(state.status, result)
      : { ...state.status.progress, percent: 100 },
    conditions: isPartial
      ? partialConditions(view, { reason, message }, verified)
      : succeededConditions(view, message, verified),
    ...timesOf(view.object, state.status, view.now),
  };
  const { logTail: _, ...status } = withoutPosition(done);
  return decide(view, isPartial ? withoutPosition(done) : status, {
    finalizer: view.kind.ownsData && hasTraces(state.attempts),
    // Its Jobs are put away once this stands.
    at: [view.now + 1000],
  });
}
