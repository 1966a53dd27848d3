// SPDX-License-Identifier: Apache-2.0
// Schedules in numbers: from what stands in their status and spec, and gone with them.
import { Registry } from '@prometheus-io/client';
import { beforeEach, describe, expect, it } from 'vitest';
import type { MilvusBackupSchedule } from '../../../src/api/index.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { createCaches, type Caches } from '../../../src/controllers/caches.ts';
import { addScheduleMetrics } from '../../../src/controllers/metrics-schedules.ts';
import type { Rest } from '../../../src/kube/rest.ts';
import { scheduleOf } from '../plan/schedule/schedule-model.ts';

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
let caches: Caches;
let registry: Registry;
beforeEach(() => {
  caches = createCaches({ rest: {} as Rest, clock: systemClock, log, namespaces: [] });
  registry = new Registry();
  addScheduleMetrics(registry, caches);
});

function put(spec: Partial<MilvusBackupSchedule['spec']>, status: object = {}): MilvusBackupSchedule {
  const schedule = scheduleOf(spec);
  schedule.status = status;
  caches.schedules.cache.store.put(schedule);
  return schedule;
}

/** All that is told, by name. */
async function told(): Promise<Record<string, number>> {
  const labels = '{namespace="ns",schedule="nightly",instance="milvus"}';
  const lines = (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => {
      expect(line).toContain(labels);
      const [name = '', value] = line.replace('milvus_backup_schedule_', '').split(labels);
      return [name, Number(value)];
    }),
  );
}

const seconds = (time: string): number => Date.parse(time) / 1000;
const overdue = { type: 'Overdue', status: 'True', reason: 'Queued', message: '', lastTransitionTime: '' };

describe('a schedule', () => {
  it('that is new tells its interval, and that nothing is wrong', async () => {
    put({ cron: '0 3 * * *' });
    expect(await told()).toEqual({
      expected_interval_seconds: 86_400,
      overdue: 0,
      suspended: 0,
      active_backups: 0,
      consecutive_failures: 0,
      missed_total: 0,
    });
  });

  it('tells what its status says', async () => {
    put(
      {},
      {
        lastSuccessfulTime: '2026-11-20T11:01:00Z',
        lastScheduleTime: '2026-11-20T12:00:00Z',
        nextScheduleTimes: ['2026-11-20T13:00:00Z', '2026-11-20T14:00:00Z'],
        active: ['nightly-1', 'nightly-2'],
        consecutiveFailures: 3,
        missedCount: 7,
        conditions: [overdue],
      },
    );
    expect(await told()).toEqual({
      last_success_timestamp_seconds: seconds('2026-11-20T11:01:00Z'),
      last_slot_timestamp_seconds: seconds('2026-11-20T12:00:00Z'),
      next_timestamp_seconds: seconds('2026-11-20T13:00:00Z'),
      expected_interval_seconds: 3600,
      overdue: 1,
      suspended: 0,
      active_backups: 2,
      consecutive_failures: 3,
      missed_total: 7,
    });
    // A count of the status, not one of how often it was asked.
    expect(await told()).toMatchObject({ missed_total: 7 });
  });

  it('that is suspended says so, and one whose expression is none has no interval', async () => {
    put({ suspend: true, cron: '0 0 31 2 *' });
    const values = await told();
    expect(values['suspended']).toBe(1);
    expect(values).not.toHaveProperty('expected_interval_seconds');
  });

  it('takes its series along', async () => {
    caches.schedules.cache.store.remove(put({}));
    expect(await told()).toEqual({});
  });
});
