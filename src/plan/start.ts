// SPDX-License-Identifier: Apache-2.0
// Whether a run's next attempt may begin: what it needs is there, nothing of an earlier one is at work, it is its turn,
// and it has waited long enough after a failure.
import { consequenceOf } from '../base/reason.ts';
import { begun, isAtRest, lastOf, problemOf } from './attempts.ts';
import { startDeadlineAt, startedTooLate, deadlineAt } from './cause.ts';
import { decide, keysAgainMs, lookAgainMs, type Decision } from './decision.ts';
import { planEnding, withoutPosition } from './ending.ts';
import { isAsked, missingKey } from './missing.ts';
import { nextAttemptAt } from './retry.ts';
import { workingConditions } from './run-conditions.ts';
import type { Problem, RunStatus, RunView } from './run-kind.ts';
import { sentences } from './sentences.ts';
import { toDelete, type RunState } from './run-state.ts';
import { waitOf, type Waiting } from './turns.ts';

export function planStart(view: RunView, state: RunState): Decision {
  const question = openQuestion(view, state);
  if (question) return awaitAnswer(view, state, question);
  const obstacle = view.kind.obstacle();
  if (obstacle && consequenceOf(obstacle.reason) === 'stop') return planEnding(view, state, obstacle);
  if (obstacle) return wait(view, state, obstacle);
  if (view.kind.isFoundNow) return writeDown(view, state);
  const turn = turnIn(view, state);
  if (turn && isQueued(view)) return queue(view, state, turn);
  return awaitKeys(view, state) ?? go(view, state, turn);
}

/** What else is decided hangs on it, also for others: on which Milvus it runs. */
function writeDown(view: RunView, state: RunState): Decision {
  const message = `is of MilvusBackup ${(state.status as { backup?: string }).backup}`;
  const conditions = workingConditions(view, { reason: 'InProgress', message });
  return decide(view, { ...pending(state.status), conditions }, { at: [view.now + 1] });
}

/** What a person has to say before anything else is looked at. */
export function openQuestion({ kind }: RunView, { status }: RunState): Problem | undefined {
  return isAtRest(status) ? kind.planning?.question(status) : undefined;
}

/** Before the first attempt that does anything; whoever has begun has its turn until it has ended. */
function turnIn({ object, line, settings }: RunView, state: RunState): Waiting | undefined {
  return isFirst(state) ? waitOf(object, line, settings) : undefined;
}

/** Undefined: they are there. */
function awaitKeys(view: RunView, state: RunState): Decision | undefined {
  const keys = view.kind.keys('run');
  if (!isAsked(keys, view.facts.keys) && isDue(view, state)) return askFirst(view, state);
  const missing = missingKey(keys, view.facts.keys);
  return missing && wait(view, state, missing, view.now + keysAgainMs);
}

function go(view: RunView, state: RunState, turn: Waiting | undefined): Decision {
  if (state.stragglers.length > 0) return waitForStragglers(view, state);
  if (turn) return queue(view, state, turn);
  return isFirst(state) ? begin(view, state) : retry(view, state);
}

/** Whoever stands in line has had what it needs, and is asked again when it is its turn: a line may be long. */
export function isInLine(view: RunView, state: RunState): boolean {
  return isQueued(view) && turnIn(view, state) !== undefined;
}

function isQueued({ object }: RunView): boolean {
  return object.status.phase === 'Queued';
}

/** Nothing has been done yet, whatever has been planned: it waits for its turn like any that has not begun. */
function isFirst({ attempts, status }: RunState): boolean {
  return attempts.length === 0 || isAtRest(status);
}

/** A plan was told. It is written down by itself: what comes next is decided by what then stands. */
export function planRest(view: RunView, state: RunState): Decision {
  const question = openQuestion(view, state);
  if (question) return awaitAnswer(view, state, question);
  const problem = {
    reason: 'InProgress' as const,
    message: 'the plan stands, and nothing has to be confirmed',
  };
  const status = { ...state.status, phase: 'Planning', conditions: workingConditions(view, problem) };
  return decide(view, withoutPosition(status), { at: [view.now + 1000] });
}

/** As long as it takes, unless startDeadline was set: it stands in nobody's way meanwhile. */
function awaitAnswer(view: RunView, state: RunState, question: Problem): Decision {
  const deadline = startDeadlineAt(view, state.status, true);
  if (deadline !== undefined && view.now >= deadline) {
    return planEnding(view, state, startedTooLate(view, question));
  }
  const conditions = workingConditions(view, question);
  const status = { ...state.status, phase: 'AwaitingConfirmation', conditions };
  return decide(view, withoutPosition(status), { at: [deadline] });
}

/** Nothing has to pass before the next attempt but what is missing, and whose turn it is. */
export function isDue(view: RunView, state: RunState): boolean {
  return isFirst(state) || view.now >= nextAttemptAt(state.attempts, view.object.spec.retry);
}

function askFirst(view: RunView, state: RunState): Decision {
  return decide(view, state.status, { at: [view.now + 1] });
}

function wait(view: RunView, state: RunState, problem: Problem, at?: number): Decision {
  const deadline = startDeadlineAt(view, state.status, false);
  if (deadline !== undefined && view.now >= deadline) {
    return planEnding(view, state, startedTooLate(view, problem));
  }
  const status = { ...pending(state.status), conditions: workingConditions(view, problem) };
  return decide(view, withoutPosition(status), { at: [deadline, at, deadlineAt(view, state.status)] });
}

/** Between two attempts the run goes on; before the first it has not begun. */
function pending(status: RunStatus): RunStatus {
  return status.startTime === undefined || isAtRest(status) ? { ...status, phase: 'Pending' } : status;
}

function waitForStragglers(view: RunView, state: RunState): Decision {
  const message = `waits for Job ${state.stragglers.map(({ metadata }) => metadata.name).join(', ')} to be gone`;
  const last = lastOf(state.attempts);
  const reason = last?.endTime === undefined ? 'InProgress' : problemOf(last).reason;
  const status = { ...state.status, conditions: workingConditions(view, { reason, message }) };
  return decide(view, withoutPosition(status), {
    deleteJobs: toDelete(state.stragglers),
    at: [view.now + lookAgainMs, deadlineAt(view, state.status)],
  });
}

function queue(view: RunView, state: RunState, { position, ...problem }: Waiting): Decision {
  const deadline = startDeadlineAt(view, state.status, true);
  if (deadline !== undefined && view.now >= deadline) {
    return planEnding(view, state, startedTooLate(view, problem));
  }
  const conditions = workingConditions(view, problem);
  const status = { ...state.status, phase: 'Queued', queuePosition: position, conditions };
  return decide(view, status, { at: [deadline] });
}

function retry(view: RunView, state: RunState): Decision {
  const at = nextAttemptAt(state.attempts, view.object.spec.retry);
  if (view.now >= at) return begin(view, state);
  const last = lastOf(state.attempts)!;
  const { reason, message } = problemOf(last);
  const when = new Date(at).toISOString().slice(11, 19);
  const said = sentences(
    `attempt ${last.number} failed: ${message}`,
    `attempt ${last.number + 1} follows at ${when} UTC`,
  );
  const status = { ...state.status, conditions: workingConditions(view, { reason, message: said }) };
  return decide(view, withoutPosition(status), { at: [at, deadlineAt(view, state.status)] });
}

/** Written down before its Job is made, so that it is known of however this ends. */
function begin(view: RunView, state: RunState): Decision {
  const attempts = begun(view.object, state.attempts);
  const { number } = attempts.at(-1)!;
  const backupName = state.status.backupName ?? view.kind.backupName() ?? '';
  const planned = view.kind.planning?.begun(state.status, view.now) ?? state.status;
  const built = view.kind.runJob(number, backupName, state.status);
  if ('problem' in built) return planUnbuilt(view, state, built.problem);
  const conditions = workingConditions(view, { reason: 'InProgress', message: startingMessage(number) });
  const status = { ...planned, phase: pending(state.status).phase ?? 'Pending', attempts, conditions };
  return decide(view, withoutPosition(status), {
    finalizer: true,
    createJobs: [built.job],
    at: [view.now + lookAgainMs],
  });
}

export function planUnbuilt(view: RunView, state: RunState, problem: Problem): Decision {
  return consequenceOf(problem.reason) === 'stop'
    ? planEnding(view, state, problem)
    : wait(view, state, problem);
}

export function startingMessage(attempt: number): string {
  return `attempt ${attempt} is starting`;
}
