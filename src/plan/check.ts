// SPDX-License-Identifier: Apache-2.0
// When a MilvusInstance or MilvusBackupStorage is checked, and what is said of it: on each change, by its interval, and
// after a failure at growing distances. While it is checked again everything stays as it was last found.
import { type Condition, type WantedCondition } from '../api/index.ts';
import {
  checkingConditions,
  foundConditions,
  sendingConditions,
  waitingConditions,
} from './check-conditions.ts';
import { checkedGeneration, dueAt, type CheckStatus } from './check-due.ts';
import { decide, keysAgainMs, lookAgainMs } from './decision.ts';
import type { Desired } from './desired.ts';
import { expiryOf } from './ended.ts';
import type { Built, KeysNeeded } from './jobs.ts';
import type { Job } from './kubernetes.ts';
import { isAsked, keysWanted, missingKey } from './missing.ts';
import { timeText } from './moment.ts';
import type { ObservedInstance, ObservedStorage, Wanted } from './observed.ts';
import type { Asked, End } from './outcome.ts';
import { createdAt } from './pods.ts';
import {
  closedAt,
  formerRounds,
  nextNumber,
  openRound,
  roundsOf,
  staleRounds,
  toldRounds,
  type Rounds,
} from './rounds.ts';
import type { Problem } from './run-kind.ts';
import { toDelete } from './run-state.ts';
import { isTerminal, judge, questionsOf, type Verdict } from './verdict.ts';

/** The engine gives each of its calls up long before. */
const longestCheckMs = 600_000;

/** An instance or a storage, with what differs between them. */
export type CheckView = (ObservedInstance | ObservedStorage) & {
  /** When what a check counts last changed, milliseconds. */
  newsAt?: number;
  /** What no Job need be sent for. */
  refusal: Problem | undefined;
  keys: KeysNeeded[];
  build: (number: number) => Built;
  /** Said always. */
  identity: Record<string, unknown>;
  /** Conditions of the kind's own, and fields of its status, from how a check ended. */
  found: (end: End) => { conditions: WantedCondition[]; fields: Record<string, unknown> };
};

export type CheckDecision = Omit<Desired<ObservedInstance['object']>, 'status' | 'news'> & {
  status: CheckStatus;
};

export function planCheck(view: CheckView): CheckDecision {
  const { object } = view;
  const before = object.status;
  if (object.metadata.deletionTimestamp !== undefined) return decide(view, before);
  const status = { ...before, ...view.identity, observedGeneration: object.metadata.generation };
  if (view.refusal) return refuse(view, status, view.refusal);
  const open = openRound(checksOf(view));
  if (!open) return planNext(view, status);
  const verdict = judge(view, askedOf(view, open), true);
  if (verdict.state === 'ended') return record(view, status, verdict);
  return view.now < createdAt(open) + longestCheckMs
    ? follow(view, status, verdict)
    : giveUp(view, status, open);
}

function askedOf({ object }: CheckView, job: Job): Asked {
  return { jobName: job.metadata.name, command: 'check', runId: object.metadata.uid };
}

function checksOf(view: CheckView): Rounds {
  return roundsOf(view, 'check', view.object.status.lastCheckTime);
}

function refuse(view: CheckView, status: CheckStatus, problem: Problem): CheckDecision {
  const conditions = foundConditions(view, problem, []);
  return decide(view, { ...status, conditions }, { deleteJobs: toDelete(view.jobs) });
}

/** No check is at work: one may be due. */
function planNext(view: CheckView, status: CheckStatus): CheckDecision {
  const { object, now } = view;
  const checks = checksOf(view);
  const deleteJobs = staleRounds(checks);
  const expireJobs = toldRounds(checks).flatMap(expiryOf);
  const due = dueAt(object.status, object, view.newsAt);
  if (now < due) return decide(view, status, { expireJobs, deleteJobs, at: [due] });
  if (!isAsked(view.keys, view.facts.keys)) return decide(view, status, { at: [now + 1] });
  const missing = missingKey(view.keys, view.facts.keys);
  if (missing) {
    const conditions = waitingConditions(view, missing);
    return decide(view, { ...status, conditions }, { deleteJobs, at: [now + keysAgainMs] });
  }
  return send(view, status);
}

function send(view: CheckView, status: CheckStatus): CheckDecision {
  const checks = checksOf(view);
  const built = view.build(nextNumber(checks));
  if ('problem' in built) return refuse(view, status, built.problem);
  return decide(
    view,
    { ...status, conditions: sendingConditions(view) },
    {
      deleteJobs: formerRounds(checks),
      createJobs: [built.job],
      at: [view.now + lookAgainMs],
    },
  );
}

/** A check that hangs says nothing about what it checks, but that it cannot be relied on. */
function giveUp(view: CheckView, status: CheckStatus, job: Job): CheckDecision {
  const message = `Job ${job.metadata.name} did not end within ${longestCheckMs / 60_000} minutes`;
  const end = { reason: 'Unreachable' as const, message };
  return record(view, status, { state: 'ended', job, pod: undefined, end, endTime: timeText(view.now) });
}

/** Nothing is said of a check at work, unless nothing else is known. */
function follow(
  view: CheckView,
  status: CheckStatus,
  verdict: Exclude<Verdict, { state: 'ended' }>,
): CheckDecision {
  const reason = 'reason' in verdict ? verdict.reason : undefined;
  const isFirst = checkedGeneration(view.object.status) !== view.object.metadata.generation;
  const conditions: Condition[] =
    reason !== undefined && isFirst && 'message' in verdict
      ? checkingConditions(view, { reason, message: verdict.message })
      : checkingConditions(view);
  return decide(view, { ...status, conditions }, { at: [view.now + lookAgainMs] });
}

function record(
  view: CheckView,
  status: CheckStatus,
  { end, job }: Extract<Verdict, { state: 'ended' }>,
): CheckDecision {
  const { conditions, fields } = view.found(end);
  const closed = job && isTerminal(job) ? closedAt(job) : view.now;
  const isDone = end.result?.outcome === 'Succeeded';
  const problem = isDone ? undefined : { reason: end.reason, message: end.message };
  const told = {
    ...status,
    ...fields,
    conditions: foundConditions(view, problem, conditions, end.message),
    lastCheckTime: timeText(closed),
  };
  return decide(view, told, {
    deleteJobs: job ? toDelete([job]) : [],
    // Its Job gets its time to live once this stands.
    at: [view.now + 1000, dueAt(told, view.object, view.newsAt)],
  });
}

export function wantedForCheck(view: CheckView): Wanted {
  const nothing: Wanted = { keys: [], events: [], nodes: [], logs: [], namespace: false };
  if (view.object.metadata.deletionTimestamp !== undefined || view.refusal) return nothing;
  const open = openRound(checksOf(view));
  if (open) return { ...nothing, ...questionsOf(view, askedOf(view, open)), logs: [] };
  const isDue = view.now >= dueAt(view.object.status, view.object, view.newsAt);
  return isDue ? { ...nothing, keys: keysWanted(view.keys) } : nothing;
}
