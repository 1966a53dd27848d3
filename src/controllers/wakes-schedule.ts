// SPDX-License-Identifier: Apache-2.0
// What wakes a schedule besides the clock and itself: its own backups, what its template names coming or going, and
// restores on its Milvus, which keep its backups waiting.
import { isDeepStrictEqual } from 'node:util';
import { findCondition, type MilvusBackup, type MilvusBackupSchedule } from '../api/index.ts';
import type { WorkQueue } from '../kube/queue.ts';
import { keyOf, type KubeObject } from '../kube/resource.ts';
import type { Change } from '../kube/store.ts';
import { hasEnded } from '../plan/decisions.ts';
import type { Run } from '../plan/observed.ts';
import { scheduleLabel } from '../plan/labels.ts';
import { byUid, type Caches } from './caches.ts';
import { instanceNameOf } from './places.ts';

export function wakeSchedules(caches: Caches, queue: WorkQueue): void {
  wakeMakers(caches, queue);
  const template = ({ spec }: MilvusBackupSchedule): MilvusBackupSchedule['spec']['template']['spec'] =>
    spec.template.spec;
  const wakeThose = (
    { metadata: { namespace } }: KubeObject,
    whom: (schedule: MilvusBackupSchedule) => boolean,
  ): void => {
    for (const schedule of caches.schedules.cache.store.list(namespace)) {
      if (whom(schedule)) queue.add(keyOf(schedule.metadata));
    }
  };
  caches.instances.cache.store.subscribe(({ type, object, initial }) => {
    if (initial || type === 'updated') return;
    wakeThose(object, (schedule) => template(schedule).instanceRef.name === object.metadata.name);
  });
  caches.storages.cache.store.subscribe(({ type, object, initial }) => {
    if (initial || type === 'updated') return;
    wakeThose(object, (schedule) => template(schedule).storageRef.name === object.metadata.name);
  });
  caches.restores.cache.store.subscribe((change) => {
    if (change.initial || standingOf(change.object, change.type) === standingOf(change.previous)) return;
    const instance = instanceNameOf(caches, change.object);
    wakeThose(change.object, (schedule) => template(schedule).instanceRef.name === instance);
  });
}

/** A backup that begins, ends, comes or goes; its progress is of no interest here. */
function wakeMakers({ backups, schedules }: Caches, queue: WorkQueue): void {
  backups.cache.store.subscribe((change) => {
    const uid = change.object.metadata.labels?.[scheduleLabel];
    if (change.initial || uid === undefined || !isNews(change)) return;
    const [schedule] = schedules.cache.store.byIndex(byUid, uid);
    if (schedule) queue.add(keyOf(schedule.metadata));
  });
}

function isNews({ type, object, previous }: Change<MilvusBackup>): boolean {
  if (type !== 'updated' || !previous) return true;
  return (
    object.status?.phase !== previous.status?.phase ||
    object.metadata.deletionTimestamp !== previous.metadata.deletionTimestamp ||
    standingOf(object) !== standingOf(previous) ||
    !isDeepStrictEqual(object.metadata.annotations, previous.metadata.annotations)
  );
}

/** Whether others have to wait for it: it is over, or lacks something, or is at work. */
function standingOf(run: Run | undefined, type?: string): string {
  if (!run || type === 'deleted') return 'none';
  if (hasEnded(run)) return 'ended';
  const reason = findCondition(run.status?.conditions, 'Reconciling')?.reason ?? '';
  return `${run.spec.cancel} ${(run.status?.attempts ?? []).length > 0} ${reason}`;
}
