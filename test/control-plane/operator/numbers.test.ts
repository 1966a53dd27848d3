// SPDX-License-Identifier: Apache-2.0
// The numbers that the operator must hold, measured on the bundle in a process of its own: memory, a cold start, the time
// to a change, and what it asks of the API server while nothing happens.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { MilvusBackup, MilvusBackupSchedule } from '../../../src/api/index.ts';
import { forEachConcurrent } from '../../../src/base/backoff.ts';
import { scheduleLabel } from '../../../src/plan/labels.ts';
import { waitFor } from '../../lab/wait.ts';
import { askedByOperator, type Asked } from './support/audit.ts';
import { backupOf, Bench, scheduleOf } from './support/bench.ts';
import { askedWhileIdle, settle, untilSettled } from './support/idle.ts';
import { Kubelet } from './support/kubelet.ts';
import { startOperator, type Operator } from './support/operators.ts';
import { progressLine, succeeds } from './support/results.ts';
import { Stage } from './support/stage.ts';

const plane = inject('controlPlane');
/** Together a thousand objects. */
const schedules = 100;
const backups = 900;
const idleMs = 60_000;
let bench: Bench;
let kubelet: Kubelet;
const running: Operator[] = [];
beforeAll(async () => {
  bench = await new Bench(plane).start();
  kubelet = await new Kubelet(bench, (args) => succeeds(args)).start();
});
afterAll(async () => {
  await Promise.all(running.map((operator) => operator.kill()));
  await kubelet.stop();
  await bench.close();
});

function start({ namespace }: Bench): Operator {
  const flags = [`--lease-namespace=${namespace}`];
  const operator = startOperator(plane, { namespaces: [namespace], flags });
  running.push(operator);
  return operator;
}

/** As large as a real one, with all that a backup's status holds. */
async function makeFinished(name: string, made: object = {}): Promise<void> {
  const time = '2026-11-20T12:00:00Z';
  const condition = {
    status: 'True',
    reason: 'Completed',
    message: 'x'.repeat(100),
    lastTransitionTime: time,
    observedGeneration: 1,
  };
  const backup = backupOf(name, { include: ['db.*'] });
  await bench.create({ ...backup, metadata: { ...backup.metadata, ...made } });
  const status = {
    observedGeneration: 1,
    phase: 'Succeeded',
    backupName: `${name}_0123456`,
    path: `backups/${name}_0123456/`,
    manifestDigest: 'a'.repeat(64),
    startTime: time,
    completionTime: time,
    attempts: [
      { number: 1, jobName: `${name}-1`, startTime: time, endTime: time, exitCode: 0, reason: 'Completed' },
    ],
    collections: { total: 2, succeeded: 2, summary: '2/2' },
    size: { bytes: 1000, objects: 5 },
    conditions: ['Ready', 'Succeeded', 'Verified'].map((type) => ({ type, ...condition })),
    restoreCommand: 'x'.repeat(400),
  };
  await bench.patch('MilvusBackup', name, { status }, 'status');
}

describe.concurrent('an operator', () => {
  it('with nothing to do stays under 120 MiB', async () => {
    const empty = await bench.another();
    const operator = start(empty);
    await operator.until('leading');
    await sleep(5000);
    const { now, most } = operator.memory();
    console.log(`idle: ${now.toFixed(0)} MiB resident, ${most.toFixed(0)} at most`);
    expect(now).toBeLessThan(120);
    await operator.kill();
    await empty.close();
  }, 300_000);

  // Invariant: bounded memory and full convergence, however many objects there are at the start.
  it(`[FM-12] with ${schedules} schedules and ${backups} backups of theirs: quick, small, quiet, and taken over`, async () => {
    await makeSchedules();
    await settle(bench);
    const began = Date.now();
    const operator = start(bench);
    await untilReconciled(operator, { backups, schedules });
    const cold = Date.now() - began;
    const writes = askedByOperator(plane).filter(isWriteTo(bench.namespace, 'milvusbackups'));
    const changes: number[] = [];
    for (const i of [1, 2, 3, 4, 5]) changes.push(await timeOfChange(`finished-${i * 150}`));
    const scheduled = await timeOfSuspension('schedule-7');

    await untilSettled(bench);
    const spent = operator.processorMs();
    const asked = await askedWhileIdle(bench, idleMs);
    const share = (operator.processorMs() - spent) / idleMs;
    const others = asked.filter((request) => request !== 'update leases');
    const { now, most } = operator.memory();
    console.log(
      `${schedules + backups} objects: ${cold} ms from start to all reconciled, ${writes.length} writes to backups; ` +
        `changed ones after ${[...changes, scheduled].map((ms) => ms.toFixed(0)).join(', ')} ms; ` +
        `${now.toFixed(0)} MiB resident, ${most.toFixed(0)} at most; idle for ${idleMs / 1000} s: ` +
        `${(share * 100).toFixed(2)} % of a core, ${asked.length - others.length} renewals and [${others.join(', ')}]`,
    );
    expect(cold).toBeLessThan(30_000);
    expect(writes).toEqual([]);
    expect(changes.toSorted((a, b) => a - b)[2]).toBeLessThan(1000);
    expect(scheduled).toBeLessThan(1000);
    expect(now).toBeLessThan(150);
    expect(share).toBeLessThan(0.01);
    expect(others).toEqual([]);
    expect(asked.length).toBeGreaterThan(25);
    const { text } = await operator.probe('/metrics');
    const place = `namespace="${bench.namespace}",kind="MilvusBackup",instance="milvus"`;
    expect(text).toContain(`milvus_backup_runs{${place},phase="Succeeded",reason="Completed"} ${backups}`);
    expect(text.match(/^milvus_backup_schedule_next_timestamp_seconds\{/gm)).toHaveLength(schedules - 1);
    await handOver(operator);
  }, 400_000);
});

/** None of them has anything to do before the first of January. With the backups that they made. */
async function makeSchedules(): Promise<void> {
  const uids: string[] = [];
  await forEachConcurrent([...Array(schedules).keys()], 16, async (i) => {
    const { metadata } = await bench.create(scheduleOf(`schedule-${i}`, { cron: '30 3 1 1 *' }));
    uids[i] = metadata.uid ?? '';
  });
  await forEachConcurrent([...Array(backups).keys()], 16, (i) =>
    makeFinished(`finished-${i}`, { labels: { [scheduleLabel]: uids[i % schedules] } }),
  );
}

async function untilReconciled(operator: Operator, counts: Record<string, number>): Promise<void> {
  await waitFor('all to be reconciled', 60_000, async () => {
    const { text } = await operator.probe('/metrics');
    const done = (kind: string): number => {
      const count = new RegExp(`reconcile_time_seconds_count\\{controller="${kind}"\\} (\\d+)`).exec(text);
      return Number(count?.[1] ?? 0);
    };
    return Object.entries(counts).every(([kind, count]) => done(kind) >= count) || undefined;
  });
}

/** From a kill to the first thing that another one does; and how long that one takes to stop when it is told to. */
async function handOver(leader: Operator): Promise<void> {
  const standby = start(bench);
  await standby.until('caches synced');
  await leader.kill();
  const killed = performance.now();
  await timeOfChange('finished-777', 60_000);
  const takeover = performance.now() - killed;
  const told = performance.now();
  standby.signal('SIGTERM');
  expect(await standby.exit()).toBe(0);
  const stop = performance.now() - told;
  console.log(
    `done ${takeover.toFixed(0)} ms after a kill by the other one, which stopped in ${stop.toFixed(0)} ms`,
  );
  expect(takeover).toBeLessThan(20_000);
  expect(stop).toBeLessThan(10_000);
}

function isWriteTo(namespace: string, resource: string): (asked: Asked) => boolean {
  return (asked) =>
    asked.namespace === namespace &&
    asked.resource === resource &&
    !['get', 'list', 'watch'].includes(asked.verb);
}

/** From the wish to its effect, here a finalizer. */
async function timeOfChange(name: string, patienceMs = 10_000): Promise<number> {
  await bench.patch('MilvusBackup', name, { spec: { deletionPolicy: 'Delete' } });
  return timeUntil(name, patienceMs, async () => {
    const { metadata } = await bench.get<MilvusBackup>('MilvusBackup', name);
    return metadata.finalizers !== undefined;
  });
}

/** The next times go from the status. */
async function timeOfSuspension(name: string): Promise<number> {
  await bench.patch('MilvusBackupSchedule', name, { spec: { suspend: true } });
  return timeUntil(name, 10_000, async () => {
    const { status } = await bench.get<MilvusBackupSchedule>('MilvusBackupSchedule', name);
    return status?.nextScheduleTimes === undefined;
  });
}

async function timeUntil(name: string, patienceMs: number, isDone: () => Promise<boolean>): Promise<number> {
  const start = performance.now();
  while (!(await isDone())) {
    if (performance.now() - start > patienceMs) throw new Error(`${name} was not reconciled`);
    await sleep(10);
  }
  return performance.now() - start;
}

describe.concurrent('a run', () => {
  it('[FM-38] whose progress changes all the time is written at most every 10 s', async () => {
    const stage = await Stage.open(plane);
    try {
      await stage.instance('milvus');
      await stage.storage('store');
      const made = await stage.backup('busy');
      const { pod } = await stage.pod(made);
      await stage.bench.phase('MilvusBackup', 'busy', 'Running');
      const { namespace } = stage.bench;
      const from = Date.now();
      for (let percent = 1; Date.now() - from < 32_000; percent++) {
        stage.kubelet.logs.set(
          pod.metadata.name,
          progressLine({ percent: percent % 100, bytesDone: percent }),
        );
        // Pods change without that anything is new, too.
        await stage.bench.touch(pod, String(percent));
        await sleep(500);
      }
      const writes = askedByOperator(plane)
        .filter(isWriteTo(namespace, 'milvusbackups'))
        .filter(({ at, subresource }) => at > from && subresource === 'status');
      const logs = askedByOperator(plane).filter(
        ({ at, subresource, namespace: of }) => at > from && subresource === 'log' && of === namespace,
      );
      console.log(`in 32 s: ${writes.length} status writes, ${logs.length} reads of the log`);
      expect(writes.length).toBeGreaterThanOrEqual(2);
      expect(writes.length).toBeLessThanOrEqual(4);
      expect(logs.length).toBeLessThanOrEqual(5);
    } finally {
      await stage.close();
    }
  }, 300_000);
});
