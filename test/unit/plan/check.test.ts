// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { MilvusBackup, MilvusBackupStorage, MilvusInstance } from '../../../src/api/index.ts';
import {
  planInstance,
  planStorage,
  refusedInstance,
  refusedStorage,
  wantedForInstance,
  wantedForStorage,
} from '../../../src/plan/decisions.ts';
import type { Kinds, ObservedStorage } from '../../../src/plan/observed.ts';
import { backupOf, instanceOf, storageOf, type InstanceSpec } from './job-samples.ts';
import { Model } from './model.ts';

const second = 1000;
const minute = 60 * second;

function instanceModel(spec: InstanceSpec = {}): Model<MilvusInstance> {
  return new Model<MilvusInstance>(instanceOf(spec), {
    wanted: (o) => wantedForInstance(o),
    plan: (o) => planInstance(o),
    refused: (o, refusal) => refusedInstance(o, refusal),
  });
}

function storageModel(
  spec: Partial<MilvusBackupStorage['spec']> = {},
  instances: MilvusInstance[] = [],
  backups: MilvusBackup[] = [],
): Model<MilvusBackupStorage> {
  return new Model<MilvusBackupStorage>(
    storageOf(spec),
    {
      wanted: (o) => wantedForStorage(o as ObservedStorage),
      plan: (o) => planStorage(o as ObservedStorage),
      refused: (o, refusal) => refusedStorage(o as ObservedStorage, refusal),
    },
    () => ({ instances, backups }),
  );
}

function settle<T extends Kinds>(model: Model<T>): void {
  for (let i = 0; i < 20; i++) {
    model.controlJobs();
    if (model.reconcile() === 0) return;
  }
  throw new Error('it does not settle');
}

function said<T extends Kinds>(model: Model<T>): string[] {
  return (model.object?.status.conditions ?? []).map(
    ({ type, status, reason }) => `${type}=${status}/${reason}`,
  );
}

/** Runs the check that has been sent, and lets its end be seen. */
function check<T extends Kinds>(
  model: Model<T>,
  result: Parameters<Model<T>['tell']>[1],
  exitCode = 0,
): void {
  settle(model);
  const pod = model.podOf(model.made.at(-1)!);
  model.startPod(pod);
  settle(model);
  model.tell(pod, result, exitCode);
  settle(model);
}

const failed = {
  outcome: 'Failed',
  reason: 'Unreachable',
  message: 'milvus.db:19530 does not answer',
} as const;

describe('an instance', () => {
  it('is Ready once a check has found that it answers and where it writes', () => {
    const model = instanceModel();
    settle(model);
    expect(said(model)).toEqual(['Ready=Unknown/InProgress', 'Reconciling=True/InProgress']);
    check(model, { milvusVersion: '2.4.1', storageMatches: 'True' });
    expect(said(model)).toEqual(['Ready=True/Completed', 'StorageMatches=True/Completed']);
    expect(model.object?.status).toMatchObject({
      version: '2.4.1',
      observedGeneration: 4,
      lastCheckTime: '2026-01-02T00:00:00Z',
    });
    expect(model.news).toEqual(['Normal Completed']);
    expect(model.requeueAt).toBe(model.now + 60 * minute);
  });

  it.each([
    [
      'NoSegments',
      { storageMatches: 'Unknown' } as const,
      0,
      'StorageMatches=Unknown/NoSegments',
      'Ready=True/Completed',
    ],
    [
      'StorageMismatch',
      { outcome: 'Failed', reason: 'StorageMismatch', storageMatches: 'False' } as const,
      3,
      'StorageMatches=False/StorageMismatch',
      'Stalled=True/StorageMismatch',
    ],
    ['Unreachable', failed, 1, 'StorageMatches=Unknown/Unreachable', 'Reconciling=True/Unreachable'],
  ])('says %s', (_name, result, exitCode, matches, summary) => {
    const model = instanceModel();
    check(model, result, exitCode);
    expect(said(model)).toContain(matches);
    expect(said(model)).toContain(summary);
  });

  it('stays Ready while it is checked again, and is written once per check', () => {
    const model = instanceModel();
    check(model, { storageMatches: 'True' });
    const { statusWrites } = model;
    model.now += 60 * minute;
    settle(model);
    expect(model.made).toHaveLength(2);
    expect(model.statusWrites).toBe(statusWrites);
    check(model, { storageMatches: 'True' });
    expect(model.statusWrites).toBe(statusWrites + 1);
    expect([...model.jobs.keys()]).toEqual([model.made[1]]);
  });

  it('keeps what was found of its storage when Milvus does not answer', () => {
    const model = instanceModel();
    check(model, { storageMatches: 'True' });
    model.now += 60 * minute;
    check(model, failed, 1);
    expect(said(model)).toEqual([
      'Ready=False/Unreachable',
      'Reconciling=True/Unreachable',
      'StorageMatches=True/Completed',
    ]);
  });

  it('is checked after a failure at doubling distances, up to ten minutes', () => {
    const model = instanceModel();
    check(model, failed, 1);
    const distances: number[] = [];
    for (let i = 0; i < 7; i++) {
      const before = model.now;
      settle(model);
      model.now = model.requeueAt!;
      distances.push((model.now - before) / second);
      check(model, failed, 1);
    }
    expect(distances).toEqual([30, 30, 60, 120, 240, 480, 600]);
  });

  it('is checked only on change with checkInterval 0s', () => {
    const model = instanceModel({ checkInterval: '0s' });
    check(model, { storageMatches: 'True' });
    model.now += 10_000 * minute;
    expect(model.reconcile()).toBe(0);
    expect(model.requeueAt).toBeUndefined();
    model.object!.metadata.generation++;
    settle(model);
    expect(model.made).toHaveLength(2);
    expect(said(model)).toEqual([
      'Ready=True/Completed',
      'Reconciling=True/InProgress',
      'StorageMatches=True/Completed',
    ]);
    expect(model.object?.status.observedGeneration).toBe(5);
  });

  it('forgets a check of what the spec no longer says', () => {
    const model = instanceModel();
    settle(model);
    const [first] = model.made;
    model.object!.metadata.generation++;
    settle(model);
    expect(model.jobs.has(first!)).toBe(false);
    expect(model.made).toHaveLength(2);
  });

  it('waits for its Secret and goes on when it is there', () => {
    const model = instanceModel();
    model.keys = new Map([['Secret/keys', 'missing']]);
    settle(model);
    expect(said(model)).toEqual(['Ready=False/SecretNotFound', 'Reconciling=True/SecretNotFound']);
    expect(model.requeueAt).toBe(model.now + 10 * second);
    model.keys = new Map([['Secret/keys', ['accesskey']]]);
    settle(model);
    expect(said(model)).toContain('Reconciling=True/SecretKeyMissing');
    model.keys = new Map([['Secret/keys', ['accesskey', 'secretkey']]]);
    check(model, { storageMatches: 'True' });
    expect(said(model)).toContain('Ready=True/Completed');
  });

  it('says why a check cannot be sent', () => {
    const model = instanceModel();
    model.refusal = { status: 403, reason: 'Forbidden', message: 'exceeded quota: jobs' };
    settle(model);
    expect(said(model)).toEqual(['Ready=False/PodRefused', 'Reconciling=True/PodRefused']);
    const { statusWrites } = model;
    model.now += 30 * second;
    model.reconcile();
    expect(model.statusWrites).toBe(statusWrites);
    model.refusal = undefined;
    check(model, { storageMatches: 'True' });
    expect(said(model)).toContain('Ready=True/Completed');
  });

  it('gives a check up that does not start', () => {
    const model = instanceModel();
    settle(model);
    const pod = model.podOf(model.made[0]!);
    pod.status = {
      phase: 'Pending',
      containerStatuses: [
        { name: 'engine', state: { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } } },
      ],
    };
    settle(model);
    expect(said(model)).toEqual(['Ready=Unknown/InProgress', 'Reconciling=True/ImagePullFailed']);
    model.now += 5 * minute;
    settle(model);
    expect(said(model)).toContain('Ready=False/ImagePullFailed');
  });
});

describe('a check that hangs', () => {
  it('is given up and tried again', () => {
    const model = instanceModel();
    settle(model);
    model.startPod(model.podOf(model.made[0]!));
    settle(model);
    model.now += 10 * minute;
    settle(model);
    expect(said(model)).toContain('Ready=False/Unreachable');
    expect(model.jobs.get(model.made[0]!)?.metadata.deletionTimestamp).toBeDefined();
    model.now = model.requeueAt!;
    settle(model);
    expect(model.made).toHaveLength(2);
  });
});

describe('a storage', () => {
  it('tells what it holds', () => {
    const model = storageModel();
    check(model, { isWritable: true, backups: { count: 3, bytes: 7000 } });
    expect(said(model)).toEqual(['Ready=True/Completed', 'Writable=True/Completed']);
    expect(model.object?.status).toMatchObject({
      backups: 3,
      bytes: 7000,
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it('counts again once a backup has ended, a minute after the last count', () => {
    const backup = backupOf();
    const model = storageModel({ checkInterval: '0s' }, [], [backup]);
    check(model, { backups: { count: 0, bytes: 0 }, isWritable: true });
    expect(model.requeueAt).toBeUndefined();
    model.now += 10 * second;
    backup.status.completionTime = new Date(model.now).toISOString();
    settle(model);
    expect(model.requeueAt).toBe(model.now + 50 * second);
    model.now += 50 * second;
    check(model, { backups: { count: 1, bytes: 7 }, isWritable: true });
    expect(model.made).toHaveLength(2);
    expect(model.object?.status).toMatchObject({ backups: 1, bytes: 7 });
    model.now += 10_000 * minute;
    settle(model);
    expect(model.made).toHaveLength(2);
  });

  it('is Ready and not Writable where it is ReadOnly', () => {
    const model = storageModel({ accessMode: 'ReadOnly' });
    check(model, { backups: { count: 0, bytes: 0 } });
    expect(said(model)).toEqual(['Ready=True/Completed', 'Writable=False/TargetReadOnly']);
  });

  it('says that it cannot be written', () => {
    const model = storageModel();
    check(
      model,
      { outcome: 'Failed', reason: 'CredentialsRejected', message: 'AccessDenied', isWritable: false },
      1,
    );
    expect(said(model)).toEqual([
      'Ready=False/CredentialsRejected',
      'Reconciling=True/CredentialsRejected',
      'Writable=False/CredentialsRejected',
    ]);
  });

  it.each([
    ['equal', 'files', 'files', true],
    ['below', 'files', 'files/backups', true],
    ['above', 'files/milvus', 'files', true],
    ['the whole bucket', 'files', '', true],
    ['the root path empty', '', 'backups', true],
    ['beside', 'files', 'files2', false],
  ])('is refused with a prefix that is %s', (_name, rootPath, prefix, isRefused) => {
    const instance = instanceOf({ storage: { bucket: 'shared', rootPath } });
    const model = storageModel({ bucket: 'shared', prefix }, [instance]);
    settle(model);
    expect(said(model).includes('Stalled=True/InvalidConfiguration')).toBe(isRefused);
    expect(model.made.length).toBe(isRefused ? 0 : 1);
  });
});
