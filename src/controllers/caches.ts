// SPDX-License-Identifier: Apache-2.0
// What is kept in memory: our kinds, and the Jobs and pods that carry our mark, each found by what it is asked for.
import type {
  MilvusBackup,
  MilvusBackupSchedule,
  MilvusBackupStorage,
  MilvusInstance,
  MilvusRestore,
} from '../api/index.ts';
import type { Clock } from '../base/clock.ts';
import { Cache, type CacheOptions } from '../kube/cache.ts';
import type { Log } from '../kube/log.ts';
import type { Synced } from '../kube/manager.ts';
import type { ReflectorObserver } from '../kube/reflector.ts';
import { keyOf, type KubeObject, type Resource } from '../kube/resource.ts';
import type { Rest } from '../kube/rest.ts';
import type { Job, Pod } from '../plan/kubernetes.ts';
import type { Run } from '../plan/observed.ts';
import { hasEnded } from '../plan/decisions.ts';
import { managedByLabel, managedByUs, scheduleLabel, uidLabel } from '../plan/labels.ts';
import { backups, instances, jobs, pods, restores, schedules, storages } from './resources.ts';
import { trimJob, trimOwn, trimPod } from './trim.ts';
import { View } from './view.ts';

export type Caches = {
  instances: View<MilvusInstance>;
  storages: View<MilvusBackupStorage>;
  backups: View<MilvusBackup>;
  restores: View<MilvusRestore>;
  schedules: View<MilvusBackupSchedule>;
  jobs: Cache<Job>;
  pods: Cache<Pod>;
};

export type CachesOptions = {
  rest: Rest;
  clock: Clock;
  log: Log;
  /** Empty: all. */
  namespaces: readonly string[];
  observer?: ReflectorObserver;
};

/** Index of our kinds: by their own UID; of Jobs and pods: by the UID of the object they are made for. */
export const byUid = 'uid';
/** Runs that have not ended, by namespace, and all of them under `everywhere`. */
export const byActive = 'active';
/** No namespace is called so. */
const everywhere = '';
/** Stands for the backup of restores that have not found it yet. */
export const anyName = '';
/** Restores by `namespace/name` of the backup they name. */
export const byBackup = 'backup';
/** Backups by the UID of the schedule that made them. */
export const bySchedule = 'schedule';

export function createCaches(options: CachesOptions): Caches {
  const ownUid = { [byUid]: uidOf };
  const marked = { labelSelector: `${managedByLabel}=${managedByUs}`, indexes: { [byUid]: markedUidOf } };
  const kept = <T extends KubeObject>(resource: Resource, more: Partial<CacheOptions<T>>): Cache<T> =>
    new Cache<T>({ ...options, resource, trim: trimOwn, ...more });
  return {
    instances: new View(kept<MilvusInstance>(instances, { indexes: ownUid })),
    storages: new View(kept<MilvusBackupStorage>(storages, { indexes: ownUid })),
    backups: new View(
      kept<MilvusBackup>(backups, {
        indexes: { ...ownUid, [byActive]: activeIn, [bySchedule]: scheduleUidOf },
      }),
    ),
    restores: new View(
      kept<MilvusRestore>(restores, { indexes: { ...ownUid, [byActive]: activeIn, [byBackup]: backupOf } }),
    ),
    schedules: new View(kept<MilvusBackupSchedule>(schedules, { indexes: ownUid })),
    jobs: kept<Job>(jobs, { ...marked, trim: trimJob }),
    pods: kept<Pod>(pods, { ...marked, trim: trimPod }),
  };
}

/** Those of the namespace that have not ended. */
export function activeRestores({ restores }: Caches, namespace: string): MilvusRestore[] {
  return restores.byIndex(byActive, namespace).filter((restore) => !hasEnded(restore));
}

/** Every run that has not ended, of one namespace or of all. */
export function activeRuns({ backups, restores }: Caches, namespace = everywhere): Run[] {
  // The index knows what the cache knows; the views may know better.
  return [...backups.byIndex(byActive, namespace), ...restores.byIndex(byActive, namespace)].filter(
    (run) => !hasEnded(run),
  );
}

/** All of them, in the order in which they begin. */
export function allCaches(caches: Caches): Synced[] {
  const { instances, storages, backups, restores, schedules, jobs, pods } = caches;
  const ours = [instances, storages, backups, restores, schedules].map(({ cache }) => cache);
  return [...ours, jobs, pods];
}

function uidOf({ metadata }: KubeObject): string[] {
  return metadata.uid === undefined ? [] : [metadata.uid];
}

function markedUidOf({ metadata }: KubeObject): string[] {
  const uid = metadata.labels?.[uidLabel];
  return uid === undefined ? [] : [uid];
}

function scheduleUidOf({ metadata }: KubeObject): string[] {
  const uid = metadata.labels?.[scheduleLabel];
  return uid === undefined ? [] : [uid];
}

function activeIn(run: Run): string[] {
  return hasEnded(run) ? [] : [run.metadata.namespace, everywhere];
}

/** One that looks for its backup is found under a name that no object has. */
function backupOf({ metadata: { namespace }, spec, status }: MilvusRestore): string[] {
  const { backupRef, scheduleRef } = spec.source;
  const name = backupRef?.name ?? status?.backup ?? (scheduleRef && anyName);
  return name === undefined ? [] : [keyOf({ namespace, name })];
}
