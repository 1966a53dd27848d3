// SPDX-License-Identifier: Apache-2.0
// How a Job's pod ended. A result counts only if it is readable, is the answer to what was asked, and agrees with what
// the log says; success is never inferred from an exit code.
import type { Reason } from '../base/reason.ts';
import { cutMessage } from '../contract/cut.ts';
import type { ListName } from '../contract/event.ts';
import { parseResult } from '../contract/protocol-parse.ts';
import type { Result } from '../contract/result.ts';
import type { ContainerState, Job, Pod } from './kubernetes.ts';
import { listIn, resultIn } from './log-tail.ts';
import { conditionOf, engineState, isDisrupted } from './pods.ts';

/** What a Job was made for: what its result must say. */
export type Asked = {
  jobName: string;
  command: 'create' | 'restore' | 'cleanup' | 'delete' | 'check' | 'list';
  runId: string;
  attempt?: number;
  backupName?: string;
  /** Lists without which the result is of no use. */
  needs?: ListName | readonly ListName[];
  /** Whether it was only to say what it would do; left out where that is not told apart. */
  isPlan?: boolean;
};

export type Lists = Partial<Record<ListName, Record<string, unknown>[]>>;

export type End = {
  reason: Reason;
  message: string;
  /** Where the engine ended by itself. */
  exitCode?: number;
  result?: Result;
  lists?: Lists;
};

/** More than this is not read back: the result's own counts and samples must do. */
export const mostItems = 5000;

type Terminated = NonNullable<ContainerState['terminated']>;

/** Of a pod that has terminated, or whose node is gone. `log`: what could be read of its end. */
export function endOfPod(pod: Pod, asked: Asked, log: string | undefined): End {
  const terminated = engineState(pod).terminated;
  if (!terminated) return endWithoutContainer(pod);
  const { exitCode } = terminated;
  const read = readResult(terminated.message ?? '', asked, log);
  const isStopped = !('result' in read) || read.result.reason === 'Interrupted';
  if (isStopped && isDisrupted(pod)) return { ...evicted(pod), exitCode };
  if (!('result' in read)) return { ...withoutResult(pod, terminated, read.problem), exitCode };
  return { reason: read.result.reason, message: read.result.message, exitCode, ...read };
}

function readResult(
  message: string,
  asked: Asked,
  log: string | undefined,
): { result: Result; lists: Lists } | { problem: string } {
  const result = parseResult(message);
  if (!result) {
    const found = message === '' ? 'is empty' : `is not readable (${Buffer.byteLength(message)} bytes)`;
    return { problem: `its termination message ${found}` };
  }
  const mismatch = mismatchOf(result, asked) ?? otherSort(result, asked) ?? contradictionOf(result, log);
  if (mismatch !== undefined) return { problem: mismatch };
  return readLists(result, asked, log);
}

/** A finished run tells its result again to a later attempt: then it is that of an earlier one. */
function mismatchOf(result: Result, asked: Asked): string | undefined {
  const { command, runId, backupName } = result;
  const differs = (what: string, found: unknown, wanted: unknown): string =>
    `its result is about ${what} ${JSON.stringify(found)}, asked was ${JSON.stringify(wanted)}`;
  if (command !== asked.command) return differs('command', command, asked.command);
  if (runId !== asked.runId) return differs('run', runId, asked.runId);
  if (asked.attempt === undefined) return undefined;
  if ((result.attempt ?? 0) > asked.attempt) return differs('attempt', result.attempt, asked.attempt);
  if (backupName !== asked.backupName) return differs('backup', backupName, asked.backupName);
  if (command === 'create' && result.outcome !== 'Failed' && result.manifestDigest === undefined)
    return 'its result claims a backup and holds no digest of a manifest';
  return undefined;
}

/** What only was planned is never taken for done, nor what was done for a plan. A failure is one of either. */
function otherSort({ outcome, dryRun = false, drops }: Result, { isPlan }: Asked): string | undefined {
  if (isPlan === undefined || outcome === 'Failed') return undefined;
  if (dryRun !== isPlan)
    return `its result is ${dryRun ? '' : 'not '}of a dry run, and asked was the opposite`;
  return isPlan && drops === undefined ? 'its plan does not say what would be dropped' : undefined;
}

/** Undefined also where the log cannot be read: then the termination message alone decides. */
function contradictionOf(result: Result, log: string | undefined): string | undefined {
  const said = log === undefined ? undefined : resultIn(log);
  if (!said) return undefined;
  if (said.manifestDigest === result.manifestDigest && said.outcome === result.outcome) return undefined;
  return (
    `its termination message says ${result.outcome} with manifest ${result.manifestDigest ?? 'none'}, ` +
    `its log ${said.outcome} with ${said.manifestDigest ?? 'none'}`
  );
}

function readLists(
  result: Result,
  { needs }: Asked,
  log: string | undefined,
): { result: Result; lists: Lists } | { problem: string } {
  const lists: Lists = {};
  for (const [name, digest] of Object.entries(result.lists ?? {}) as [
    ListName,
    { count: number; sha256: string },
  ][]) {
    if (digest.count > mostItems) continue;
    if (log === undefined && ![needs].flat().includes(name)) continue;
    const items = listIn(log ?? '', name, digest);
    if (!items)
      return {
        problem: `the list ${name} in its log is not the one of ${digest.count} lines that its result tells of`,
      };
    lists[name] = items;
  }
  return { result, lists };
}

function evicted({ metadata, spec, status }: Pod): End {
  const why =
    conditionOf(status?.conditions, 'DisruptionTarget')?.message ?? status?.message ?? status?.reason ?? '';
  const node = spec?.nodeName === undefined ? '' : ` from node ${spec.nodeName}`;
  return {
    reason: 'Evicted',
    message: cutMessage(
      `pod ${metadata.name} was evicted${node}: ${why}. Another attempt goes on where it stood.`,
      512,
    ),
  };
}

/** The kubelet turned it away, or its node went before anything ran. */
function endWithoutContainer(pod: Pod): End {
  if (isDisrupted(pod)) return evicted(pod);
  const { reason = 'no reason', message = 'no message' } = pod.status ?? {};
  const text = `pod ${pod.metadata.name} ended before its engine did: ${reason}, ${message}`;
  return { reason: 'PodRefused', message: cutMessage(text, 512) };
}

function withoutResult(pod: Pod, terminated: Terminated, problem: string): End {
  const { reason = 'Error', exitCode } = terminated;
  if (isOutOfMemory(terminated)) {
    const advice = 'raise spec.job.resources.limits.memory, or lower spec.limits.concurrency';
    return {
      reason: 'OutOfMemory',
      message: `pod ${pod.metadata.name} was killed for want of memory: ${advice}`,
    };
  }
  return {
    reason: 'ResultUnreadable',
    message: cutMessage(
      `pod ${pod.metadata.name} ended with exit code ${exitCode} (${reason}); ${problem}`,
      512,
    ),
  };
}

/** A limit that is too low for a container to begin in is told by its runtime in words alone. */
function isOutOfMemory({ reason, message = '' }: Terminated): boolean {
  return reason === 'OOMKilled' || (reason === 'StartError' && message.includes('OOM-killed'));
}

/** Of a Job that has ended and left no pod to ask. */
export function endOfJob(job: Job): End {
  const failed = conditionOf(job.status?.conditions, 'Failed');
  const { reason = '', message = '' } = failed ?? {};
  if (reason === 'PodFailurePolicy' && message.includes('DisruptionTarget'))
    return {
      reason: 'Evicted',
      message: cutMessage(
        `the pod of Job ${job.metadata.name} was evicted and is gone (${message}). Another attempt goes on where it stood.`,
        512,
      ),
    };
  // It has failed for its one pod, which is kept until somebody deletes it.
  if (reason === 'BackoffLimitExceeded')
    return {
      reason: 'Interrupted',
      message: `the pod of Job ${job.metadata.name} was deleted before its result could be read`,
    };
  const why = failed ? `failed (${reason}: ${message})` : 'completed';
  return {
    reason: 'ResultUnreadable',
    message: cutMessage(`Job ${job.metadata.name} ${why} and left no pod to read a result from`, 512),
  };
}
