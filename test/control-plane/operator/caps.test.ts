// SPDX-License-Identifier: Apache-2.0
// How many runs are under way at once, of one storage and over all namespaces: never one too many, the oldest first,
// whoever dies in between, and nothing that puts away is ever held up.
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { findCondition, type MilvusBackup } from '../../../src/api/index.ts';
import { hasBegun } from '../../../src/plan/attempts.ts';
import { askedByOperator } from './support/audit.ts';
import { succeeds } from './support/results.ts';
import { Stage } from './support/stage.ts';

const plane = inject('controlPlane');
const opened: Stage[] = [];
afterAll(() => Promise.all(opened.map((stage) => stage.close())));

async function open(): Promise<Stage> {
  const stage = await Stage.withoutOperator(plane);
  opened.push(stage);
  await stage.instance('milvus');
  await stage.storage('store');
  return stage;
}

const messageOf = ({ status }: MilvusBackup): string =>
  findCondition(status?.conditions, 'Reconciling')?.message ?? '';
const isQueued = ({ status }: MilvusBackup): boolean => status?.phase === 'Queued';

/** Lets the run `name` end well, once its pod is there. */
async function finish(stage: Stage, name: string): Promise<void> {
  const { pod, args } = await stage.pod(await stage.bench.get<MilvusBackup>('MilvusBackup', name));
  await stage.kubelet.end(pod, succeeds(args));
  await stage.bench.phase('MilvusBackup', name, 'Succeeded');
}

describe('over all namespaces', () => {
  let stages: [Stage, Stage];
  const names = ['run-1', 'run-2', 'run-3', 'run-4', 'run-5', 'run-6'];
  const stageOf = (name: string): Stage => stages[Number(name.at(-1)) % 2]!;
  const start = (): Promise<unknown> =>
    stages[0].startOperator({
      namespaces: stages.map(({ bench }) => bench.namespace),
      settings: { maxJobs: 2 },
    });
  const all = (): Promise<MilvusBackup[]> =>
    Promise.all(names.map((name) => stageOf(name).bench.get<MilvusBackup>('MilvusBackup', name)));
  const begun = async (): Promise<string[]> =>
    (await all()).filter((run) => hasBegun(run)).map(({ metadata }) => metadata.name);

  beforeAll(async () => {
    stages = [await open(), await open()];
    // Older by name where they are of the same second.
    for (const name of names) await stageOf(name).backup(name);
    await start();
  });

  it('so many begin, the oldest, and the others are told their place', async () => {
    for (const name of names.slice(2)) await stageOf(name).bench.until('MilvusBackup', name, isQueued);
    const runs = await all();
    expect(await begun()).toEqual(names.slice(0, 2));
    expect(runs.map(({ status }) => status?.queuePosition)).toEqual([undefined, undefined, 1, 2, 3, 4]);
    expect(messageOf(runs[4]!)).toBe(
      'the operator has begun as many runs as it may at once, 2 (maxJobs of the chart); place 3 in line',
    );
  });

  it('whoever ends lets the next one begin, in the other namespace too, and the rest move up', async () => {
    await finish(stageOf('run-1'), 'run-1');
    await stageOf('run-3').pod(await stageOf('run-3').bench.get('MilvusBackup', 'run-3'));
    await stageOf('run-6').bench.until<MilvusBackup>(
      'MilvusBackup',
      'run-6',
      ({ status }) => status?.queuePosition === 3,
    );
    expect(await begun()).toEqual(names.slice(0, 3));
  });

  it('an operator that was killed and comes back begins nobody in addition', async () => {
    await stages[0].operator.kill();
    const { pod, args } = await stageOf('run-2').pod(
      await stageOf('run-2').bench.get<MilvusBackup>('MilvusBackup', 'run-2'),
    );
    await stageOf('run-2').kubelet.end(pod, succeeds(args));
    await start();
    await stageOf('run-4').pod(await stageOf('run-4').bench.get('MilvusBackup', 'run-4'));
    await stageOf('run-5').bench.until<MilvusBackup>(
      'MilvusBackup',
      'run-5',
      ({ status }) => status?.queuePosition === 1,
    );
    expect(await begun()).toEqual(names.slice(0, 4));
  });

  it('cleaning up and deleting go on while nobody else may begin', async () => {
    const { bench } = stageOf('run-2');
    await bench.patch('MilvusBackup', 'run-2', { spec: { deletionPolicy: 'Delete' } });
    await bench.until('MilvusBackup', 'run-2', ({ metadata }) => metadata.finalizers !== undefined);
    await bench.delete('MilvusBackup', 'run-2');
    await bench.gone('MilvusBackup', 'run-2');
    expect((await stageOf('run-5').bench.get<MilvusBackup>('MilvusBackup', 'run-5')).status?.phase).toBe(
      'Queued',
    );
    // A cleanup's run keeps its place until it is over, and needs no other for its Job.
    await stageOf('run-3').bench.patch('MilvusBackup', 'run-3', { spec: { cancel: true } });
    await stageOf('run-3').bench.phase('MilvusBackup', 'run-3', 'Canceled');
    await stageOf('run-5').pod(await stageOf('run-5').bench.get('MilvusBackup', 'run-5'));
  });

  it('all of them come to their end, two at a time', async () => {
    for (const name of ['run-4', 'run-5', 'run-6']) await finish(stageOf(name), name);
    for (const name of ['run-1', 'run-3', 'run-4', 'run-5', 'run-6']) {
      const { status } = await stageOf(name).bench.get<MilvusBackup>('MilvusBackup', name);
      expect(status).not.toHaveProperty('queuePosition');
    }
  });
});

describe('of one storage', () => {
  it('so many begin, and those of another one beside them', async () => {
    const stage = await open();
    await stage.storage('other');
    for (const name of ['run-1', 'run-2', 'run-3']) await stage.backup(name);
    await stage.startOperator({ settings: { maxJobsPerStorage: 1 } });
    for (const name of ['run-2', 'run-3']) await stage.bench.until('MilvusBackup', name, isQueued);
    await stage.pod(await stage.backup('run-4', { storageRef: { name: 'other' } }));
    const last = await stage.bench.get<MilvusBackup>('MilvusBackup', 'run-3');
    expect(messageOf(last)).toBe(
      'as many runs have begun on MilvusBackupStorage store as may at once, 1 (maxJobsPerStorage of the chart); place 2 in line',
    );
    for (const name of ['run-1', 'run-2', 'run-3', 'run-4']) await finish(stage, name);
  });

  it('a long line is asked nothing about while it waits, and hears little of each end', async () => {
    const stage = await open();
    const names = Array.from({ length: 60 }, (_, i) => `run-${String(i).padStart(2, '0')}`);
    for (const name of names) await stage.backup(name);
    await stage.startOperator({ settings: { maxJobsPerStorage: 1 } });
    await stage.bench.until<MilvusBackup>(
      'MilvusBackup',
      'run-59',
      ({ status }) => status?.queuePosition === 59,
    );
    const from = Date.now();
    for (const name of names.slice(0, 5)) await finish(stage, name);
    await stage.bench.until<MilvusBackup>(
      'MilvusBackup',
      'run-06',
      ({ status }) => status?.queuePosition === 1,
    );
    const asked = askedByOperator(plane).filter(
      ({ at, namespace }) => at >= from && namespace === stage.bench.namespace,
    );
    const waiting = names.slice(7);
    const writes = asked.filter(
      ({ subresource, name }) => subresource === 'status' && waiting.includes(name),
    );
    console.log(`five ends in a line of 60: ${writes.length} status writes to those who go on waiting`);
    // Ten who are near hear of each, of the others each one once at most.
    expect(writes.length).toBeLessThanOrEqual(5 * 10 + waiting.length);
    const secrets = asked.filter(({ resource }) => resource === 'secrets');
    expect(secrets.length).toBeLessThanOrEqual(5 * 8);
  });
});
