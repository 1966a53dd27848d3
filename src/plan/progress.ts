// SPDX-License-Identifier: Apache-2.0
// Progress is a hint, read from the end of the log at most every ten seconds; when it was last read stands in the
// status, and a reading that fails or tells nothing new changes nothing.
import type { Progress } from '../contract/event.ts';
import { createSteps, restoreSteps } from '../contract/event.ts';
import type { Result } from '../contract/result.ts';
import type { Pod } from './kubernetes.ts';
import { progressIn, tailBytes, tailLines } from './log-tail.ts';
import { timeMs } from './moment.ts';
import type { Wanted } from './observed.ts';
import { engineState } from './pods.ts';
import type { RunStatus } from './run-kind.ts';

type Shown = NonNullable<RunStatus['progress']>;

const progressEveryMs = 10_000;

/** When the log is due; long past where it has told nothing new for a while. That the engine began was a write too. */
export function progressDueAt({ progress }: RunStatus, pod: Pod): number {
  const last = timeMs(progress?.time) ?? 0;
  const begin = timeMs(engineState(pod).running?.startedAt) ?? 0;
  return Math.max(last, begin) + progressEveryMs;
}

/** When to look again. */
export function nextReadingAt(status: RunStatus, pod: Pod, now: number): number {
  const due = progressDueAt(status, pod);
  return due > now ? due : now + progressEveryMs;
}

export function logOf(pod: Pod): Wanted['logs'][number] {
  return { pod: pod.metadata.name, lines: tailLines, bytes: tailBytes };
}

/** What the log says now; `before` itself where that is nothing new. */
export function progressAfter(
  before: Shown | undefined,
  log: string | undefined,
  now: number,
): Shown | undefined {
  const said = log === undefined ? undefined : progressIn(log);
  if (!said) return before;
  const shown = shownOf(said);
  const { time: _, ...rest } = before ?? {};
  return JSON.stringify(rest) === JSON.stringify(shown)
    ? before
    : { ...shown, time: new Date(now).toISOString() };
}

function shownOf(said: Progress): Shown {
  const { step, percent, bytesPerSecond, etaSeconds } = said;
  const { collectionsDone, collectionsTotal, bytesDone, bytesTotal, objectsDone, objectsTotal } = said;
  return {
    step,
    percent: Math.min(100, Math.floor(percent)),
    collectionsDone,
    collectionsTotal,
    bytesDone,
    bytesTotal,
    objectsDone,
    objectsTotal,
    bytesPerSecond: whole(bytesPerSecond),
    ...(etaSeconds === undefined ? {} : { etaSeconds: whole(etaSeconds) }),
  };
}

/** As the API server takes integers. */
function whole(amount: number): number {
  return Math.min(Math.floor(amount), Number.MAX_SAFE_INTEGER);
}

const steps: readonly string[] = [...createSteps, ...restoreSteps];

/** The step as it was last shown, for the phase. */
export function stepOf({ progress }: RunStatus): Progress['step'] | undefined {
  return steps.includes(progress?.step ?? '') ? (progress?.step as Progress['step']) : undefined;
}

/** Once the run has ended nothing is expected any more. */
export function stoppedProgress({ progress }: RunStatus): Shown | undefined {
  const { bytesPerSecond: _speed, etaSeconds: _eta, ...rest } = progress ?? {};
  return progress && rest;
}

/** Of what succeeded everything is done. */
export function finalProgress(status: RunStatus, { collections, size }: Result): Shown {
  const rest = stoppedProgress(status);
  return {
    ...rest,
    percent: 100,
    ...(collections ? { collectionsDone: collections.succeeded, collectionsTotal: collections.total } : {}),
    ...(size
      ? {
          bytesDone: size.bytes,
          bytesTotal: size.bytes,
          objectsDone: size.objects,
          objectsTotal: size.objects,
        }
      : {}),
  };
}
