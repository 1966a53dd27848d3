// SPDX-License-Identifier: Apache-2.0
// How the data of an ended backup go: once nothing keeps them, a Job removes them, and only when it has proven that is
// the backup Expired. Until the first Job nothing has begun, and whatever stands in the way is waited for in the phase
// that there is; from then on nothing takes it back, and it is tried until it is done.
import { hasTraces, jobsOfRole } from './attempts.ts';
import { decide, lookAgainMs, type Decision } from './decision.ts';
import { stateOfErrand, type Errand, type ErrandState } from './errand.ts';
import { isRemoving, type Expiry } from './expiry.ts';
import { without } from './fields.ts';
import { roleOf } from './labels.ts';
import { longestPauseMs, timeText } from './moment.ts';
import { isRefused } from './refusal.ts';
import {
  expiredConditions,
  expiringConditions,
  reconcilingReason,
  removingConditions,
} from './run-conditions.ts';
import type { Problem, RunStatus, RunView } from './run-kind.ts';
import { isQuiet, skipCleanup, toDelete } from './run-state.ts';
import { sentences } from './sentences.ts';
import { isTerminal } from './verdict.ts';
import { isFound } from './sync/imported.ts';

/** What is wanted of an ended run whether its data go or stay. */
export type Rest = Partial<Pick<Decision, 'finalizer' | 'deleteJobs' | 'expireJobs'>>;

type Expiring = { view: RunView; expiry: Expiry; status: RunStatus; rest: Rest };

/** Of a run that has ended and is not being deleted. `status` is as it shall stand if nothing else is said. */
export function planExpiry(view: RunView, status: RunStatus, rest: Rest): Decision {
  const { expiry } = view.kind;
  if (!expiry) return decide(view, status, rest);
  if (status.phase === 'Expired') {
    const goes = expiry.takesObject ? { deleteObject: true } : {};
    return decide(view, status, { ...rest, ...goes });
  }
  // Whatever else is still at work goes; what removes the data is what is wanted.
  const others = toDelete(view.jobs.filter((job) => roleOf(job) !== 'delete'));
  const expiring = { view, expiry, status, rest: { ...rest, deleteJobs: others } };
  if (isRemoving(status)) return remove(expiring);
  const time = expiry.time === undefined ? {} : { expirationTime: timeText(expiry.time) };
  const ended = { ...expiring, status: { ...without(status, 'expirationTime'), ...time } };
  if (!isDue(view)) return stay(ended);
  const [reader] = expiry.readers;
  return reader === undefined ? remove(ended) : wait(ended, isRead(expiry, reader));
}

function isDue({ kind: { expiry }, now }: RunView): boolean {
  return expiry?.due !== undefined && now >= expiry.due.at;
}

function isRead({ rule }: Expiry, reader: string): Problem {
  const message = `expired by ${rule}: its data go once MilvusRestore ${reader} has ended`;
  return { reason: 'InProgress', message };
}

/** What is about to be sent, if anything: keys matter then. */
export function expiringErrand(view: RunView): Errand | undefined {
  const { kind, object } = view;
  const { expiry } = kind;
  if (!expiry || object.status.phase === 'Expired' || isSkipped(view) || !hasData(view)) return undefined;
  const isFree = isDue(view) && expiry.readers.length === 0;
  return isRemoving(object.status) || isFree ? expiry.errand : undefined;
}

/** Nothing is to go yet. What was waited for is not any more. */
function stay({ view, expiry, status, rest }: Expiring): Decision {
  const hasWaited = reconcilingReason(status) !== undefined;
  const conditions = hasWaited ? { conditions: expiringConditions(view, undefined) } : {};
  return decide(view, { ...status, ...conditions }, { ...rest, at: [expiry.due?.at] });
}

function wait({ view, status, rest }: Expiring, problem: Problem, at?: number): Decision {
  const conditions = expiringConditions(view, problem);
  return decide(view, { ...status, conditions }, { ...rest, at: [at, view.now + longestPauseMs] });
}

/** A backup that was found in a storage has data and no attempts. */
function hasData({ object }: RunView): boolean {
  const { manifestDigest, attempts = [] } = object.status;
  return manifestDigest !== undefined || hasTraces(attempts) || isFound(object);
}

function isSkipped({ object }: RunView): boolean {
  return object.metadata.annotations?.[skipCleanup] === 'true';
}

function remove(expiring: Expiring): Decision {
  const { view, expiry } = expiring;
  if (isSkipped(view)) return stayBehind(expiring);
  if (!hasData(view)) return conclude(expiring, 'it left none');
  const working = workingJobs(view);
  if (working.length > 0) {
    const doing: Problem = { reason: 'InProgress', message: `waits for ${working[0]!.metadata.name} to end` };
    return wait(expiring, doing, view.now + lookAgainMs);
  }
  const state = stateOfErrand(view, expiry.errand);
  if (state.state === 'done') return conclude(expiring, state.result.message);
  const hasBegun = isRemoving(expiring.status) || ('create' in state && state.create !== undefined);
  if (!hasBegun) return hold(expiring, state);
  return state.state === 'failed' ? fail(expiring, state) : work(expiring, state);
}

/** Jobs of the run itself that may still act. */
export function workingJobs(view: RunView): ReturnType<typeof jobsOfRole> {
  return jobsOfRole(view.jobs, 'run').filter((job) => !isTerminal(job) || !isQuiet(view, job));
}

/** No Job can be made: the backup is whole, and stays what it is. */
function hold(expiring: Expiring, { problem, at }: Exclude<ErrandState, { state: 'done' }>): Decision {
  if (!problem) return decide(expiring.view, expiring.status, { ...expiring.rest, at: [at] });
  const message = `expired by ${expiring.expiry.rule}, and its data cannot be removed: ${problem.message}`;
  return wait(expiring, { reason: problem.reason, message }, at);
}

function work(expiring: Expiring, state: Extract<ErrandState, { state: 'open' }>): Decision {
  const { view, status, rest } = expiring;
  const parts = {
    ...rest,
    finalizer: true,
    deleteJobs: [...(rest.deleteJobs ?? []), ...(state.remove ?? [])],
    createJobs: state.create ? [state.create] : [],
    at: [state.at, view.now + lookAgainMs],
  };
  // What has failed stays said until it is done; and so does that its Job is refused.
  const isSaid = status.phase === 'DeleteFailed' || (state.create && isRefused(status.conditions));
  if (isSaid) return decide(view, status, parts);
  const doing: Problem = {
    reason: 'InProgress',
    message: `expired by ${expiring.expiry.rule}: removing its data`,
  };
  const conditions = removingConditions(view, told(expiring, state.problem ?? doing), false);
  return decide(view, { ...status, phase: 'Deleting', conditions }, parts);
}

function fail(expiring: Expiring, { problem, at }: Extract<ErrandState, { state: 'failed' }>): Decision {
  const { view, status, rest } = expiring;
  const advice = `It is tried again every hour; annotation ${skipCleanup}: "true" lets the data be`;
  const said = { reason: problem.reason, message: sentences(problem.message, advice) };
  const conditions = removingConditions(view, told(expiring, said), true);
  const again = at ?? view.now + longestPauseMs;
  return decide(
    view,
    { ...status, phase: 'DeleteFailed', conditions },
    { ...rest, finalizer: true, at: [again] },
  );
}

/** Somebody wants it back, and it is too late. */
function told({ view }: Expiring, { reason, message }: Problem): Problem {
  const { spec } = view.object;
  if (!('hold' in spec) || !spec.hold) return { reason, message };
  const late = 'too late for spec.hold: the removal of its data had begun';
  return { reason, message: sentences(message, late) };
}

function conclude(expiring: Expiring, how: string): Decision {
  return expired(expiring, `expired by ${expiring.expiry.rule}, its data are gone: ${how}`);
}

/** By the word of a person. */
function stayBehind(expiring: Expiring): Decision {
  const message = `annotation ${skipCleanup} says not to remove anything`;
  const decision = expired(expiring, `expired by ${expiring.expiry.rule}, its data stay: ${message}`);
  return { ...decision, farewell: { isLeft: true, message } };
}

function expired({ view, expiry, status, rest }: Expiring, message: string): Decision {
  const conditions = expiredConditions(view, message);
  const next = { ...withoutCommand(status), phase: 'Expired', conditions };
  return decide(view, next, {
    ...rest,
    finalizer: false,
    ...(expiry.takesObject ? { deleteObject: true } : {}),
  });
}

/** There is nothing to be got back. */
function withoutCommand(status: RunStatus): RunStatus {
  return without(status as RunStatus & { restoreCommand?: string }, 'restoreCommand');
}
