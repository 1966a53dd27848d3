// SPDX-License-Identifier: Apache-2.0
// What is to go and what cannot, of backups that were made by hand and by a schedule.
import { Registry } from '@prometheus-io/client';
import { beforeEach, describe, expect, it } from 'vitest';
import type { MilvusBackup } from '../../../src/api/index.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { createCaches, type Caches } from '../../../src/controllers/caches.ts';
import { addRetentionMetrics } from '../../../src/controllers/metrics-retention.ts';
import type { Rest } from '../../../src/kube/rest.ts';
import { backupOf } from '../plan/job-samples.ts';
import { scheduleOf } from '../plan/schedule/schedule-model.ts';

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
let caches: Caches;
let registry: Registry;
let version = 0;
beforeEach(() => {
  caches = createCaches({ rest: {} as Rest, clock: systemClock, log, namespaces: [] });
  registry = new Registry();
  addRetentionMetrics(registry, caches, systemClock);
});

type Given = {
  name: string;
  by?: 'schedule' | 'hand';
  rule?: string;
  ttl?: string;
  hold?: boolean;
  phase?: string;
};

function put({ name, by = 'schedule', rule, ttl, hold = false, phase = 'Succeeded' }: Given): MilvusBackup {
  const backup = backupOf({ hold, ...(ttl === undefined ? {} : { ttl }) }, name);
  backup.metadata = {
    ...backup.metadata,
    namespace: 'ns',
    uid: name,
    resourceVersion: String((version += 1)),
    ...(by === 'schedule' ? { labels: { 'milvusbackup.dev/schedule-uid': 'uid-of-nightly' } } : {}),
    ...(rule === undefined ? {} : { annotations: { 'milvusbackup.dev/expired-by': rule } }),
  };
  backup.status = { phase, completionTime: '2026-01-02T00:00:00Z' };
  caches.backups.cache.store.put(backup);
  return backup;
}

const remove = (backup: MilvusBackup): void => caches.backups.cache.store.remove(backup);

async function told(name: string): Promise<string[]> {
  const start = `milvus_backup_retention_${name}{namespace="ns",`;
  const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith(start));
  return lines.map((line) => line.slice(start.length));
}

describe('what is to go', () => {
  it('is counted until it has gone, and apart where it cannot', async () => {
    caches.schedules.cache.store.put(scheduleOf());
    expect(await told('pending')).toEqual(['schedule="nightly"} 0']);
    put({ name: 'a', rule: 'maxAge' });
    const stuck = put({ name: 'b', rule: 'maxAge', phase: 'DeleteFailed' });
    put({ name: 'c', by: 'hand', ttl: '1h', phase: 'Expired' });
    put({ name: 'd', by: 'hand', ttl: '1h', phase: 'DeleteFailed' });
    expect(await told('pending')).toEqual(['schedule="nightly"} 2', 'schedule=""} 1']);
    expect(await told('failed')).toEqual(['schedule="nightly"} 1', 'schedule=""} 1']);
    remove(stuck);
    expect(await told('failed')).toEqual(['schedule="nightly"} 0', 'schedule=""} 1']);
  });

  it.each<[string, Given]>([
    ['whose time is not over', { name: 'a', ttl: '876000h' }],
    ['without a time', { name: 'a' }],
    ['that is held', { name: 'a', rule: 'maxAge', hold: true }],
    ['whose data have gone', { name: 'a', rule: 'maxAge', phase: 'Expired' }],
  ])('is not a backup %s', async (_what, given) => {
    caches.schedules.cache.store.put(scheduleOf());
    put(given);
    expect(await told('pending')).toEqual(['schedule="nightly"} 0']);
  });
});
