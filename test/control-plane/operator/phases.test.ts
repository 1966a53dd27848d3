// SPDX-License-Identifier: Apache-2.0
// Every transition of every phase of a backup, on a real API server with its controllers.
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import {
  findCondition,
  isTrue,
  type MilvusBackup,
  type MilvusBackupStorage,
  type MilvusInstance,
} from '../../../src/api/index.ts';
import { progressLine, fails, succeeds } from './support/results.ts';
import { Stage } from './support/stage.ts';
import { untilTold } from './support/told.ts';
import type { Job } from '../../../src/plan/kubernetes.ts';

vi.setConfig({ maxConcurrency: 20, testTimeout: 300_000 });
const plane = inject('controlPlane');
let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open(plane);
  await stage.instance('milvus');
  await stage.storage('store');
});
afterAll(() => stage?.close());

const phase = (name: string, wanted: string, ms?: number): Promise<MilvusBackup> =>
  stage.bench.phase<MilvusBackup>('MilvusBackup', name, wanted, ms);
const conditionsOf = ({ status }: MilvusBackup): Record<string, string> =>
  Object.fromEntries(
    (status.conditions ?? []).map(({ type, status, reason }) => [type, `${status} ${reason}`]),
  );

describe.concurrent('an instance and a storage', () => {
  it('are checked by a Job each and become Ready', async () => {
    const instance = await stage.bench.until<MilvusInstance>('MilvusInstance', 'milvus', ({ status }) =>
      isTrue(status?.conditions, 'Ready'),
    );
    expect(instance.status).toMatchObject({ version: '2.3.5', observedGeneration: 1 });
    expect(findCondition(instance.status.conditions, 'StorageMatches')?.status).toBe('True');
    const storage = await stage.bench.until<MilvusBackupStorage>(
      'MilvusBackupStorage',
      'store',
      ({ status }) => isTrue(status?.conditions, 'Ready'),
    );
    expect(findCondition(storage.status.conditions, 'Writable')?.status).toBe('True');
  });
});

describe.concurrent('a backup', () => {
  it('goes from Pending through Running and Verifying to Succeeded', async () => {
    const made = await stage.backup('whole');
    const { pod, args, jobName } = await stage.pod(made);
    const running = await phase('whole', 'Running');
    expect(running.metadata.finalizers).toEqual(['milvusbackup.dev/cleanup']);
    expect(running.status.attempts).toMatchObject([{ number: 1, jobName }]);
    expect(conditionsOf(running)).toEqual({ Ready: 'False InProgress', Reconciling: 'True InProgress' });

    stage.kubelet.logs.set(pod.metadata.name, progressLine({ step: 'Verifying', percent: 80 }));
    const verifying = await phase('whole', 'Verifying');
    expect(verifying.status.progress).toMatchObject({ step: 'Verifying', percent: 80 });

    stage.kubelet.logs.delete(pod.metadata.name);
    await stage.kubelet.end(pod, succeeds(args));
    const done = await phase('whole', 'Succeeded');
    expect(done.status).toMatchObject({
      observedGeneration: 1,
      backupName: args.name,
      manifestDigest: 'a'.repeat(64),
      progress: { percent: 100 },
      collections: { summary: '2/2' },
      attempts: [{ number: 1, exitCode: 0, reason: 'Completed' }],
    });
    expect(conditionsOf(done)).toEqual({
      Ready: 'True Completed',
      Succeeded: 'True Completed',
      Verified: 'True Completed',
    });
    // What held it is gone, and its Job may be looked at for an hour.
    await stage.bench.until('MilvusBackup', 'whole', ({ metadata }) => !metadata.finalizers);
    const [job] = await untilJob(made, ({ spec }) => spec.ttlSecondsAfterFinished === 3600);
    expect(job?.metadata.name).toBe(jobName);
  });

  it('whose attempt fails gets another one, and says why meanwhile', async () => {
    const retry = { minBackoff: '4s', maxBackoff: '4s' };
    const made = await stage.backup('again', { retry }, (args) =>
      args.attempt === 1 ? fails(args) : 'runs',
    );
    const waits = await stage.bench.until<MilvusBackup>(
      'MilvusBackup',
      'again',
      ({ status }) => findCondition(status?.conditions, 'Reconciling')?.reason === 'Unreachable',
    );
    expect(findCondition(waits.status.conditions, 'Reconciling')?.message).toContain(
      'milvus:19530 does not answer',
    );
    const { pod, args } = await stage.pod(made, '2');
    await stage.kubelet.end(pod, succeeds(args));
    const done = await phase('again', 'Succeeded');
    expect(done.status.attempts).toMatchObject([
      { number: 1, exitCode: 1, reason: 'Unreachable' },
      { number: 2, exitCode: 0, reason: 'Completed' },
    ]);
    expect(await stage.jobs(made)).toEqual(['1', '2']);
  });

  it('whose attempts are used up is cleaned up after and Failed', async () => {
    const made = await stage.backup('hopeless', { retry: { limit: 1 } }, (args) =>
      args.command === 'create' ? fails(args) : succeeds(args),
    );
    const failed = await phase('hopeless', 'Failed');
    expect(conditionsOf(failed)).toMatchObject({
      Stalled: 'True RetriesExhausted',
      Succeeded: 'False RetriesExhausted',
    });
    expect(await stage.jobs(made)).toEqual(['1', 'c1']);
    await stage.bench.until('MilvusBackup', 'hopeless', ({ metadata }) => !metadata.finalizers);
  });

  it('that no attempt can help is Failed after the first', async () => {
    const refused = { reason: 'BucketNotFound', message: 'there is no bucket "bucket"' } as const;
    const made = await stage.backup('refused', {}, (args) =>
      args.command === 'create' ? fails(args, refused, 3) : succeeds(args),
    );
    const failed = await phase('refused', 'Failed');
    expect(conditionsOf(failed)).toMatchObject({ Stalled: 'True BucketNotFound' });
    expect(await stage.jobs(made)).toEqual(['1', 'c1']);
  });

  it('of which some collections failed is PartiallyFailed, and no success', async () => {
    const partial = {
      outcome: 'PartiallyFailed',
      reason: 'CollectionChanging',
      message: '1 of 2 failed',
    } as const;
    await stage.backup('partial', { onCollectionError: 'Skip' }, (args) => ({
      ...succeeds(args, partial),
      exitCode: 4,
    }));
    const done = await phase('partial', 'PartiallyFailed');
    expect(conditionsOf(done)).toMatchObject({
      Succeeded: 'False CollectionChanging',
      Stalled: 'True CollectionChanging',
    });
  });

  it('[FM-18] that is canceled while it runs stops, is cleaned up after, and is Canceled', async () => {
    const made = await stage.backup('canceled');
    await phase('canceled', 'Running');
    await stage.bench.patch('MilvusBackup', 'canceled', { spec: { cancel: true } });
    const done = await phase('canceled', 'Canceled');
    expect(done.status.attempts).toMatchObject([{ number: 1, reason: 'Canceled' }]);
    await stage.untilJobs(made, ['c1']);
  });

  it('[FM-18] that is canceled before it began is Canceled without a Job', async () => {
    const made = await stage.backup('early', { instanceRef: { name: 'nowhere' } });
    await phase('early', 'Pending');
    await stage.bench.patch('MilvusBackup', 'early', { spec: { cancel: true } });
    await phase('early', 'Canceled');
    expect(await stage.jobs(made)).toEqual([]);
  });

  // Invariant: nobody waits for ever.
  it('[FM-08] that cannot start in time is Failed', async () => {
    await stage.backup('late', { instanceRef: { name: 'nowhere' }, startDeadline: '10s' });
    const failed = await phase('late', 'Failed');
    expect(conditionsOf(failed)).toMatchObject({ Stalled: 'True DeadlineExceeded' });
    expect(findCondition(failed.status.conditions, 'Stalled')?.message).toContain('InstanceNotFound');
  });

  it('whose cleaning up fails is Failed all the same, and says what is left', async () => {
    const made = await stage.backup('dirty', { retry: { limit: 1 } }, (args) => fails(args));
    const failed = await phase('dirty', 'Failed');
    expect(conditionsOf(failed)).toMatchObject({
      Ready: 'False CleanupFailed',
      Succeeded: 'False RetriesExhausted',
    });
    const message = findCondition(failed.status.conditions, 'Ready')?.message;
    expect(message).toContain(`milvus-backup cleanup --run-id ${made.metadata.uid}`);
  });

  it('that owns its data goes through Deleting', async () => {
    const made = await stage.backup('owner', { deletionPolicy: 'Delete' }, (args) =>
      args.command === 'delete' ? 'runs' : succeeds(args),
    );
    await phase('owner', 'Succeeded');
    await stage.bench.delete('MilvusBackup', 'owner');
    await phase('owner', 'Deleting');
    const { pod, args } = await stage.pod(made, 'c1');
    expect(args.command).toBe('delete');
    await stage.kubelet.end(pod, succeeds(args));
    await stage.bench.gone('MilvusBackup', 'owner');
  });

  it('[FM-24] whose data cannot be removed is DeleteFailed, until somebody lets it go', async () => {
    const spec = { deletionPolicy: 'Delete', retry: { limit: 1 } };
    await stage.backup('stuck', spec, (args) => (args.command === 'delete' ? fails(args) : succeeds(args)));
    await phase('stuck', 'Succeeded');
    await stage.bench.delete('MilvusBackup', 'stuck');
    await phase('stuck', 'DeleteFailed');
    const metadata = { annotations: { 'milvusbackup.dev/skip-cleanup': 'true' } };
    await stage.bench.patch('MilvusBackup', 'stuck', { metadata });
    await stage.bench.gone('MilvusBackup', 'stuck');
  });

  it('whose cleaning up takes too long is let go when its time is over', async () => {
    const made = await stage.backup('slow', { deletionTimeout: '10s' }, () => 'runs');
    await phase('slow', 'Running');
    await stage.bench.delete('MilvusBackup', 'slow');
    await stage.bench.gone('MilvusBackup', 'slow');
    expect(await untilTold(stage.bench, made, 'DeletionTimedOut')).toContain('what it may have left stays');
  });
});

function untilJob(run: MilvusBackup, holds: (job: Job) => boolean): Promise<Job[]> {
  return stage.bench.untilJobs(run, (jobs) => jobs.some(holds));
}
