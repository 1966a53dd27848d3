// SPDX-License-Identifier: Apache-2.0
// Why a run ends before it is done. Always derived anew, from spec, metadata and attempts.
import { finalProblem } from './retry.ts';
import { hasRun, isAtRest, lastOf } from './attempts.ts';
import { durationMs } from './duration.ts';
import { timeMs } from './moment.ts';
import type { Problem, RunStatus, RunView } from './run-kind.ts';

/** For what is missing; for one's turn there is no limit unless somebody set one. */
const standardStartDeadline = '1h';

/** Somebody's will, or the clock: what ends an attempt that is at work. */
export function causeOfStop(view: RunView, status: RunStatus): Problem | undefined {
  const { object, now } = view;
  const { metadata, spec } = object;
  if (metadata.deletionTimestamp !== undefined) {
    return { reason: 'Canceled', message: `${object.kind} ${metadata.name} was deleted before it had ended` };
  }
  if (spec.cancel) return { reason: 'Canceled', message: 'canceled by spec.cancel' };
  const deadline = deadlineAt(view, status);
  if (deadline === undefined || now < deadline) return undefined;
  const last = lastOf(status.attempts ?? []);
  const failed =
    last?.endTime === undefined ? '' : `; the last attempt ended as ${last.reason}: ${last.message}`;
  return {
    reason: 'DeadlineExceeded',
    message: `not done within spec.deadline, ${spec.deadline} from the start of the first attempt${failed}`,
  };
}

/** The last failure first: what follows it, and takes its time, changes nothing about it. */
export function causeOfEnd(view: RunView, status: RunStatus): Problem | undefined {
  const { spec } = view.object;
  const mayPlanAgain = view.kind.planning?.acceptedTime(status) !== undefined;
  return finalProblem(status.attempts ?? [], spec.retry, mayPlanAgain) ?? causeOfStop(view, status);
}

/** A person's time is not the run's: with a plan to agree to it counts from then, and meanwhile for each plan alone. */
export function deadlineAt({ object, kind }: RunView, status: RunStatus): number | undefined {
  const { planning } = kind;
  const last = lastOf(status.attempts ?? []);
  const start = timeMs(planning ? (planning.acceptedTime(status) ?? last?.startTime) : status.startTime);
  return start === undefined || (planning && isAtRest(status))
    ? undefined
    : start + durationMs(object.spec.deadline);
}

/** Until when a run may wait to begin; undefined: as long as it takes. `isTurn`: it waits for others. */
export function startDeadlineAt({ object }: RunView, status: RunStatus, isTurn: boolean): number | undefined {
  const { spec, metadata } = object;
  const attempts = status.attempts ?? [];
  if (hasRun(attempts) && !isAtRest(status)) return undefined;
  const isUnbounded = isTurn || attempts.length > 0;
  const limit = spec.startDeadline ?? (isUnbounded ? undefined : standardStartDeadline);
  return limit === undefined ? undefined : (timeMs(metadata.creationTimestamp) ?? 0) + durationMs(limit);
}

export function startedTooLate({ object }: RunView, { reason, message }: Problem): Problem {
  const limit = object.spec.startDeadline ?? standardStartDeadline;
  return {
    reason: 'DeadlineExceeded',
    message: `did not start within ${limit} of its creation: ${reason}: ${message}`,
  };
}
