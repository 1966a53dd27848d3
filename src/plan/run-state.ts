// SPDX-License-Identifier: Apache-2.0
// How a run stands: its status brought up to date with what its Jobs tell, before anything is decided.
import { consequenceOf } from '../base/reason.ts';
import type { Result } from '../contract/result.ts';
import { adopted, ended, jobsOfRole, openOf } from './attempts.ts';
import { causeOfStop } from './cause.ts';
import { defined } from './fields.ts';
import type { Job } from './kubernetes.ts';
import { numberOf } from './labels.ts';
import { tailOf } from './log-tail.ts';
import type { Run } from './observed.ts';
import type { Asked, End, Lists } from './outcome.ts';
import { isOver, podsOf } from './pods.ts';
import { progressAfter } from './progress.ts';
import type { Attempt, RunStatus, RunView } from './run-kind.ts';
import { isLeaving, isTerminal, judge, type Verdict } from './verdict.ts';

export const finalizer = 'milvusbackup.dev/cleanup';
export const skipCleanup = 'milvusbackup.dev/skip-cleanup';

const terminalPhases = ['Succeeded', 'PartiallyFailed', 'Failed', 'Canceled', 'Expired', 'DeleteFailed'];

/** Whether a run is over, cleaning up included. The API server keeps it so: its phase can never go back. */
export function hasEnded({ status }: Run): boolean {
  return status.completionTime !== undefined || terminalPhases.includes(status.phase ?? '');
}

export function hasFinalizer({ metadata }: Run): boolean {
  return metadata.finalizers?.includes(finalizer) ?? false;
}

export function isBeingDeleted({ metadata }: Run): boolean {
  return metadata.deletionTimestamp !== undefined;
}

export type RunState = {
  /** With attempts and progress as they are now. Phase and conditions still as they were. */
  status: RunStatus;
  attempts: Attempt[];
  /** Of the attempt that has not ended; undefined: there is none. */
  verdict: Verdict | undefined;
  /** Of an attempt that has just been seen to end with one that counts as done. */
  success: { result: Result; lists: Lists; endTime: string } | undefined;
  /** An attempt has just been seen to end that says what would be done. */
  isPlanned: boolean;
  /** Run Jobs, beside that of the open attempt, that may still act. */
  stragglers: Job[];
};

export function askedOf({ object, kind }: RunView, attempt: Attempt): Asked {
  const backupName = object.status.backupName ?? kind.backupName();
  return {
    jobName: attempt.jobName ?? '',
    command: kind.command,
    runId: object.metadata.uid,
    attempt: attempt.number,
    ...(backupName === undefined ? {} : { backupName }),
    ...(kind.needs === undefined ? {} : { needs: kind.needs }),
    ...(kind.planning ? { isPlan: !kind.planning.isAccepted(object.status) } : {}),
  };
}

export function stateOf(view: RunView): RunState {
  const { object, kind } = view;
  const attempts = adopted(object, view.jobs);
  const status: RunStatus = {
    ...(object.status as RunStatus),
    observedGeneration: object.metadata.generation,
    ...kind.identity(),
  };
  const startTime = status.startTime ?? attempts[0]?.startTime;
  if (startTime !== undefined) status.startTime = startTime;
  if (attempts.length > 0) status.attempts = attempts;
  const open = openOf(attempts);
  const verdict = open && judge(view, askedOf(view, open), open.startTime !== undefined);
  const state = {
    status,
    attempts,
    verdict,
    success: undefined,
    isPlanned: false,
    stragglers: stragglersOf(view, open),
  };
  if (verdict?.state === 'running') return withProgress(view, state, verdict.pod.metadata.name);
  return verdict?.state === 'ended' ? withEnd(view, state, verdict) : state;
}

function withProgress({ facts, now }: RunView, state: RunState, pod: string): RunState {
  const progress = progressAfter(state.status.progress, facts.logs.get(pod), now);
  return progress === undefined ? state : { ...state, status: { ...state.status, progress } };
}

type Ended = Extract<Verdict, { state: 'ended' }>;

function withEnd(view: RunView, state: RunState, verdict: Ended): RunState {
  const { end, endTime } = verdict;
  const { result, lists = {} } = end;
  const isDone = result !== undefined && result.outcome !== 'Failed';
  const attempts = ended(state.attempts, isDone ? end : inView(view, state.status, end), endTime);
  const status = {
    ...state.status,
    attempts,
    ...(result && view.kind.told(result, lists)),
    ...defined({ logTail: isDone ? undefined : tailOfPod(view, verdict) }),
  };
  const stragglers = stragglersOf(view, undefined);
  const rest = { attempts, verdict: undefined, stragglers };
  const { planning } = view.kind;
  if (isDone && planning && !planning.isAccepted(view.object.status))
    return { ...rest, status: planning.planned(status, result, lists), success: undefined, isPlanned: true };
  const success = isDone ? { result, lists, endTime } : undefined;
  return { ...rest, status, success, isPlanned: false };
}

/** What ended because it was told to says why it was told to. */
function inView(view: RunView, status: RunStatus, end: End): End {
  const cause = consequenceOf(end.reason) === 'stop' ? undefined : causeOfStop(view, status);
  return cause ? { ...end, reason: cause.reason, message: `${cause.message}; ${end.message}` } : end;
}

function tailOfPod({ facts }: RunView, { pod }: Ended): string | undefined {
  return pod && tailOf(facts.logs.get(pod.metadata.name) ?? '');
}

/** Terminal Jobs stay to be looked at; all others of earlier attempts must go before anything else begins. */
function stragglersOf(view: RunView, open: Attempt | undefined): Job[] {
  return jobsLeft(view).filter((job) => numberOf(job) !== open?.number);
}

/** Whether no pod of the Job can be at work. */
export function isQuiet({ pods, facts }: Pick<RunView, 'pods' | 'facts'>, { metadata }: Job): boolean {
  return podsOf(pods, metadata.name).every((pod) => isOver(pod, facts));
}

/** Run Jobs of which anything may still be at work. */
export function jobsLeft(view: RunView): Job[] {
  return jobsOfRole(view.jobs, 'run').filter(
    (job) => !(isTerminal(job) || isLeaving(job)) || !isQuiet(view, job),
  );
}

/** Those that have not been told to go yet. */
export function toDelete(jobs: readonly Job[]): { name: string; uid: string }[] {
  return jobs
    .filter((job) => !isTerminal(job) && !isLeaving(job))
    .map(({ metadata: { name, uid = '' } }) => ({ name, uid }));
}
