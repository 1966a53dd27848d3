// SPDX-License-Identifier: Apache-2.0
// Restores that name a schedule, against a real API server: what they find, when, and that they never look again.
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { findCondition, type MilvusBackup, type MilvusRestore } from '../../../src/api/index.ts';
import { apiVersion } from '../../../src/api/crd.ts';
import { backupOf } from './support/bench.ts';
import { succeeds } from './support/results.ts';
import { Stage } from './support/stage.ts';

vi.setConfig({ maxConcurrency: 20, testTimeout: 300_000 });
const plane = inject('controlPlane');
let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open(plane);
  await stage.storage('store');
});
afterAll(() => stage?.close());

/** It makes nothing by itself. */
async function schedule(name: string): Promise<string> {
  const spec = { instanceRef: { name }, storageRef: { name: 'store' } };
  const made = await stage.bench.create({
    apiVersion,
    kind: 'MilvusBackupSchedule',
    metadata: { name },
    spec: { cron: '0 0 1 1 *', suspend: true, template: { spec } },
  } as never);
  return (made as { metadata: { uid: string } }).metadata.uid;
}

async function backup(name: string, instance: string, uid: string): Promise<MilvusBackup> {
  stage.script(name, (args) => succeeds(args));
  const object = backupOf(name, { instanceRef: { name: instance }, storageRef: { name: 'store' } });
  const labels = { 'milvusbackup.dev/schedule-uid': uid };
  await stage.bench.create({ ...object, metadata: { ...object.metadata, labels } });
  return stage.bench.phase<MilvusBackup>('MilvusBackup', name, 'Succeeded');
}

const until = (name: string, is: (restore: MilvusRestore) => boolean): Promise<MilvusRestore> =>
  stage.bench.until<MilvusRestore>('MilvusRestore', name, is);

describe.concurrent('a restore of a schedule', () => {
  it('is of the newest success not after its time, and stays so', async () => {
    await stage.instance('daily');
    const uid = await schedule('daily');
    const first = await backup('daily-1', 'daily', uid);
    // Completion is told in whole seconds.
    await vi.waitFor(
      () => expect(Date.now()).toBeGreaterThan(Date.parse(first.status.completionTime!) + 2000),
      5000,
    );
    await backup('daily-2', 'daily', uid);
    const at = first.status.completionTime;
    const made = await stage.restore('as-of', {
      source: { scheduleRef: { name: 'daily', at } },
      instanceRef: undefined,
    });
    const { pod, args } = await stage.pod(made);
    const running = await until('as-of', ({ status }) => status.attempts !== undefined);
    expect(running.status).toMatchObject({
      backup: 'daily-1',
      backupName: first.status.backupName,
      instance: 'daily',
    });
    expect(args.name).toBe(first.status.backupName);
    await stage.kubelet.end(pod, succeeds(args));
    await stage.bench.phase('MilvusRestore', 'as-of', 'Succeeded');
  });

  it('waits for the schedule and its first success, and never looks again', async () => {
    await stage.instance('hourly');
    const source = { scheduleRef: { name: 'hourly' } };
    const made = await stage.restore('early', { source, instanceRef: { name: 'hourly' } });
    const waiting = await until('early', ({ status }) => status.conditions !== undefined);
    expect(findCondition(waiting.status.conditions, 'Reconciling')?.reason).toBe('BackupNotReady');
    const uid = await schedule('hourly');
    await until('early', ({ status }) =>
      findCondition(status.conditions, 'Ready')!.message.includes(
        'no backup of MilvusBackupSchedule hourly has succeeded',
      ),
    );
    await backup('hourly-1', 'hourly', uid);
    const { pod, args } = await stage.pod(made);
    await stage.kubelet.end(pod, succeeds(args));
    const done = await stage.bench.phase<MilvusRestore>('MilvusRestore', 'early', 'Succeeded');
    expect(done.status.backup).toBe('hourly-1');
    await backup('hourly-2', 'hourly', uid);
    const after = await stage.bench.phase<MilvusRestore>('MilvusRestore', 'early', 'Succeeded');
    expect(after.status.backup).toBe('hourly-1');
    expect(await stage.jobs(made)).toEqual(['1']);
  });
});
