// SPDX-License-Identifier: Apache-2.0
// How things stand is told from what the caches hold, and from nothing else.
import { Registry } from '@prometheus-io/client';
import { beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { createCaches, type Caches } from '../../../src/controllers/caches.ts';
import { addStateMetrics } from '../../../src/controllers/metrics-state.ts';
import { knownPlaces } from '../../../src/controllers/metrics.ts';
import type { Rest } from '../../../src/kube/rest.ts';
import type { Kinds } from '../../../src/plan/observed.ts';
import { backupOf, instanceOf, restoreOf, storageOf } from '../plan/job-samples.ts';

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
let caches: Caches;
let registry: Registry;
beforeEach(() => {
  caches = createCaches({ rest: {} as Rest, clock: systemClock, log, namespaces: [] });
  registry = new Registry();
  addStateMetrics(registry, caches, '1.2.3');
});

const stores = (): Record<
  Kinds['kind'],
  { put: (object: never) => void; remove: (object: never) => void }
> => ({
  MilvusInstance: caches.instances.cache.store,
  MilvusBackupStorage: caches.storages.cache.store,
  MilvusBackup: caches.backups.cache.store,
  MilvusRestore: caches.restores.cache.store,
  MilvusBackupSchedule: caches.schedules.cache.store,
});

function put(object: Kinds, name: string, status: object): Kinds {
  object.metadata = { ...object.metadata, namespace: 'ns', name, uid: name };
  object.status = status;
  stores()[object.kind].put(object as never);
  return object;
}

/** Lines of this metric. */
async function told(name: string): Promise<string[]> {
  const lines = (await registry.metrics()).split('\n');
  return lines.filter((line) => line.startsWith(`milvus_backup_${name}{`)).map((line) => line.slice(14));
}

const condition = (type: string, status: string, reason: string): object => ({ type, status, reason });
const start = '2026-11-20T12:00:00Z';
const end = '2026-11-20T12:10:00Z';
const done = {
  phase: 'Succeeded',
  startTime: start,
  completionTime: end,
  size: { bytes: 7 },
  attempts: [{ number: 1 }],
  conditions: [condition('Ready', 'True', 'Completed'), condition('Succeeded', 'True', 'Completed')],
};
const running = {
  phase: 'Running',
  attempts: [{ number: 1 }],
  conditions: [condition('Reconciling', 'True', 'InProgress')],
};
const queued = { phase: 'Queued', conditions: [condition('Reconciling', 'True', 'Queued')] };
const at = (kind: string): string => `namespace="ns",kind="${kind}",instance="milvus"`;

describe('runs', () => {
  it('are told by phase and reason, and how many are at work and wait', async () => {
    put(instanceOf(), 'milvus', {});
    put(backupOf(), 'a', done);
    put(backupOf(), 'b', running);
    put(backupOf(), 'c', queued);
    put(backupOf(), 'd', queued);
    put(restoreOf({ instanceRef: { name: 'milvus' } }), 'r', {});
    expect(await told('runs')).toEqual([
      `runs{${at('MilvusBackup')},phase="Succeeded",reason="Completed"} 1`,
      `runs{${at('MilvusBackup')},phase="Running",reason="InProgress"} 1`,
      `runs{${at('MilvusBackup')},phase="Queued",reason="Queued"} 2`,
      `runs{${at('MilvusRestore')},phase="Pending",reason=""} 1`,
    ]);
    expect(await told('runs_in_progress')).toEqual([
      `runs_in_progress{${at('MilvusBackup')}} 1`,
      `runs_in_progress{${at('MilvusRestore')}} 0`,
    ]);
    expect(await told('queue_depth')).toEqual([
      `queue_depth{${at('MilvusBackup')}} 2`,
      `queue_depth{${at('MilvusRestore')}} 0`,
    ]);
  });

  it('that succeeded last are told with their end, their time and their bytes', async () => {
    put(backupOf(), 'a', done);
    put(backupOf(), 'b', { ...done, completionTime: '2026-11-20T12:05:00Z' });
    const place = at('MilvusBackup');
    expect(await told('last_success_timestamp_seconds')).toEqual([
      `last_success_timestamp_seconds{${place}} ${Date.parse(end) / 1000}`,
    ]);
    expect(await told('last_success_duration_seconds')).toEqual([
      `last_success_duration_seconds{${place}} 600`,
    ]);
    expect(await told('last_success_size_bytes')).toEqual([`last_success_size_bytes{${place}} 7`]);
  });

  it('whose data were left behind are counted until they go', async () => {
    const left = {
      phase: 'Failed',
      completionTime: end,
      conditions: [condition('Ready', 'False', 'CleanupFailed')],
    };
    const cleaning = { phase: 'Running', conditions: [condition('Ready', 'False', 'CleanupFailed')] };
    const object = put(backupOf(), 'a', left);
    put(backupOf(), 'b', { ...done, phase: 'DeleteFailed' });
    put(backupOf(), 'c', cleaning);
    const labels = 'namespace="ns",kind="MilvusBackup"';
    expect(await told('data_left_behind')).toEqual([`data_left_behind{${labels}} 2`]);
    caches.backups.cache.store.remove(object as never);
    expect(await told('data_left_behind')).toEqual([`data_left_behind{${labels}} 1`]);
  });
});

describe('a storage', () => {
  const labels = 'namespace="ns",storage="store"';

  it.each([
    ['True', [`storage_writable{${labels}} 1`]],
    ['False', [`storage_writable{${labels}} 0`]],
    ['Unknown', []],
  ])('that is Writable=%s', async (status, expected) => {
    put(storageOf(), 'store', { conditions: [condition('Writable', status, 'Completed')] });
    expect(await told('storage_writable')).toEqual(expected);
  });

  it('is told with what its last check found, and no more when it is gone', async () => {
    const object = put(storageOf(), 'store', { backups: 3, bytes: 99, lastCheckTime: end });
    expect(await told('storage_backups')).toEqual([`storage_backups{${labels}} 3`]);
    expect(await told('storage_bytes')).toEqual([`storage_bytes{${labels}} 99`]);
    expect(await told('storage_last_check_timestamp_seconds')).toEqual([
      `storage_last_check_timestamp_seconds{${labels}} ${Date.parse(end) / 1000}`,
    ]);
    caches.storages.cache.store.remove(object as never);
    expect(await told('storage_backups')).toEqual([]);
  });
});

describe('what counts are about', () => {
  it('is there as long as an instance, or a run that names it', () => {
    const isKnown = (): boolean => knownPlaces(caches)()({ namespace: 'ns', instance: 'milvus', kind: 'x' });
    expect(isKnown()).toBe(false);
    const instance = put(instanceOf(), 'milvus', {});
    expect(isKnown()).toBe(true);
    const run = put(backupOf(), 'a', done);
    caches.instances.cache.store.remove(instance as never);
    expect(isKnown()).toBe(true);
    caches.backups.cache.store.remove(run as never);
    expect(isKnown()).toBe(false);
  });
});
