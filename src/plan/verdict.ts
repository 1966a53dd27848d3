// SPDX-License-Identifier: Apache-2.0
// From a Job, its pods and what was asked about them to where it stands. Another attempt is only ever made on 'ended':
// then nothing of this one can be at work any more.
import type { Job, Pod } from './kubernetes.ts';
import { tailBytes, tailLines } from './log-tail.ts';
import { timeText } from './moment.ts';
import type { Observed, Kinds, Wanted } from './observed.ts';
import { endOfJob, endOfPod, mostItems, type Asked, type End } from './outcome.ts';
import {
  closingOf,
  conditionOf,
  createdAt,
  engineState,
  hasTerminated,
  isOver,
  looksLost,
  nodeOf,
  podsOf,
} from './pods.ts';
import { parseResult } from '../contract/protocol-parse.ts';
import { hindranceOf, questionAbout, startPatienceMs, type Hindrance } from './waiting.ts';

/** Seen: what a decision sees of one object and its children. */
export type Seen = Pick<Observed<Kinds>, 'now' | 'jobs' | 'pods' | 'facts'>;

export type Verdict =
  /** Never seen, or gone before anybody knew of it. */
  | { state: 'absent' }
  | ({ state: 'waiting'; job: Job } & Hindrance)
  | { state: 'running'; job: Job; pod: Pod }
  /** Nothing more is expected of it, but its pod may still be at work. */
  | ({ state: 'stopping'; job: Job | undefined } & Hindrance)
  | { state: 'ended'; job: Job | undefined; pod: Pod | undefined; end: End; endTime: string };

/** `wasMade`: the Job is known to have been there once. */
export function judge(seen: Seen, asked: Asked, wasMade: boolean): Verdict {
  const job = jobNamed(seen, asked.jobName);
  const pods = podsOf(seen.pods, asked.jobName);
  const [open] = pods.filter((pod) => !isOver(pod, seen.facts));
  if (open) return judgeOpen(seen, job, open);
  const [pod] = pods;
  if (!pod) return judgeWithoutPod(seen, asked, job, wasMade);
  // Its controller is about to say how it ended; until then it counts as at work.
  if (job && isActive(job) && hasTerminated(pod)) {
    return { state: 'stopping', job, message: `pod ${pod.metadata.name} has ended` };
  }
  return endedWith(seen, asked, { job, pod });
}

function judgeWithoutPod(seen: Seen, asked: Asked, job: Job | undefined, wasMade: boolean): Verdict {
  if (!job) return wasMade ? endedWith(seen, asked, { job, pod: undefined }) : { state: 'absent' };
  if (isTerminal(job)) return endedWith(seen, asked, { job, pod: undefined });
  if (!isLeaving(job)) return judgeStart(seen, job, undefined);
  return { state: 'stopping', job, message: `Job ${job.metadata.name} is being deleted` };
}

type Remains = { job: Job | undefined; pod: Pod | undefined };

function endedWith(seen: Seen, asked: Asked, { job, pod }: Remains): Verdict {
  const end = endOf(seen, asked, { job, pod });
  return { state: 'ended', job, pod, end, endTime: endTimeOf(seen, { job, pod }) };
}

export function jobNamed({ jobs }: Pick<Seen, 'jobs'>, name: string): Job | undefined {
  return jobs.find(({ metadata }) => metadata.name === name);
}

export function isTerminal({ status }: Job): boolean {
  return ['Complete', 'Failed'].some((type) => conditionOf(status?.conditions, type)?.status === 'True');
}

export function isLeaving({ metadata }: Job): boolean {
  return metadata.deletionTimestamp !== undefined;
}

/** Neither ended nor told to go. */
export function isActive(job: Job): boolean {
  return !isTerminal(job) && !isLeaving(job);
}

function judgeOpen(seen: Seen, job: Job | undefined, pod: Pod): Verdict {
  if (nodeOf(pod, seen.facts) === 'NotReady' && looksLost(pod, seen.now)) {
    return { state: 'stopping', job, reason: 'NodeLost', message: lostMessage(pod) };
  }
  if (!job || !isActive(job) || pod.metadata.deletionTimestamp !== undefined)
    return { state: 'stopping', job, message: `pod ${pod.metadata.name} is being stopped` };
  if (engineState(pod).running) return { state: 'running', job, pod };
  if (engineState(pod).terminated)
    return { state: 'stopping', job, message: `pod ${pod.metadata.name} has ended` };
  return judgeStart(seen, job, pod);
}

function lostMessage({ metadata, spec }: Pod): string {
  const node = spec?.nodeName ?? '';
  return (
    `node ${node} does not answer, and pod ${metadata.name} may still be at work there. ` +
    `Bring the node back, or if it is gone for good say so: kubectl delete node ${node}`
  );
}

function judgeStart(seen: Seen, job: Job, pod: Pod | undefined): Verdict {
  const hindrance = hindranceOf(job, pod, seen.facts);
  const { reason, message, isWanted } = hindrance;
  if (reason === undefined || isWanted || seen.now < createdAt(job) + startPatienceMs)
    return { state: 'waiting', job, ...hindrance };
  return { state: 'ended', job, pod, end: { reason, message }, endTime: timeText(seen.now) };
}

function endOf(seen: Seen, asked: Asked, { job, pod }: Remains): End {
  if (pod && !hasTerminated(pod)) {
    const message = `node ${pod.spec?.nodeName} is gone, and pod ${pod.metadata.name} with it`;
    return { reason: 'NodeLost', message };
  }
  if (pod)
    return withCulprit(endOfPod(pod, asked, seen.facts.logs.get(pod.metadata.name)), asked, { job, pod });
  if (job && isTerminal(job)) return endOfJob(job);
  return { reason: 'Interrupted', message: `Job ${asked.jobName} was deleted` };
}

/** An engine that was told to stop does not know why. */
function withCulprit(end: End, { jobName }: Asked, { job, pod }: Remains): End {
  if (end.reason !== 'Interrupted') return end;
  const isPodDeleted = pod?.metadata.deletionTimestamp !== undefined;
  const what = !job || isLeaving(job) ? `Job ${jobName}` : isPodDeleted && `pod ${pod.metadata.name}`;
  return what ? { ...end, message: `${what} was deleted: ${end.message}` } : end;
}

function endTimeOf({ now }: Seen, { job, pod }: Remains): string {
  const finished = pod && engineState(pod).terminated?.finishedAt;
  const closed = job && closingOf(job);
  return finished ?? closed?.lastTransitionTime ?? timeText(now);
}

/** Facts without which `judge` says less than could be known. */
export function questionsOf(seen: Seen, asked: Asked): Pick<Wanted, 'events' | 'nodes' | 'logs'> {
  const job = jobNamed(seen, asked.jobName);
  const pods = podsOf(seen.pods, asked.jobName);
  const open = pods.filter((pod) => !hasTerminated(pod));
  const nodes = open.filter((pod) => looksLost(pod, seen.now)).map((pod) => pod.spec!.nodeName!);
  const [first] = open;
  if (first || pods.length === 0) return { events: eventsAbout(job, first, seen.now), nodes, logs: [] };
  const isOpen = job !== undefined && isActive(job);
  return { events: [], nodes, logs: isOpen ? [] : [endOfLog(pods[0]!)] };
}

function eventsAbout(job: Job | undefined, pod: Pod | undefined, now: number): Wanted['events'] {
  if (!job || !isActive(job) || (pod && engineState(pod).running)) return [];
  const kind = questionAbout(job, pod, now);
  const object = kind === 'Pod' ? pod : job;
  if (kind === undefined || object?.metadata.uid === undefined) return [];
  return [{ kind, name: object.metadata.name, uid: object.metadata.uid }];
}

/** As much as its lists may take: a line is 1 KiB at most. */
function endOfLog(pod: Pod): Wanted['logs'][number] {
  const result = parseResult(engineState(pod).terminated?.message ?? '');
  const counts = Object.values(result?.lists ?? {}).map(({ count }) => count);
  const items = counts.filter((count) => count <= mostItems).reduce((sum, count) => sum + count, 0);
  // Between the items there may be as many other lines.
  return { pod: pod.metadata.name, lines: tailLines + 2 * items, bytes: 4 * tailBytes + 2048 * items };
}
