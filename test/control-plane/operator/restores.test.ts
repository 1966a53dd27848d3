// SPDX-License-Identifier: Apache-2.0
// Every transition of every phase of a restore. Each has a Milvus of its own, because a restore runs alone there.
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { findCondition, type MilvusRestore } from '../../../src/api/index.ts';
import { fails, progressLine, succeeds } from './support/results.ts';
import { Stage, type Script } from './support/stage.ts';

vi.setConfig({ maxConcurrency: 20, testTimeout: 300_000 });
const plane = inject('controlPlane');
let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open(plane);
  await stage.storage('store');
});
afterAll(() => stage?.close());

const phase = (name: string, wanted: string): Promise<MilvusRestore> =>
  stage.bench.phase<MilvusRestore>('MilvusRestore', name, wanted);
const conditionsOf = ({ status }: MilvusRestore): Record<string, string> =>
  Object.fromEntries(
    (status.conditions ?? []).map(({ type, status, reason }) => [type, `${status} ${reason}`]),
  );

/** Into a Milvus of its own, from a backup that nobody has an object of. */
async function begin(name: string, spec: object = {}, script?: Script): Promise<MilvusRestore> {
  await stage.instance(name);
  const source = { storageRef: { name: 'store' }, backupName: 'nightly' };
  return stage.restore(name, { source, instanceRef: { name }, ...spec }, script);
}

describe.concurrent('a restore', () => {
  it('goes from Pending through Planning, Running and Verifying to Succeeded', async () => {
    const made = await begin('whole');
    const { pod, args } = await stage.pod(made);
    expect(args.name).toBe('nightly');
    const planning = await phase('whole', 'Planning');
    expect(planning.status).toMatchObject({ instance: 'whole', backupName: 'nightly' });
    expect(planning.metadata.finalizers).toEqual(['milvusbackup.dev/cleanup']);
    for (const [step, wanted] of [
      ['Importing', 'Running'],
      ['Counting', 'Verifying'],
    ] as const) {
      stage.kubelet.logs.set(pod.metadata.name, progressLine({ step }));
      await phase('whole', wanted);
    }
    stage.kubelet.logs.delete(pod.metadata.name);
    await stage.kubelet.end(pod, succeeds(args));
    const done = await phase('whole', 'Succeeded');
    expect(done.status).toMatchObject({
      rows: { planned: 10, imported: 10 },
      collectionCounts: { summary: '2/2' },
    });
    expect(conditionsOf(done)).toMatchObject({ Ready: 'True Completed', Succeeded: 'True Completed' });
    await stage.bench.until('MilvusRestore', 'whole', ({ metadata }) => !metadata.finalizers);
  });

  it('of a MilvusBackup goes back to where that came from', async () => {
    await stage.instance('origin');
    await stage.backup('source', { instanceRef: { name: 'origin' } }, (args) => succeeds(args));
    await stage.bench.phase('MilvusBackup', 'source', 'Succeeded');
    await stage.restore('back', { source: { backupRef: { name: 'source' } } }, (args) => succeeds(args));
    const done = await phase('back', 'Succeeded');
    expect(done.status.instance).toBe('origin');
    expect(done.status.backupName).toMatch(/^source_[0-9a-f]{8}$/);
  });

  it('whose attempt fails gets another one', async () => {
    await begin('again', {}, (args) => (args.attempt === 1 ? fails(args) : succeeds(args)));
    const done = await phase('again', 'Succeeded');
    expect(done.status.attempts).toMatchObject([{ reason: 'Unreachable' }, { reason: 'Completed' }]);
  });

  it('that is refused is Failed, cleaned up after, and stays', async () => {
    const refused = { reason: 'TargetNotEmpty', message: 'db.c is there already' } as const;
    const script: Script = (args) => (args.command === 'restore' ? fails(args, refused, 3) : succeeds(args));
    const made = await begin('refused', {}, script);
    const failed = await phase('refused', 'Failed');
    expect(conditionsOf(failed)).toMatchObject({ Stalled: 'True TargetNotEmpty' });
    expect(await stage.jobs(made)).toEqual(['1', 'c1']);
  });

  it('of which some collections failed is PartiallyFailed', async () => {
    const partial = { outcome: 'PartiallyFailed', reason: 'ImportFailed', message: '1 of 2 failed' } as const;
    await begin('partial', {}, (args) => ({ ...succeeds(args, partial), exitCode: 4 }));
    expect(conditionsOf(await phase('partial', 'PartiallyFailed'))).toMatchObject({
      Succeeded: 'False ImportFailed',
    });
  });

  it('that is canceled while it runs is cleaned up after and Canceled', async () => {
    const made = await begin('canceled');
    await phase('canceled', 'Planning');
    await stage.bench.patch('MilvusRestore', 'canceled', { spec: { cancel: true } });
    await phase('canceled', 'Canceled');
    await stage.untilJobs(made, ['c1']);
  });

  it('that is deleted while it runs is cleaned up after before it goes', async () => {
    const made = await begin('deleted', {}, () => 'runs');
    await phase('deleted', 'Planning');
    await stage.bench.delete('MilvusRestore', 'deleted');
    const { pod, args } = await stage.pod(made, 'c1');
    expect(args.all).toContain('--of');
    await stage.kubelet.end(pod, succeeds(args));
    await stage.bench.gone('MilvusRestore', 'deleted');
  });

  it('waits as Queued for another one on the same Milvus, and follows it', async () => {
    const source = { storageRef: { name: 'store' }, backupName: 'nightly' };
    const first = await begin('first');
    await phase('first', 'Planning');
    await stage.restore('second', { source, instanceRef: { name: 'first' } }, (args) => succeeds(args));
    const queued = await phase('second', 'Queued');
    expect(queued.status.queuePosition).toBe(1);
    expect(findCondition(queued.status.conditions, 'Reconciling')?.reason).toBe('InstanceBusy');
    const { pod, args } = await stage.pod(first);
    await stage.kubelet.end(pod, succeeds(args));
    const done = await phase('second', 'Succeeded');
    expect(done.status.queuePosition).toBeUndefined();
  });

  it('that only says what it would do leaves nothing to clean up', async () => {
    const plan = '{"event":"item","list":"plan","item":{"name":"db.c","action":"Create"}}';
    const made = await begin('dry', { dryRun: true });
    const { pod, args } = await stage.pod(made);
    stage.kubelet.logs.set(pod.metadata.name, plan);
    const { createListDigest } = await import('../../../src/contract/protocol.ts');
    const digest = createListDigest();
    digest.add(plan);
    await stage.kubelet.end(pod, succeeds(args, { lists: { plan: digest.value() } }));
    const done = await phase('dry', 'Succeeded');
    expect(done.status.plan).toBeDefined();
    expect(await stage.jobs(made)).toEqual(['1']);
  });
});
