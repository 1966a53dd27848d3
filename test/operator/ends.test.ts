// SPDX-License-Identifier: Apache-2.0
// What the engine or the operator finds wrong for good, as it reaches the object: the run ends, says why, and no other
// attempt is made. And two ends that are neither: a plan without an act, and a backup of a part.
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import type { MilvusBackup, MilvusRestore } from '../../src/api/index.ts';
import { idOf, makeTiny } from '../support/bad-bench.ts';
import { openBuckets } from '../support/bad-buckets.ts';
import { connect } from '../support/collection.ts';
import { conditionOf, untilSucceeded, type Seen } from '../support/objects.ts';
import { jobsOf, modest, untilPhase, untilTold, type RunSeen } from '../support/runs.ts';
import { openWorld, type World } from '../support/world.ts';

const lab = inject('lab');
const { bucket, rootPath } = lab.milvus.source;
const buckets = openBuckets(lab);
let world: World;
let source: MilvusClient;
/** One that is whole, and one of which Milvus has lost the data. */
let collection: string;
let damaged: string;

beforeAll(async () => {
  source = await connect(lab.milvus.source.address);
  world = await openWorld(lab, 'ends');
  await world.applyInstance('milvus', { maxConcurrentBackups: 20 });
  const stem = world.namespace.replaceAll('-', '_');
  [collection, damaged] = [`${stem}_c`, `${stem}_damaged`];
  for (const name of [collection, damaged]) await makeTiny(source, name);
  await buckets.empty(bucket, `${rootPath}/insert_log/${await idOf(source, damaged)}/`);
});

afterAll(async () => {
  await world?.close();
  for (const name of [collection, damaged]) await source?.dropCollection({ collection_name: name });
  await source?.closeConnection();
  buckets.close();
});

function apply(name: string, spec: Record<string, unknown> = {}): Promise<void> {
  return world.applyBackup(name, { include: [collection], job: modest, ...spec });
}

async function expectEnd(what: string, reason: string, says: RegExp): Promise<RunSeen> {
  const seen = await untilPhase(world.objects, what, 'Failed');
  for (const [type, status] of [
    ['Ready', 'False'],
    ['Stalled', 'True'],
    ['Succeeded', 'False'],
  ] as const) {
    expect(conditionOf(seen, type), `${type} of ${what}`).toMatchObject({
      status,
      reason,
      message: expect.stringMatching(says),
    });
  }
  const told = (await untilTold(world.objects, seen, reason)).find((event) => event.reason === reason);
  expect(told).toMatchObject({ type: 'Warning', message: expect.stringMatching(says) });
  return seen;
}

/** Found by the engine, in the only attempt that there is. */
async function expectOneAttempt(what: string, reason: string, says: RegExp): Promise<void> {
  const { status } = await expectEnd(what, reason, says);
  expect(status.attempts).toMatchObject([{ number: 1, reason, message: expect.stringMatching(says) }]);
}

describe.concurrent('a run that can never succeed', () => {
  it('IdentityConflict: two accounts for one pod', async () => {
    const { objects } = world;
    const account = (serviceAccountName: string): object => ({ auth: { serviceAccountName } });
    const { spec } = await objects.get<{ spec: { storage: object } }>('mvi/milvus');
    await world.applyInstance('account', {
      storage: { ...spec.storage, ...account('reader') },
      maxConcurrentBackups: 20,
    });
    await world.applyStorage('account', { ...account('writer'), prefix: `${world.prefix}-account` });
    await apply('conflict', { instanceRef: { name: 'account' }, storageRef: { name: 'account' } });
    const seen = await expectEnd('mbk/conflict', 'IdentityConflict', /reader.*writer.*Give one account/s);
    expect(await jobsOf(objects, seen)).toEqual([]);
  });

  it('TargetReadOnly: the storage says so', async () => {
    await world.applyStorage('archive', { accessMode: 'ReadOnly', prefix: `${world.prefix}-archive` });
    await apply('readonly', { storageRef: { name: 'archive' } });
    const seen = await expectEnd('mbk/readonly', 'TargetReadOnly', /archive has accessMode ReadOnly/);
    expect(await jobsOf(world.objects, seen)).toEqual([]);
    const storage = await world.objects.until(
      'mbst/archive',
      (one) => conditionOf(one, 'Ready') !== undefined,
    );
    await world.objects.until('mbst/archive', (one) => conditionOf(one, 'Ready')?.status === 'True');
    expect(storage.metadata.name).toBe('archive');
  });

  // Invariant: what stands there is not touched.
  it('[FM-26] BackupExists: another run has that name', async () => {
    await apply('first', { backupName: 'taken' });
    await untilSucceeded<MilvusBackup>(world.objects, 'mbk/first');
    const folder = `${world.prefix}/taken/`;
    const before = await buckets.etags(lab.minio.backupBucket, folder);
    await apply('second', { backupName: 'taken', deletionPolicy: 'Delete' });
    await expectOneAttempt('mbk/second', 'BackupExists', /taken/);
    await world.objects.kubectl(['delete', 'mbk/second', '--timeout=60s'], 90_000);
    expect(await buckets.etags(lab.minio.backupBucket, folder)).toEqual(before);
  });

  it('NothingMatches: a pattern of include', async () => {
    await apply('typo', { include: [`${collection}_typo`] });
    await expectOneAttempt('mbk/typo', 'NothingMatches', new RegExp(`${collection}_typo`));
  });

  it('StorageMismatch: not where this Milvus keeps its data', async () => {
    const { spec } = await world.objects.get<{ spec: { storage: object } }>('mvi/milvus');
    await world.applyInstance('astray', { storage: { ...spec.storage, rootPath: 'elsewhere' } });
    await apply('astray', { instanceRef: { name: 'astray' } });
    await expectOneAttempt('mbk/astray', 'StorageMismatch', /elsewhere/);
    const seen = await world.objects.until('mvi/astray', (one) => conditionOf(one, 'Stalled') !== undefined);
    const mismatch = { status: 'False', reason: 'StorageMismatch' };
    expect(conditionOf(seen, 'StorageMatches')).toMatchObject(mismatch);
    expect(conditionOf(seen, 'Ready')).toMatchObject(mismatch);
  });

  // Invariant: each cause has its own reason.
  it('[FM-23] BucketNotFound: no such bucket', async () => {
    await world.applyStorage('nowhere', { bucket: 'no-such-bucket' });
    await apply('nowhere', { storageRef: { name: 'nowhere' } });
    await expectOneAttempt('mbk/nowhere', 'BucketNotFound', /no-such-bucket/);
    const seen = await world.objects.until(
      'mbst/nowhere',
      (one) => conditionOf(one, 'Stalled') !== undefined,
    );
    expect(conditionOf(seen, 'Ready')).toMatchObject({ status: 'False', reason: 'BucketNotFound' });
  });

  it('InvalidConfiguration: backups below the root path of a Milvus', async () => {
    await world.applyStorage('inside', { bucket, prefix: `${rootPath}/backups` });
    const seen = await world.objects.until('mbst/inside', (one) => conditionOf(one, 'Stalled') !== undefined);
    expect(conditionOf(seen, 'Ready')).toMatchObject({
      status: 'False',
      reason: 'InvalidConfiguration',
      message: expect.stringContaining('overlap'),
    });
  });
});

describe('an end that is neither', () => {
  it('PartiallyFailed: what could be backed up is, and what not is named', async () => {
    await world.applyBackup('part', {
      include: [collection, damaged],
      onCollectionError: 'Skip',
      job: modest,
    });
    const seen = await world.objects.until<MilvusBackup & Seen>('mbk/part', ({ status }) => {
      return ['PartiallyFailed', 'Failed', 'Succeeded'].includes(status.phase ?? '');
    });
    expect(seen.status).toMatchObject({
      phase: 'PartiallyFailed',
      collections: { total: 2, succeeded: 1, summary: '1/2', failures: [{ name: `default.${damaged}` }] },
    });
    expect(conditionOf(seen, 'Succeeded')).toMatchObject({ status: 'False' });
    expect(conditionOf(seen, 'Stalled')).toMatchObject({ status: 'True' });
    expect(seen.status.restoreCommand).toContain('--allow-partial');
  });

  it('a part is only restored by whoever allows that; a dry run says what would be done', async () => {
    const restore = (name: string, spec: object): Promise<void> =>
      world.applyRestore(name, { source: { backupRef: { name: 'part' } }, job: modest, ...spec });
    await restore('refused', { rename: { suffix: '_a' } });
    await restore('planned', { rename: { suffix: '_b' }, allowPartial: true, dryRun: true });
    const refused = await untilPhase(world.objects, 'mrs/refused', 'Failed');
    expect(conditionOf(refused, 'Stalled')?.message).toContain('allowPartial');
    const { status } = await untilSucceeded<MilvusRestore>(world.objects, 'mrs/planned');
    expect(status.plan).toMatchObject({
      create: [`default.${collection} -> default.${collection}_b`],
      skip: [],
    });
    expect(status.plan?.bytes).toBeGreaterThan(0);
    const names = (await source.showCollections({})).data.map(({ name }) => name);
    expect(names.filter((name) => name.startsWith(collection))).toEqual([collection]);
  });
});
