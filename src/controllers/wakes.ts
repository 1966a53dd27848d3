// SPDX-License-Identifier: Apache-2.0
// Which changes wake whom. An object wakes itself when somebody wants something else of it, or has written what is ours to
// write; a Job or pod wakes the object that it is for; and those who wait are woken by what they wait for. Secrets and
// ConfigMaps are not watched: who misses one comes back by the clock.
import { isDeepStrictEqual } from 'node:util';
import { findCondition, type MilvusBackup, type MilvusInstance } from '../api/index.ts';
import { isNewWish } from '../kube/mapping.ts';
import type { WorkQueue } from '../kube/queue.ts';
import { keyOf, type KubeObject } from '../kube/resource.ts';
import type { Change, Store } from '../kube/store.ts';
import { hasBegun } from '../plan/attempts.ts';
import { dueOf, hasEnded, isReadBy, isRemoving } from '../plan/decisions.ts';
import { uidLabel } from '../plan/labels.ts';
import type { Run } from '../plan/observed.ts';
import { anyName, byActive, byBackup, byUid, type Caches } from './caches.ts';
import type { Line } from './line.ts';
import { instanceNameOf, storageNameOf } from './places.ts';
import type { View, WithStatus } from './view.ts';
import { wakeSchedules } from './wakes-schedule.ts';

export type Queues = Record<'instances' | 'storages' | 'backups' | 'restores' | 'schedules', WorkQueue>;

export function connectWakes(caches: Caches, queues: Queues, line: Pick<Line, 'moved' | 'whenStuck'>): void {
  wakeItself(caches.instances, queues.instances);
  wakeItself(caches.storages, queues.storages);
  wakeItself(caches.backups, queues.backups);
  wakeItself(caches.restores, queues.restores);
  wakeItself(caches.schedules, queues.schedules);
  wakeOwner(caches, queues, caches.jobs.store);
  wakeOwner(caches, queues, caches.pods.store);
  wakeUsers(caches, queues);
  wakeSiblings(caches, queues);
  wakeLine(caches, queues, line);
  wakeSchedules(caches, queues.schedules);
  wakeExpiring(caches, queues);
}

function wakeItself<T extends WithStatus>(view: View<T>, queue: WorkQueue): void {
  view.cache.store.subscribe((change) => {
    // Both are asked: the echo of a write of ours is taken note of.
    const isForeign = view.isForeignStatus(change);
    if (!isForeign && !isNewWish(withoutFinalizers(change))) return;
    queue.add(keyOf(change.object.metadata), change.initial ? 'later' : 'now');
  });
}

/** Ours we put on and take off ourselves, and others' are no wish of anybody. */
function withoutFinalizers<T extends KubeObject>(change: Change<T>): Change<KubeObject> {
  const strip = ({ apiVersion, kind, metadata }: T): KubeObject => {
    const { finalizers, ...rest } = metadata;
    return finalizers === undefined ? { apiVersion, kind, metadata } : { apiVersion, kind, metadata: rest };
  };
  const { type, object, previous, initial } = change;
  return { type, object: strip(object), initial, ...(previous ? { previous: strip(previous) } : {}) };
}

/** By the UID in its label, which is the object's for a pod too. Those of the first list come with their objects. */
function wakeOwner<T extends KubeObject>(caches: Caches, queues: Queues, children: Store<T>): void {
  const kinds = ['backups', 'restores', 'instances', 'storages'] as const;
  children.subscribe(({ object, previous, initial }) => {
    if (initial) return;
    const uids = [object, previous].map((one) => one?.metadata.labels?.[uidLabel]);
    for (const uid of new Set(uids)) {
      if (uid === undefined) continue;
      for (const kind of kinds) {
        const [owner] = caches[kind].cache.store.byIndex(byUid, uid);
        if (owner) queues[kind].add(keyOf(owner.metadata));
      }
    }
  });
}

/** Runs that an instance or a storage is named by, and storages that an instance's place may touch. */
function wakeUsers(caches: Caches, queues: Queues): void {
  caches.instances.cache.store.subscribe((change) => {
    if (change.initial || !isNews(change)) return;
    const { namespace, name } = change.object.metadata;
    wakeRuns(caches, queues, namespace, (run) => instanceNameOf(caches, run) === name);
    for (const { metadata } of caches.storages.list(namespace)) {
      if (isElsewhere(change)) queues.storages.add(keyOf(metadata));
    }
  });
  caches.storages.cache.store.subscribe((change) => {
    if (change.initial || !isNews(change)) return;
    const { namespace, name } = change.object.metadata;
    wakeRuns(caches, queues, namespace, (run) => storageNameOf(caches, run) === name);
  });
}

/** A backup is what its restores wait for; one that has ended is one more to be counted at its storage. */
function wakeSiblings(caches: Caches, queues: Queues): void {
  caches.backups.cache.store.subscribe(({ object, previous, initial }) => {
    if (initial) return;
    const { namespace } = object.metadata;
    if (hasEnded(object) && previous && !hasEnded(previous))
      queues.storages.add(keyOf({ namespace, name: object.spec.storageRef.name }));
    wakeRestores(caches, queues, keyOf(object.metadata));
    if (hasEnded(object)) wakeRestores(caches, queues, keyOf({ namespace, name: anyName }));
  });
  caches.schedules.cache.store.subscribe(({ type, object, initial }) => {
    if (initial || type === 'updated') return;
    wakeRestores(caches, queues, keyOf({ namespace: object.metadata.namespace, name: anyName }));
  });
}

function wakeRestores(caches: Caches, queues: Queues, backup: string): void {
  for (const { metadata } of caches.restores.byIndex(byBackup, backup)) queues.restores.add(keyOf(metadata));
}

/** What lets others begin, or moves them up. However much happens at once, the line is looked at once. */
function wakeLine(caches: Caches, queues: Queues, line: Pick<Line, 'moved' | 'whenStuck'>): void {
  let isDue = false;
  const look = (): void => {
    isDue = false;
    for (const { kind, metadata } of line.moved()) {
      queues[kind === 'MilvusBackup' ? 'backups' : 'restores'].add(keyOf(metadata));
    }
  };
  const lookSoon = (): void => {
    if (isDue) return;
    isDue = true;
    setImmediate(look);
  };
  const onChange = (change: Change<Run>): void => {
    if (!change.initial && freesTurns(change)) lookSoon();
  };
  line.whenStuck(lookSoon);
  caches.backups.cache.store.subscribe(onChange);
  caches.restores.cache.store.subscribe(onChange);
}

/** Data whose time has come go once the restore that reads them has ended, and their storage can be written to. */
function wakeExpiring(caches: Caches, queues: Queues): void {
  const wake = (namespace: string, isConcerned: (backup: MilvusBackup) => boolean): void => {
    const waiting = caches.backups
      .list(namespace)
      .filter((one) => dueOf(one) ?? isRemoving(one.status ?? {}));
    for (const backup of waiting) if (isConcerned(backup)) queues.backups.add(keyOf(backup.metadata));
  };
  caches.restores.cache.store.subscribe(({ type, object, previous, initial }) => {
    const hasJustEnded = type === 'deleted' || (hasEnded(object) && previous && !hasEnded(previous));
    if (!initial && hasJustEnded) wake(object.metadata.namespace, (backup) => isReadBy(backup, object));
  });
  caches.storages.cache.store.subscribe((change) => {
    const { namespace, name } = change.object.metadata;
    if (!change.initial && isNewWish(change)) wake(namespace, ({ spec }) => spec.storageRef.name === name);
  });
}

/** Not one that is new, or only waits too: a hundred that wait would wake each other ten thousand times. */
function freesTurns({ type, object, previous }: Change<Run>): boolean {
  if (type !== 'updated' || !previous) return type === 'deleted';
  const stance = stanceOf(object);
  return stance !== 'in line' && stance !== stanceOf(previous);
}

/** Towards the others of its namespace. */
function stanceOf(run: Run): 'ended' | 'leaving' | 'running' | 'in line' | 'lacking' {
  const { metadata, spec, status } = run;
  if (hasEnded(run)) return 'ended';
  if (metadata.deletionTimestamp !== undefined || spec.cancel) return 'leaving';
  if (hasBegun(run)) return 'running';
  const reason = findCondition(status?.conditions, 'Reconciling')?.reason;
  return ['Queued', 'InstanceBusy', undefined].includes(reason) ? 'in line' : 'lacking';
}

function wakeRuns(caches: Caches, queues: Queues, namespace: string, whom: (run: Run) => boolean): void {
  for (const kind of ['backups', 'restores'] as const) {
    for (const run of caches[kind].byIndex(byActive, namespace)) {
      if (whom(run)) queues[kind].add(keyOf(run.metadata));
    }
  }
}

/** Its spec, or what its status says of it; not that it was checked again with the same outcome. */
function isNews<T extends KubeObject & { status?: { conditions?: unknown } }>(change: Change<T>): boolean {
  const { object, previous } = change;
  return isNewWish(change) || !isDeepStrictEqual(object.status?.conditions, previous?.status?.conditions);
}

function isElsewhere({ type, object, previous }: Change<MilvusInstance>): boolean {
  return type !== 'updated' || !isDeepStrictEqual(object.spec.storage, previous?.spec.storage);
}
