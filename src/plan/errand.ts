// SPDX-License-Identifier: Apache-2.0
// A Job that is sent until it succeeds: cleaning up after a run, removing a backup's data. How often it failed stands in
// its Jobs, which stay until the run has ended; how long it may take is for the caller to say.
import { consequenceOf } from '../base/reason.ts';
import type { Result } from '../contract/result.ts';
import { jobsOfRole } from './attempts.ts';
import { keysAgainMs, lookAgainMs } from './decision.ts';
import type { Built } from './jobs.ts';
import type { Job } from './kubernetes.ts';
import { numberOf } from './labels.ts';
import { isAsked, missingKey } from './missing.ts';
import { timeMs } from './moment.ts';
import type { Asked } from './outcome.ts';
import { closingOf, createdAt } from './pods.ts';
import { backoffOf } from './retry.ts';
import type { Problem, RunView } from './run-kind.ts';
import { toDelete } from './run-state.ts';
import { judge, type Verdict } from './verdict.ts';

export type Errand = {
  role: 'cleanup' | 'delete';
  /** What its Jobs run; left out: what its role says. */
  command?: 'cleanup' | 'delete';
  /** Older Jobs of the role were sent for something else. */
  since: number;
  build: (number: number) => Built;
  /** It is never given up: what has failed for good is tried again after this long. */
  persistMs?: number;
};

export type ErrandState =
  | { state: 'done'; result: Result }
  | { state: 'failed'; problem: Problem; at?: number }
  | { state: 'open'; problem?: Problem; create?: Job; remove?: { name: string; uid: string }[]; at?: number };

export function stateOfErrand(view: RunView, errand: Errand): ErrandState {
  const sent = sentJobs(view, errand);
  const last = sent.at(-1);
  if (!last) return send(view, errand);
  const verdict = judge(view, askedOf(view, errand, last), true);
  if (verdict.state !== 'ended') return waiting(view, verdict);
  const { end, endTime } = verdict;
  if (end.result && end.result.outcome !== 'Failed') return { state: 'done', result: end.result };
  const problem = { reason: end.reason, message: end.message };
  const remove = toDelete(verdict.job ? [verdict.job] : []);
  if (remove.length > 0) return { state: 'open', problem, remove, at: view.now + lookAgainMs };
  return again(view, errand, { problem, sent, endTime: timeMs(endTime) ?? view.now });
}

/** Jobs of this errand, oldest first. */
export function sentJobs({ jobs }: Pick<RunView, 'jobs'>, { role, since }: Omit<Errand, 'build'>): Job[] {
  // Told in whole seconds. A deletion that was at work then is one, whatever it was sent for.
  const first = Math.floor(since / 1000) * 1000;
  const wasAtWork = (job: Job): boolean =>
    role === 'delete' && (timeMs(closingOf(job)?.lastTransitionTime) ?? Infinity) >= first;
  return jobsOfRole(jobs, role).filter((job) => createdAt(job) >= first || wasAtWork(job));
}

export function askedOf(
  { object }: Pick<RunView, 'object'>,
  { role, command = role }: Omit<Errand, 'build'>,
  job: Job,
): Asked {
  return { jobName: job.metadata.name, command, runId: object.metadata.uid };
}

type Failure = { problem: Problem; sent: readonly Job[]; endTime: number };

function again(view: RunView, errand: Errand, { problem, sent, endTime }: Failure): ErrandState {
  const { retry } = view.object.spec;
  if (consequenceOf(problem.reason) === 'stop' || sent.length >= retry.limit) {
    if (errand.persistMs === undefined) return { state: 'failed', problem };
    const at = endTime + errand.persistMs;
    return view.now < at ? { state: 'failed', problem, at } : send(view, errand);
  }
  const at = problem.reason === 'Evicted' ? endTime : endTime + backoffOf(retry, sent.length);
  if (view.now < at) return { state: 'open', problem, at };
  return send(view, errand);
}

/** Cleanups and deletions share their names, and so their numbers. */
function send(view: RunView, errand: Errand): ErrandState {
  const numbers = jobsOfRole(view.jobs, 'cleanup', 'delete').map((job) => numberOf(job)!);
  const built = errand.build(Math.max(0, ...numbers) + 1);
  if ('problem' in built) return { state: 'failed', problem: built.problem };
  const keys = view.kind.keys(errand.command ?? errand.role);
  if (!isAsked(keys, view.facts.keys)) return { state: 'open', at: view.now + 1 };
  const missing = missingKey(keys, view.facts.keys);
  if (missing) return { state: 'open', problem: missing, at: view.now + keysAgainMs };
  return { state: 'open', create: built.job };
}

function waiting({ now }: RunView, verdict: Exclude<Verdict, { state: 'ended' }>): ErrandState {
  if (verdict.state === 'running' || verdict.state === 'absent')
    return { state: 'open', at: now + lookAgainMs };
  const { reason, message } = verdict;
  return {
    state: 'open',
    ...(reason === undefined ? {} : { problem: { reason, message } }),
    at: now + lookAgainMs,
  };
}

/** Whether a Job is about to be sent, and its keys matter. */
export function isAboutToSend(view: RunView, errand: Omit<Errand, 'build'>): boolean {
  const last = sentJobs(view, errand).at(-1);
  return !last || judge(view, askedOf(view, errand, last), true).state === 'ended';
}
