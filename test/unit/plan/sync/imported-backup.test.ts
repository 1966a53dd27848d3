// SPDX-License-Identifier: Apache-2.0
// What becomes of an object that was made for a backup found in a bucket, and of restores from it.
import { describe, expect, it } from 'vitest';
import type { MilvusBackup, MilvusBackupStorage, MilvusRestore } from '../../../../src/api/index.ts';
import { planBackup, planRestore, wantedForBackup } from '../../../../src/plan/decisions.ts';
import { fingerprint } from '../../../../src/plan/jobs.ts';
import type { ObservedBackup, ObservedRestore } from '../../../../src/plan/observed.ts';
import { importedAnnotation } from '../../../../src/plan/sync/imported.ts';
import { judgeListing } from '../../../../src/plan/sync/judge.ts';
import type { Entry } from '../../../../src/plan/sync/listing.ts';
import { instanceOf, restoreOf, settings, storageOf, type PodTemplate } from '../job-samples.ts';
import { assertStatus } from '../status-schema.ts';
import { digest, listingOfNames, stored, syncingStorage } from './samples.ts';

const facts: Omit<Entry, 'name'> = {
  madeBy: 'run-1',
  manifestDigest: digest,
  rows: 30,
  bytes: 2048,
  objects: 5,
  startTime: '2026-01-01T00:00:00.000Z',
  endTime: '2026-01-01T00:01:30.500Z',
  milvusVersion: 'v2.4.1',
  engineVersion: '0.1.0',
  formatVersion: '1',
  consistencyTimestamp: '449885215365439999',
  total: 3,
  succeeded: 3,
  dropped: 0,
  skipped: 0,
  namespace: 'prod',
  instance: 'milvus',
};

function imported(over: Omit<Entry, 'name'> = facts): MilvusBackup {
  const listing = { ...listingOfNames(['nightly_1']), entries: [{ name: 'nightly_1', ...over }] };
  return stored(judgeListing(syncingStorage(), listing, []).make[0]!);
}

const nothing = { keys: new Map(), events: new Map(), nodes: new Map(), logs: new Map() };

function observed(
  object: MilvusBackup,
  storage: MilvusBackupStorage | undefined = storageOf(),
): ObservedBackup {
  const common = { now: Date.parse('2026-01-01T00:05:00Z'), settings, jobs: [], pods: [], facts: nothing };
  return { ...common, object, instance: undefined, storage, line: [], restores: [] };
}

function concluded(object: MilvusBackup): MilvusBackup {
  return { ...object, status: planBackup(observed(object)).status! };
}

describe('a backup that was found', () => {
  it('has succeeded when it was made, needs nothing and sends nothing', () => {
    const object = imported();
    expect(wantedForBackup(observed(object))).toEqual({
      keys: [],
      events: [],
      nodes: [],
      logs: [],
      namespace: false,
    });
    const desired = planBackup(observed(object));
    expect(desired).toMatchObject({ createJobs: [], deleteJobs: [], news: [] });
    expect(desired.finalizer).toBeUndefined();
    expect(desired.status).toMatchObject({
      phase: 'Succeeded',
      backupName: 'nightly_1',
      path: 'team/nightly_1/',
      storageFingerprint: fingerprint(storageOf()),
      manifestDigest: digest,
      startTime: '2026-01-01T00:00:00Z',
      completionTime: '2026-01-01T00:01:30Z',
      duration: '1m31s',
      milvusVersion: 'v2.4.1',
      engineVersion: '0.1.0',
      formatVersion: '1',
      consistencyTimestamp: '449885215365439999',
      rows: { planned: 30 },
      size: { bytes: 2048, objects: 5, summary: expect.any(String) },
      collections: { total: 3, succeeded: 3, summary: '3/3' },
      restoreCommand: expect.stringContaining('--name nightly_1'),
    });
    const conditions = desired.status!.conditions!.map(
      ({ type, status, reason }) => `${type}=${status}/${reason}`,
    );
    expect(conditions).toEqual(['Ready=True/Completed', 'Succeeded=True/Completed']);
    expect(desired.status!.conditions![0]!.message).toBe(
      'imported: found at team/nightly_1/ in MilvusBackupStorage store, a backup of MilvusInstance prod/milvus ' +
        'made by milvus-backup 0.1.0',
    );
    assertStatus('MilvusBackup', object.status, desired.status!);
    expect(planBackup(observed(concluded(object))).status).toEqual(desired.status);
  });

  it('of the established tool says less, and is as old as its commit', () => {
    const { status } = concluded(imported({ bytes: 10, endTime: '2026-01-01T00:00:00Z' }));
    expect(status).toMatchObject({ phase: 'Succeeded', completionTime: '2026-01-01T00:00:00Z' });
    expect(status).not.toHaveProperty('manifestDigest');
    expect(status.conditions![0]!.message).toContain('made by the established tool');
  });

  it('that is not whole is no success', () => {
    const { status } = concluded(
      imported({ ...facts, succeeded: 2, skipped: 1, skippedFor: 'StorageMismatch' }),
    );
    expect(status.phase).toBe('PartiallyFailed');
    expect(status.conditions).toContainEqual(
      expect.objectContaining({ type: 'Succeeded', status: 'False', reason: 'StorageMismatch' }),
    );
    expect(status.restoreCommand).toContain('--allow-partial');
  });

  it('never runs, even if what it says of itself cannot be read', () => {
    const object = imported();
    object.metadata.annotations![importedAnnotation] = 'nonsense';
    const desired = planBackup(observed(object));
    expect(desired.createJobs).toEqual([]);
    expect(desired.status).toMatchObject({ phase: 'Failed' });
    expect(desired.news).toContainEqual(expect.objectContaining({ reason: 'InvalidConfiguration' }));
  });
});

describe('the data of a backup that was found', () => {
  const removing = (object: MilvusBackup, madeBy: string): void => {
    object.spec.deletionPolicy = 'Delete';
    const kept = concluded(object);
    expect(planBackup(observed(kept)).finalizer).toBe(true);
    kept.metadata.finalizers = ['milvusbackup.dev/cleanup'];
    kept.metadata.deletionTimestamp = '2026-01-01T00:05:00Z';
    const seen = observed(kept);
    const keys = wantedForBackup(seen).keys.map(
      ({ kind, name }) => [`${kind}/${name}`, ['accesskey', 'secretkey']] as [string, string[]],
    );
    const known = { ...seen, facts: { ...nothing, keys: new Map(keys) } };
    const [job] = planBackup(known).createJobs;
    const { args } = (job!.spec['template'] as PodTemplate).spec.containers[0];
    expect(args[0]).toBe('delete');
    expect(args.slice(-6)).toEqual([
      '--name',
      'nightly_1',
      '--run-id',
      kept.metadata.uid,
      '--made-by',
      madeBy,
    ]);
  };

  it('stay when its object goes', () => {
    const object = concluded(imported());
    expect(planBackup(observed(object)).finalizer).toBeUndefined();
    object.metadata.deletionTimestamp = '2026-01-01T00:05:00Z';
    expect(planBackup(observed(object))).toMatchObject({ createJobs: [] });
  });

  it('go with it where deletionPolicy was set to Delete, unless somebody has put another there', () => {
    removing(imported(), 'run-1');
    removing(imported({ bytes: 1 }), 'Nobody');
  });

  it('expire by ttl from when it was made, also of the established tool', () => {
    const object = imported({ bytes: 1, endTime: '2025-12-01T00:00:00Z' });
    expect(wantedForBackup(observed(concluded(object))).keys).toEqual([]);
    object.spec.ttl = '240h';
    expect(wantedForBackup(observed(concluded(object))).keys).not.toEqual([]);
  });
});

describe('a restore from it', () => {
  function restore(
    backup: MilvusBackup,
    over: Partial<ObservedRestore> = {},
    spec: Partial<MilvusRestore['spec']> = {},
  ): MilvusRestore['status'] {
    const object = restoreOf({ source: { backupRef: { name: backup.metadata.name } }, ...spec });
    if (!spec.instanceRef) delete object.spec.instanceRef;
    const around = { backup, instance: instanceOf(), ...over };
    return planRestore({ ...(observed(backup) as object), object, ...around } as ObservedRestore).status!;
  }

  const reconciling = (status: MilvusRestore['status']) =>
    status.conditions!.find(({ type }) => type === 'Reconciling') ?? status.conditions![0]!;

  it('goes to the instance that it is of, also where the established tool has made it', () => {
    for (const over of [facts, { bytes: 1 }]) {
      const status = restore(
        concluded(imported(over)),
        {},
        over === facts ? {} : { instanceRef: { name: 'milvus' } },
      );
      expect(status).toMatchObject({ instance: 'milvus', backupName: 'nightly_1' });
      // Nothing is missing but what is asked for next.
      expect(status.conditions ?? []).toEqual([]);
    }
  });

  it('waits until its object says so', () => {
    expect(reconciling(restore(imported()))).toMatchObject({ reason: 'BackupNotReady' });
  });

  it('asks for an instance where that of the backup is not here, or not known', () => {
    const elsewhere = restore(concluded(imported({ ...facts, instance: 'other' })), { instance: undefined });
    expect(reconciling(elsewhere)).toMatchObject({
      reason: 'InstanceNotFound',
      message: expect.stringMatching(/of MilvusInstance other, which is not here: say in spec.instanceRef/),
    });
    const tool = restore(concluded(imported({ bytes: 1 })), { instance: undefined });
    expect(reconciling(tool).message).toContain('does not say which Milvus');
  });

  it('is refused where the storage has become another place', () => {
    const status = restore(concluded(imported()), { storage: storageOf({ bucket: 'other' }) });
    expect(status.conditions).toContainEqual(
      expect.objectContaining({ type: 'Stalled', reason: 'StorageMismatch' }),
    );
  });
});
