// SPDX-License-Identifier: Apache-2.0
// The Jobs and pods of one object, as far as the cache knows, and beyond: a Job that the status names and the cache lacks
// is asked for by name. That is how a Job that was just made is seen before the watch tells of it, how one that was made
// before a crash is found again, and how a Job is known to be gone rather than not heard of.
import { isNotFound } from '../kube/api-error.ts';
import { isOurs, uidLabel } from '../plan/labels.ts';
import { podsOf } from '../plan/pods.ts';
import { isTerminal } from '../plan/verdict.ts';
import type { Job, Pod } from '../plan/kubernetes.ts';
import type { Kinds } from '../plan/observed.ts';
import { byUid } from './caches.ts';
import { jobs, pods } from './resources.ts';
import { trimJob, trimPod } from './trim.ts';
import type { World } from './world.ts';

export type Children = { jobs: readonly Job[]; pods: readonly Pod[] };

export async function childrenOf(world: World, object: Kinds, signal: AbortSignal): Promise<Children> {
  const { uid } = object.metadata;
  const known = world.caches.jobs.store.byIndex(byUid, uid);
  const missing = openJobsOf(object).filter(
    ({ jobName }) => !known.some(({ metadata }) => metadata.name === jobName),
  );
  const found = await Promise.all(
    missing.map(({ jobName }) => world.reads(() => findJob(world, object, { jobName, signal }))),
  );
  const isLost = missing.some(({ wasMade }, i) => wasMade && !found[i]);
  const all = [...known, ...found.filter((job) => job !== undefined)];
  const cached = world.caches.pods.store.byIndex(byUid, uid);
  // A Job that is gone may have left a pod behind; whether one still runs must not hang on a cache that lags.
  const isBehind = isLost || all.some((job) => isUntold(job, cached));
  return { jobs: all, pods: isBehind ? await listPods(world, object, signal) : cached };
}

/** It has ended and nobody has read how: its pod, which says it, comes by another watch, maybe later. */
function isUntold(job: Job, cached: readonly Pod[]): boolean {
  return (
    isTerminal(job) &&
    job.spec.ttlSecondsAfterFinished === undefined &&
    podsOf(cached, job.metadata.name).length === 0
  );
}

/**
 * Those that may still act, by the status. Of the last attempt also when it was given up: its Job may go on for a while
 * after that, and until it is gone nothing may follow it.
 */
function openJobsOf({ status }: Kinds): { jobName: string; wasMade: boolean }[] {
  if (!status || !('attempts' in status)) return [];
  const { attempts = [], completionTime } = status;
  const last = completionTime === undefined ? attempts.at(-1) : undefined;
  return attempts.flatMap((attempt) => {
    const { jobName, startTime, endTime } = attempt;
    if (jobName === undefined || (endTime !== undefined && attempt !== last)) return [];
    return [{ jobName, wasMade: endTime === undefined && startTime !== undefined }];
  });
}

/** Undefined where there is none, or none of this object's. */
export async function findJob(
  { rest }: World,
  object: Kinds,
  { jobName, signal }: { jobName: string; signal: AbortSignal },
): Promise<Job | undefined> {
  try {
    const { namespace } = object.metadata;
    const job = await rest.get<Job>(jobs, { namespace, name: jobName }, signal);
    trimJob(job);
    return isOurs(job, object) ? job : undefined;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

async function listPods({ rest }: World, { metadata }: Kinds, signal: AbortSignal): Promise<Pod[]> {
  const about = { namespace: metadata.namespace, labelSelector: `${uidLabel}=${metadata.uid}` };
  const { items } = await rest.list<Pod>(pods, about, signal);
  items.forEach(trimPod);
  return items;
}
