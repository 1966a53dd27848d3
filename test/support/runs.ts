// SPDX-License-Identifier: Apache-2.0
// What tests over kubectl ask of a run besides its status: its phase, its reasons, its Jobs, pods and Events.
import { setTimeout as sleep } from 'node:timers/promises';
import type { MilvusBackup, MilvusRestore } from '../../src/api/index.ts';
import type { Job, Pod } from '../../src/plan/kubernetes.ts';
import { uidLabel } from '../../src/plan/labels.ts';
import { waitFor } from '../lab/wait.ts';
import { conditionOf, type Objects, type Seen } from './objects.ts';

export type RunSeen = (MilvusBackup | MilvusRestore) & Seen;

/** Many of these fit beside each other on a small node. */
export const modest = { resources: { requests: { cpu: '10m', memory: '64Mi' } } };

/** Another attempt soon, or the test would wait. */
export const hasty = { minBackoff: '1s', maxBackoff: '2s' };

export function untilPhase(
  objects: Objects,
  what: string,
  phase: string,
  timeoutMs?: number,
): Promise<RunSeen> {
  return objects.until<RunSeen>(what, ({ status }) => status.phase === phase, timeoutMs);
}

/** Until that is what it works on, or waits for. */
export function untilReconciling(
  objects: Objects,
  what: string,
  reason: string,
  timeoutMs?: number,
): Promise<RunSeen> {
  return objects.until<RunSeen>(
    what,
    (seen) => conditionOf(seen, 'Reconciling')?.reason === reason,
    timeoutMs,
  );
}

export async function untilGone(objects: Objects, what: string, timeoutMs = 90_000): Promise<void> {
  await until(`${what} to be gone`, timeoutMs, async () => !(await objects.find(what)));
}

export async function jobsOf(objects: Objects, { metadata }: Pick<Seen, 'metadata'>): Promise<Job[]> {
  return childrenOf<Job>(objects, 'jobs', metadata.uid);
}

export async function podsOf(objects: Objects, { metadata }: Pick<Seen, 'metadata'>): Promise<Pod[]> {
  return childrenOf<Pod>(objects, 'pods', metadata.uid);
}

async function childrenOf<T>(objects: Objects, kind: string, uid: string): Promise<T[]> {
  return list<T>(objects, [kind, '-l', `${uidLabel}=${uid}`]);
}

export type EventSeen = { type: string; reason: string; message: string };

/** Until `kubectl describe` shows these below it: Events come a moment after the status that they tell of. */
export async function untilTold(
  objects: Objects,
  seen: Pick<Seen, 'metadata'>,
  ...wanted: string[]
): Promise<EventSeen[]> {
  let events: EventSeen[] = [];
  const hasAll = async (): Promise<EventSeen[] | undefined> => {
    events = await eventsOf(objects, seen);
    return wanted.every((one) => events.some(({ reason }) => reason === one)) ? events : undefined;
  };
  const told = (): string => events.map(({ reason }) => reason).join(', ');
  return waitFor(`Events ${wanted.join(', ')} of ${seen.metadata.name}`, 30_000, hasAll, told);
}

/** What `kubectl describe` shows below it. */
export async function eventsOf(objects: Objects, { metadata }: Pick<Seen, 'metadata'>): Promise<EventSeen[]> {
  return list(objects, ['events', '--field-selector', `involvedObject.uid=${metadata.uid}`]);
}

async function list<T>(objects: Objects, args: string[]): Promise<T[]> {
  const { items } = JSON.parse(await objects.kubectl(['get', ...args, '-o', 'json'])) as { items: T[] };
  return items;
}

export async function until(
  what: string,
  timeoutMs: number,
  isSo: () => Promise<boolean>,
  everyMs = 500,
): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`waited ${timeoutMs / 1000} s in vain for ${what}`);
    await sleep(everyMs);
  }
}
