// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { encodeEvent } from '../../../src/contract/protocol.ts';
import type { Result } from '../../../src/contract/result.ts';
import {
  attemptsOf,
  backupModel,
  fail,
  finish,
  hour,
  messageOf,
  minute,
  said,
  second,
  settle,
  start,
  stopPods,
  suffixes,
  wait,
} from './run-model.ts';
import { storageOf } from './job-samples.ts';

const whole: Partial<Result> = {
  collections: { total: 2, succeeded: 2, dropped: 0, skipped: 0, failed: 0 },
  size: { bytes: 10, objects: 3 },
};

type Model = ReturnType<typeof backupModel>;
type Change = (model: Model) => void;

describe('a backup that succeeds', () => {
  it('goes from creation to Succeeded', () => {
    const model = backupModel();
    settle(model);
    expect(model.object?.status).toMatchObject({
      phase: 'Pending',
      observedGeneration: 4,
      backupName: 'nightly_3f2a9c1b',
      storageFingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
      startTime: '2026-01-02T00:00:00Z',
      attempts: [{ number: 1 }],
    });
    expect(model.object?.metadata.finalizers).toEqual(['milvusbackup.dev/cleanup']);
    model.now += 2 * second;
    start(model);
    expect(model.object?.status.phase).toBe('Running');
    expect(said(model)).toEqual(['Ready=False/InProgress', 'Reconciling=True/InProgress']);
    model.now += minute;
    finish(model, whole);
    expect(model.object?.status).toMatchObject({
      phase: 'Succeeded',
      manifestDigest: 'a'.repeat(64),
      completionTime: '2026-01-02T00:01:02Z',
      duration: '1m2s',
      collections: { total: 2, succeeded: 2, summary: '2/2' },
      progress: { percent: 100, bytesDone: 10, collectionsDone: 2 },
      size: { bytes: 10, objects: 3, summary: '10 B' },
      engineVersion: '1.2.3',
      restoreCommand: expect.stringContaining('--name nightly_3f2a9c1b'),
    });
    expect(said(model)).toEqual([
      'Ready=True/Completed',
      'Succeeded=True/Completed',
      'Verified=True/Completed',
    ]);
    expect(model.object?.metadata.finalizers).toEqual([]);
    expect([...model.jobs.values()].map(({ spec }) => spec.ttlSecondsAfterFinished)).toEqual([3600]);
    expect(model.news).toEqual(['Normal Started', 'Normal Completed']);
  });

  it('wants nothing and changes nothing from then on', () => {
    const model = backupModel();
    finish(model, whole);
    model.jobs.clear();
    model.pods.clear();
    const { wanted, plan } = model.decisions;
    const seen = model.look();
    expect(wanted(seen)).toEqual({ keys: [], events: [], nodes: [], logs: [], namespace: false });
    expect(plan(seen)).toEqual({
      status: seen.object.status,
      deleteJobs: [],
      createJobs: [],
      expireJobs: [],
      news: [],
    });
  });

  it('costs next to nothing a thousand times over', () => {
    const model = backupModel();
    finish(model, whole);
    const seen = model.look();
    const began = performance.now();
    for (let i = 0; i < 1000; i++) {
      model.decisions.wanted(seen);
      model.decisions.plan(seen);
    }
    expect(performance.now() - began).toBeLessThan(1000);
  });

  it('takes over the generation of a change that changes nothing', () => {
    const model = backupModel();
    finish(model, whole);
    model.object!.metadata.generation = 5;
    settle(model);
    expect(model.object?.status).toMatchObject({ observedGeneration: 5, phase: 'Succeeded' });
    expect(model.object?.status.conditions?.map((c) => c.observedGeneration)).toEqual([5, 5, 5]);
  });

  it('keeps its finalizer with deletionPolicy Delete, and only then', () => {
    const model = backupModel({ deletionPolicy: 'Delete' });
    finish(model, whole);
    expect(model.object?.metadata.finalizers).toHaveLength(1);
    model.object!.spec.deletionPolicy = 'Retain';
    settle(model);
    expect(model.object?.metadata.finalizers).toEqual([]);
    model.object!.spec.deletionPolicy = 'Delete';
    settle(model);
    expect(model.object?.metadata.finalizers).toHaveLength(1);
  });

  it('says what was left out', () => {
    const model = backupModel({ onCollectionError: 'Skip' });
    finish(
      model,
      {
        ...whole,
        outcome: 'PartiallyFailed',
        reason: 'CollectionChanging',
        failures: [{ name: 'db.c', reason: 'CollectionChanging', message: 'it changed' }],
      },
      4,
    );
    expect(model.object?.status).toMatchObject({
      phase: 'PartiallyFailed',
      collections: { failures: [{ name: 'db.c' }] },
      restoreCommand: expect.stringContaining('--allow-partial'),
    });
    expect(said(model)).toEqual([
      'Ready=False/CollectionChanging',
      'Stalled=True/CollectionChanging',
      'Succeeded=False/CollectionChanging',
      'Verified=True/Completed',
    ]);
    expect(suffixes(model)).toEqual(['1']);
  });
});

describe('a backup that fails', () => {
  it('is tried again at doubling distances, cleaned up and says why', () => {
    const model = backupModel();
    fail(model);
    expect(said(model)).toEqual(['Ready=False/Unreachable', 'Reconciling=True/Unreachable']);
    expect(model.requeueAt).toBe(model.now + 30 * second);
    wait(model);
    fail(model);
    expect(model.requeueAt).toBe(model.now + minute);
    wait(model);
    fail(model);
    expect(suffixes(model)).toEqual(['1', '2', '3', 'c1']);
    expect(model.object?.status.phase).not.toBe('Failed');
    expect(said(model)).toEqual([
      'Ready=False/InProgress',
      'Reconciling=True/InProgress',
      'Succeeded=False/RetriesExhausted',
    ]);
    finish(model);
    expect(model.object?.status.phase).toBe('Failed');
    expect(said(model)).toEqual([
      'Ready=False/RetriesExhausted',
      'Stalled=True/RetriesExhausted',
      'Succeeded=False/RetriesExhausted',
    ]);
    expect(messageOf(model, 'Ready')).toContain('Unreachable');
    expect(attemptsOf(model)).toEqual(['1 Unreachable', '2 Unreachable', '3 Unreachable']);
    expect(model.object?.metadata.finalizers).toEqual([]);
    expect(model.news).toEqual([
      'Normal Started',
      'Warning Unreachable',
      'Normal Retrying',
      'Warning Unreachable',
      'Normal Retrying',
      'Warning Unreachable',
      'Normal CleaningUp',
      'Warning RetriesExhausted',
      'Normal Cleaned',
    ]);
  });

  it('ends at once where no attempt can succeed', () => {
    const model = backupModel();
    fail(model, 'StorageMismatch', 3);
    finish(model);
    expect(model.object?.status.phase).toBe('Failed');
    expect(said(model)).toContain('Stalled=True/StorageMismatch');
    expect(suffixes(model)).toEqual(['1', 'c1']);
  });

  it('is not charged with evictions', () => {
    const model = backupModel();
    for (let i = 0; i < 7; i++) {
      start(model);
      const pod = model.podOf(model.made.at(-1)!);
      pod.status!.conditions = [{ type: 'DisruptionTarget', status: 'True', message: 'drained' }];
      model.tell(pod, { outcome: 'Failed', reason: 'Interrupted', message: 'told to stop' }, 1);
      settle(model);
    }
    expect(suffixes(model)).toEqual(['1', '2', '3', '4', '5', '6', '7', '8']);
    expect(attemptsOf(model)).toEqual(['4 Evicted', '5 Evicted', '6 Evicted', '7 Evicted', '8 open']);
    fail(model);
    wait(model);
    fail(model);
    expect(model.object?.status.conditions?.find(({ type }) => type === 'Succeeded')).toBeUndefined();
    wait(model);
    fail(model);
    expect(said(model)).toContain('Succeeded=False/RetriesExhausted');
  });

  it('says that a cleanup failed, and what is left', () => {
    const model = backupModel({ retry: { limit: 1, minBackoff: '30s', maxBackoff: '10m' } });
    fail(model);
    fail(model, 'StoreError');
    expect(model.object?.status.phase).toBe('Failed');
    expect(said(model)).toEqual([
      'Ready=False/CleanupFailed',
      'Stalled=True/RetriesExhausted',
      'Succeeded=False/RetriesExhausted',
    ]);
    expect(messageOf(model, 'Ready')).toContain('milvus-backup cleanup --run-id');
  });

  it('ends when cleaning up takes too long', () => {
    const model = backupModel({ retry: { limit: 1, minBackoff: '30s', maxBackoff: '10m' } });
    fail(model);
    start(model);
    model.now += 10 * minute;
    settle(model);
    expect(said(model)).toContain('Ready=False/CleanupFailed');
    expect(model.object?.status.phase).toBe('Failed');
  });

  it('shows the end of the log of an attempt that failed', () => {
    const model = backupModel();
    start(model);
    const pod = model.podOf(model.made[0]!);
    model.logs.set(
      pod.metadata.name,
      '{"event":"warning","reason":"ClockSkew","message":"m"}\nsomething broke\n',
    );
    fail(model);
    expect(model.object?.status.logTail).toBe('something broke');
  });
});

describe('a backup that is to end', () => {
  it('is canceled: its Job goes, what it left is put away', () => {
    const model = backupModel();
    start(model);
    model.object!.spec.cancel = true;
    settle(model);
    expect(model.jobs.get(model.made[0]!)?.metadata.deletionTimestamp).toBeDefined();
    expect(suffixes(model)).toEqual(['1']);
    expect(said(model)).toEqual([
      'Ready=False/InProgress',
      'Reconciling=True/InProgress',
      'Succeeded=False/Canceled',
    ]);
    stopPods(model);
    expect(suffixes(model)).toEqual(['1', 'c1']);
    expect(attemptsOf(model)).toEqual(['1 Canceled']);
    finish(model);
    expect(model.object?.status.phase).toBe('Canceled');
    expect(said(model)).toEqual([
      'Ready=False/Canceled',
      'Stalled=True/Canceled',
      'Succeeded=False/Canceled',
    ]);
  });

  it('is canceled before it began: nothing is made', () => {
    const model = backupModel({ cancel: true });
    settle(model);
    expect(model.made).toEqual([]);
    expect(model.object?.status.phase).toBe('Canceled');
    expect(model.object?.metadata.finalizers ?? []).toEqual([]);
  });

  it('has succeeded where that was proven before it was stopped', () => {
    const model = backupModel();
    start(model);
    model.object!.spec.cancel = true;
    model.tell(model.podOf(model.made[0]!), whole, 0);
    settle(model);
    expect(model.object?.status.phase).toBe('Succeeded');
  });

  it.each(['running', 'waiting for its next attempt'])('is given up after its deadline, %s', (when) => {
    const model = backupModel({ deadline: '1h', retry: { limit: 5, minBackoff: '2h', maxBackoff: '2h' } });
    if (when === 'running') start(model);
    else fail(model);
    model.now += hour;
    settle(model);
    stopPods(model);
    finish(model);
    expect(model.object?.status.phase).toBe('Failed');
    expect(said(model)).toContain('Stalled=True/DeadlineExceeded');
    expect(suffixes(model)).toEqual(['1', 'c1']);
  });

  it.each([
    ['Retain', 1],
    ['DeleteOnFailure', 1],
    ['Delete', 1],
  ] as const)('is deleted while it runs, under %s', (deletionPolicy, cleanups) => {
    const model = backupModel({ deletionPolicy });
    start(model);
    model.deleteObject();
    settle(model);
    expect(model.object?.status.phase).toBe('Deleting');
    stopPods(model);
    expect(suffixes(model)).toHaveLength(1 + cleanups);
    const job = model.jobs.get(model.made[1]!)!;
    expect(JSON.stringify(job.spec).includes('--data')).toBe(deletionPolicy !== 'Retain');
    finish(model);
    expect(model.object).toBeUndefined();
  });

  it('is deleted when it is done: data go under Delete alone', () => {
    for (const deletionPolicy of ['Retain', 'DeleteOnFailure', 'Delete'] as const) {
      const model = backupModel({ deletionPolicy });
      finish(model, whole);
      model.now += minute;
      model.deleteObject();
      settle(model);
      if (deletionPolicy === 'Delete') {
        expect(model.object?.status.phase).toBe('Deleting');
        expect(suffixes(model)).toEqual(['1', 'c1']);
        finish(model);
        expect(model.news.at(-1)).toContain('Normal Cleaned');
      }
      expect(model.object).toBeUndefined();
    }
  });

  it('says that its data cannot be removed, and goes after deletionTimeout', () => {
    const model = backupModel({ deletionPolicy: 'Delete' });
    finish(model, whole);
    model.now += minute;
    model.deleteObject();
    fail(model, 'ObjectLocked', 3);
    expect(model.object?.status.phase).toBe('DeleteFailed');
    expect(said(model)).toContain('Stalled=True/ObjectLocked');
    wait(model);
    expect(model.object).toBeUndefined();
    expect(model.news.at(-1)).toContain('Warning DeletionTimedOut');
  });

  it('leaves the data where its storage may only be read', () => {
    const model = backupModel({ deletionPolicy: 'Delete' });
    finish(model, whole);
    model.now += minute;
    model.world.storage = storageOf({ accessMode: 'ReadOnly' });
    model.deleteObject();
    settle(model);
    expect(model.object?.status.phase).toBe('DeleteFailed');
    expect(said(model)).toContain('Stalled=True/TargetReadOnly');
    expect(suffixes(model)).toEqual(['1']);
  });

  it.each<[string, Change]>([
    [
      'the annotation says so',
      (m: Model) => void (m.object!.metadata.annotations = { 'milvusbackup.dev/skip-cleanup': 'true' }),
    ],
    ['its namespace goes', (m: Model) => void (m.isNamespaceTerminating = true)],
    ['its storage is gone', (m: Model) => void (m.world.storage = undefined)],
    ['its storage is another place', (m: Model) => void (m.world.storage = storageOf({ bucket: 'other' }))],
  ])('goes at once where %s', (_name, change) => {
    for (const isDone of [false, true]) {
      const model = backupModel({ deletionPolicy: 'Delete' });
      if (isDone) finish(model, whole);
      else start(model);
      model.now += minute;
      change(model);
      model.deleteObject();
      settle(model);
      stopPods(model);
      expect(model.object).toBeUndefined();
      expect(model.news.at(-1)).toContain('Warning CleanupFailed');
      expect(suffixes(model)).toEqual(['1']);
    }
  });

  it('never begins where somebody else holds what is deleted', () => {
    const model = backupModel();
    model.object!.metadata.deletionTimestamp = '2026-01-02T00:00:00Z';
    expect(model.reconcile()).toBe(0);
  });
});

describe('a backup that waits', () => {
  it.each<[string, Change]>([
    ['InstanceNotFound', (m: Model) => void (m.world.instance = undefined)],
    ['StorageNotFound', (m: Model) => void (m.world.storage = undefined)],
    ['SecretNotFound', (m: Model) => void (m.keys = new Map([['Secret/keys', 'missing']]))],
    ['Forbidden', (m: Model) => void (m.keys = new Map([['Secret/keys', 'forbidden']]))],
    ['SecretKeyMissing', (m: Model) => void (m.keys = new Map([['Secret/keys', []]]))],
  ])('says %s, goes on when it is there, and fails after startDeadline', (reason, change) => {
    const model = backupModel();
    const { world, keys } = { world: { ...model.world }, keys: model.keys };
    change(model);
    settle(model);
    expect(model.object?.status.phase).toBe('Pending');
    expect(said(model)).toEqual([`Ready=False/${reason}`, `Reconciling=True/${reason}`]);
    expect(model.made).toEqual([]);
    expect(model.object?.metadata.finalizers ?? []).toEqual([]);
    const late = backupModel();
    change(late);
    late.now += hour;
    settle(late);
    expect(late.object?.status.phase).toBe('Failed');
    expect(said(late)).toContain('Stalled=True/DeadlineExceeded');
    expect(messageOf(late, 'Ready')).toContain(reason);
    Object.assign(model.world, world);
    model.keys = keys;
    settle(model);
    expect(suffixes(model)).toEqual(['1']);
  });

  it('begins on nothing that was not asked for: its instance came in between', () => {
    const model = backupModel();
    const { instance } = model.world;
    model.world.instance = undefined;
    const first = model.look();
    const facts = model.gather(model.decisions.wanted(first));
    model.world.instance = instance;
    const desired = model.decisions.plan({ ...model.look(), facts });
    expect(desired.createJobs).toEqual([]);
    expect(desired.requeueAt).toBe(model.now + 1);
    finish(model, whole);
    expect(model.object?.status.phase).toBe('Succeeded');
  });

  it('is refused where its storage is ReadOnly', () => {
    const model = backupModel();
    model.world.storage = storageOf({ accessMode: 'ReadOnly' });
    settle(model);
    expect(model.object?.status.phase).toBe('Failed');
    expect(said(model)).toContain('Stalled=True/TargetReadOnly');
  });

  it.each([
    ['ImagePullFailed', { waiting: { reason: 'ErrImagePull', message: 'no such image' } }, undefined],
    [
      'Unschedulable',
      {},
      { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes' },
    ],
    ['MountFailed', { waiting: { reason: 'ContainerCreating' } }, undefined],
  ])('names %s at once and tries again when it lasts', (reason, state, condition) => {
    const model = backupModel();
    settle(model);
    const pod = model.podOf(model.made[0]!);
    pod.status = {
      phase: 'Pending',
      conditions: condition ? [condition] : [],
      containerStatuses: [{ name: 'engine', state }],
    };
    model.events.set(pod.metadata.uid!, [
      { reason: 'FailedMount', message: 'no such secret', type: 'Warning' },
    ]);
    model.now += 30 * second;
    settle(model);
    expect(said(model)).toContain(`Reconciling=True/${reason}`);
    model.now += 5 * minute;
    settle(model);
    expect(attemptsOf(model)).toEqual([`1 ${reason}`]);
    expect(model.jobs.size).toBe(0);
    wait(model);
    expect(suffixes(model)).toEqual(['1', '2']);
    finish(model);
    expect(model.object?.status.phase).toBe('Succeeded');
  });

  it('[FM-08] names PodRefused from the Events of its Job after half a minute without a pod', () => {
    const model = backupModel();
    model.reconcile();
    const job = model.jobs.get(model.made[0]!)!;
    model.events.set(job.metadata.uid!, [
      { reason: 'FailedCreate', message: 'exceeded quota', type: 'Warning' },
    ]);
    expect(model.decisions.wanted(model.look()).events).toEqual([]);
    model.reconcile();
    expect(said(model)).toContain('Reconciling=True/InProgress');
    model.now += 30 * second;
    model.reconcile();
    expect(said(model)).toContain('Reconciling=True/PodRefused');
    expect(messageOf(model, 'Ready')).toContain('exceeded quota');
    expect(messageOf(model, 'Ready')).toContain('make room there');
    const message = 'pods "x" is forbidden: violates PodSecurity "restricted:latest": hostPath volumes';
    model.events.set(job.metadata.uid!, [{ reason: 'FailedCreate', message, type: 'Warning' }]);
    model.reconcile();
    expect(messageOf(model, 'Ready')).toContain(`${message}. Our own pods fit the profile restricted`);
  });

  it('[FM-36] says that its Job is suspended, and waits for its turn however long that takes', () => {
    const model = backupModel();
    model.reconcile();
    model.jobs.get(model.made[0]!)!.status = { conditions: [{ type: 'Suspended', status: 'True' }] };
    model.now += 3600 * second;
    model.reconcile();
    expect(messageOf(model, 'Ready')).toMatch(/^Job .* is suspended.*spec\.suspend is false/);
    expect(model.made).toHaveLength(1);
  });

  it('waits where its Job is refused, without writing it again and again', () => {
    const model = backupModel();
    model.refusal = { status: 403, reason: 'Forbidden', message: 'exceeded quota: count/jobs.batch' };
    model.reconcile();
    expect(said(model)).toContain('Reconciling=True/PodRefused');
    const { statusWrites } = model;
    for (let i = 0; i < 5; i++) {
      model.now = model.requeueAt!;
      model.reconcile();
    }
    expect(model.statusWrites).toBe(statusWrites);
    model.refusal = undefined;
    finish(model);
    expect(model.object?.status.phase).toBe('Succeeded');
  });

  it('ends by its retries where its Job is refused for longer than it may take to start', () => {
    const model = backupModel();
    model.refusal = { status: 403, reason: 'Forbidden', message: 'User "x" cannot create resource "jobs"' };
    for (let i = 0; i < 300 && model.object?.status.phase !== 'Failed'; i++) {
      model.reconcile();
      model.now = model.requeueAt ?? model.now;
    }
    expect(model.object?.status.phase).toBe('Failed');
    expect(attemptsOf(model)).toEqual(['1 Forbidden', '2 Forbidden', '3 Forbidden']);
  });

  it('is refused for good where its Job is no Job', () => {
    const model = backupModel();
    model.refusal = { status: 422, reason: 'Invalid', message: 'spec.template: Invalid value' };
    model.reconcile();
    model.now = model.requeueAt!;
    model.reconcile();
    expect(model.object?.status.phase).toBe('Failed');
    expect(said(model)).toContain('Stalled=True/InvalidConfiguration');
  });
});

describe('what an earlier attempt left', () => {
  it('is gone before the next one begins', () => {
    const model = backupModel();
    settle(model);
    const pod = model.podOf(model.made[0]!);
    const waiting = { reason: 'ErrImagePull', message: 'no such image' };
    pod.status = { phase: 'Pending', containerStatuses: [{ name: 'engine', state: { waiting } }] };
    model.now += 5 * minute;
    // Killed between the end in the status and the deletion of the Job.
    expect(model.reconcile({ writes: 1 })).toBe(1);
    expect(attemptsOf(model)).toEqual(['1 ImagePullFailed']);
    model.startPod(pod);
    model.now += minute;
    settle(model);
    expect(suffixes(model)).toEqual(['1']);
    expect(messageOf(model, 'Ready')).toContain('to be gone');
    stopPods(model);
    expect(suffixes(model)).toEqual(['1', '2']);
  });

  it('is told to go where the run has ended without it', () => {
    const model = backupModel({ retry: { limit: 1, minBackoff: '30s', maxBackoff: '10m' } });
    fail(model);
    start(model);
    model.now += 10 * minute;
    expect(model.reconcile({ writes: 1 })).toBe(1);
    expect(model.object?.status.phase).toBe('Failed');
    settle(model);
    expect(model.jobs.get(model.made[1]!)?.metadata.deletionTimestamp).toBeDefined();
  });

  it('is taken up where its Job stands and its attempt does not', () => {
    const model = backupModel();
    start(model);
    model.object!.status = { observedGeneration: -1 };
    settle(model);
    expect(attemptsOf(model)).toEqual(['1 open']);
    finish(model, whole);
    expect(model.object?.status.phase).toBe('Succeeded');
    expect(suffixes(model)).toEqual(['1']);
  });

  it('was interrupted where its Job was deleted by hand', () => {
    const model = backupModel();
    start(model);
    model.deleteJob(model.made[0]!);
    settle(model);
    stopPods(model);
    expect(attemptsOf(model)).toEqual(['1 Interrupted']);
    wait(model);
    finish(model, whole);
    expect(model.object?.status.phase).toBe('Succeeded');
  });
});

describe('progress', () => {
  const line = (percent: number, step = 'Copying'): string =>
    `${encodeEvent({
      event: 'progress',
      step: step as 'Copying',
      percent,
      collectionsDone: 0,
      collectionsTotal: 2,
      objectsDone: 1,
      objectsTotal: 4,
      bytesDone: 100,
      bytesTotal: 400,
      bytesPerSecond: 12.7,
      time: '2026-01-02T00:00:00.000Z',
    })}\n`;

  it('is read every ten seconds and written only when it is new', () => {
    const model = backupModel();
    start(model);
    const pod = model.podOf(model.made[0]!).metadata.name;
    model.logs.set(pod, line(10.4));
    settle(model);
    // That it runs has just been written.
    expect(model.object?.status.progress).toBeUndefined();
    model.now += 10 * second;
    settle(model);
    expect(model.object?.status.progress).toMatchObject({ percent: 10, step: 'Copying', bytesPerSecond: 12 });
    const { statusWrites, logReads } = model;
    model.logs.set(pod, line(20));
    for (let i = 0; i < 9; i++) {
      model.now += second;
      settle(model);
    }
    expect(model.logReads).toBe(logReads);
    expect(model.statusWrites).toBe(statusWrites);
    model.now += second;
    settle(model);
    expect(model.object?.status.progress?.percent).toBe(20);
    expect(model.statusWrites).toBe(statusWrites + 1);
    model.now += minute;
    settle(model);
    model.logs.delete(pod);
    model.now += minute;
    settle(model);
    expect(model.statusWrites).toBe(statusWrites + 1);
    model.logs.set(pod, line(90, 'ReadingBack'));
    settle(model);
    expect(model.object?.status.phase).toBe('Verifying');
  });

  it('[FM-38] keeps to one write in ten seconds whatever the log says', () => {
    const model = backupModel();
    start(model);
    const pod = model.podOf(model.made[0]!).metadata.name;
    const { statusWrites } = model;
    for (let i = 0; i < 100; i++) {
      model.logs.set(pod, line(i));
      model.now += second;
      settle(model);
    }
    expect(model.statusWrites - statusWrites).toBeLessThanOrEqual(11);
  });
});

// Invariant: no other attempt before the pod has ended or its Node object is gone.
describe('[FM-06] a node that is lost', () => {
  it('is waited for, until its pod has ended or its object is gone', () => {
    const model = backupModel();
    start(model);
    const pod = model.podOf(model.made[0]!);
    pod.status!.conditions = [{ type: 'Ready', status: 'False' }];
    model.nodes.set('node-1', 'NotReady');
    settle(model);
    expect(said(model)).toContain('Reconciling=True/NodeLost');
    expect(messageOf(model, 'Ready')).toContain('kubectl delete node node-1');
    model.nodes.set('node-1', 'Ready');
    pod.status!.conditions = [{ type: 'Ready', status: 'True' }];
    settle(model);
    expect(said(model)).toContain('Reconciling=True/InProgress');
    pod.status!.conditions = [{ type: 'Ready', status: 'False' }];
    model.nodes.set('node-1', 'Gone');
    settle(model);
    expect(attemptsOf(model)[0]).toBe('1 NodeLost');
  });
});
