// SPDX-License-Identifier: Apache-2.0
// Backups whose time is over, by the schedule that made them: how many are to go, and how many of those cannot.
import type { Registry } from '@prometheus-io/client';
import type { MilvusBackup } from '../api/index.ts';
import type { Clock } from '../base/clock.ts';
import { dueOf } from '../plan/decisions.ts';
import { scheduleLabel } from '../plan/labels.ts';
import { byUid, type Caches } from './caches.ts';
import { addState, type Labels } from './metrics-series.ts';

type Counted = (backup: MilvusBackup) => boolean;

export function addRetentionMetrics(registry: Registry, caches: Caches, clock: Clock): void {
  const labelNames = ['namespace', 'schedule'];
  const state = (name: string, help: string, counts: Counted): void =>
    addState(registry, { name: `retention_${name}`, help, labelNames }, (set) => {
      for (const { labels, count } of countsOf(caches, counts)) set(labels, count);
    });
  const isOver: Counted = (backup) => {
    const due = dueOf(backup);
    return due !== undefined && due.at <= clock.now() && backup.status.phase !== 'Expired';
  };
  state('pending', 'Backups whose time is over and whose data are not removed yet.', isOver);
  state('failed', 'Of those the ones whose data could not be removed.', (backup) => {
    return isOver(backup) && backup.status.phase === 'DeleteFailed';
  });
}

/** With a zero for each schedule: nothing to do is told, too. */
function countsOf(caches: Caches, counts: Counted): Iterable<{ labels: Labels; count: number }> {
  const all = new Map<string, { labels: Labels; count: number }>();
  const add = (labels: Labels, count: number): void => {
    const key = Object.values(labels).join('/');
    all.set(key, { labels, count: (all.get(key)?.count ?? 0) + count });
  };
  for (const { metadata } of caches.schedules.list()) {
    add({ namespace: metadata.namespace, schedule: metadata.name }, 0);
  }
  for (const backup of caches.backups.list()) if (counts(backup)) add(labelsOf(caches, backup), 1);
  return all.values();
}

/** The schedule that made it; empty where none did, or where it is gone. */
function labelsOf({ schedules }: Caches, { metadata }: MilvusBackup): Labels {
  const [schedule] = schedules.byIndex(byUid, metadata.labels?.[scheduleLabel] ?? '');
  return { namespace: metadata.namespace, schedule: schedule?.metadata.name ?? '' };
}
