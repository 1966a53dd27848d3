// SPDX-License-Identifier: Apache-2.0
// Backups that others have put into a bucket, and what becomes of the objects that are made for them. The test says what
// the bucket holds.
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { findCondition, type MilvusBackup, type MilvusBackupStorage } from '../../../src/api/index.ts';
import { backups } from '../../../src/controllers/resources.ts';
import type { AnyRun } from './support/bench.ts';
import { listing, type Bucket, type Found } from './support/listings.ts';
import { succeeds } from './support/results.ts';
import { Stage } from './support/stage.ts';

vi.setConfig({ maxConcurrency: 10, testTimeout: 300_000 });
const plane = inject('controlPlane');
const digest = 'd'.repeat(64);
let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open(plane);
  await stage.instance('milvus');
});
afterAll(() => stage?.close());

const facts = {
  madeBy: 'run-1',
  manifestDigest: digest,
  rows: 30,
  bytes: 2048,
  objects: 5,
  endTime: '2026-01-01T00:01:30Z',
  instance: 'milvus',
  namespace: 'elsewhere',
};
const found = (name: string): Found => ({ name, ...facts });

async function storage(name: string, sync: object = {}): Promise<MilvusBackupStorage> {
  // Listings end when the test says so.
  stage.script(name, ({ command }) => (command === 'list' ? 'runs' : 'as usual'));
  await stage.storage(name, { prefix: name, sync: { mode: 'Import', ...sync } });
  return stage.bench.get<MilvusBackupStorage>('MilvusBackupStorage', name);
}

/** Ends the listing `number` as if the bucket held this, and waits until it is told. */
async function list(
  { metadata }: MilvusBackupStorage,
  number: number,
  bucket: Bucket,
  { isCut = false } = {},
): Promise<MilvusBackupStorage> {
  const { name } = metadata;
  const before = await stage.bench.get<MilvusBackupStorage>('MilvusBackupStorage', name);
  const { pod, args } = await stage.pod({ metadata } as AnyRun, `s${number}`);
  const { log, ending } = listing(args, bucket);
  stage.kubelet.logs.set(pod.metadata.name, isCut ? log.slice(log.indexOf('\n') + 1) : log);
  await stage.kubelet.end(pod, ending);
  return stage.bench.until<MilvusBackupStorage>(
    'MilvusBackupStorage',
    name,
    ({ status }) =>
      status.sync?.lastTime !== undefined && status.sync.lastTime !== before.status.sync?.lastTime,
  );
}

let words = 0;

/** Lists anew: another word than the last. */
async function ask(
  { metadata }: MilvusBackupStorage,
  sync: object = { interval: `${++words + 60}m` },
): Promise<void> {
  await stage.bench.patch('MilvusBackupStorage', metadata.name, { spec: { sync } });
}

const backup = (name: string): Promise<MilvusBackup | undefined> =>
  stage.bench.find<MilvusBackup>('MilvusBackup', name);
const syncedOf = ({ status }: MilvusBackupStorage): string => {
  const { status: is, reason } = findCondition(status.conditions, 'Synced')!;
  return `${is} ${reason}`;
};

describe.concurrent('a storage that imports', () => {
  it('makes an object for each backup, which says how that ended, and from which a restore runs', async () => {
    const store = await storage('plain');
    const told = await list(store, 1, {
      backups: [found('plain_1'), { name: 'plain_tool', bytes: 10, endTime: '2026-01-01T00:00:00Z' }],
      unfinished: ['plain_running'],
    });
    expect(syncedOf(told)).toBe('True Completed');
    expect(told.status.sync).toMatchObject({ found: 2, imported: 2, incomplete: 1, leftOut: 0 });
    const ours = await stage.bench.phase<MilvusBackup>('MilvusBackup', 'plain-1', 'Succeeded');
    expect(ours.status).toMatchObject({
      path: 'plain/plain_1/',
      manifestDigest: digest,
      completionTime: '2026-01-01T00:01:30Z',
      rows: { planned: 30 },
    });
    expect(ours.metadata.finalizers).toBeUndefined();
    expect(await stage.jobs(ours)).toEqual([]);
    const tool = await stage.bench.phase<MilvusBackup>('MilvusBackup', 'plain-tool', 'Succeeded');
    expect(tool.spec.instanceRef.name).toBe('unknown');
    expect(await backup('plain-running')).toBeUndefined();
    const restores = await Promise.all([
      stage.restore('from-ours', { source: { backupRef: { name: 'plain-1' } } }, (args) => succeeds(args)),
      stage.restore(
        'from-tool',
        { source: { backupRef: { name: 'plain-tool' } }, instanceRef: { name: 'milvus' } },
        (args) => succeeds(args),
      ),
    ]);
    for (const { metadata } of restores) await stage.bench.phase('MilvusRestore', metadata.name, 'Succeeded');
  });

  it('[FM-34] does not bring back what somebody deleted, until the token changes', async () => {
    const store = await storage('deleted');
    const bucket = { backups: [found('deleted_1')] };
    await list(store, 1, bucket);
    await stage.bench.delete('MilvusBackup', 'deleted-1');
    await stage.bench.gone('MilvusBackup', 'deleted-1');
    await ask(store);
    const again = await list(store, 2, bucket);
    expect(again.status.sync).toMatchObject({ found: 1, imported: 0 });
    expect(await backup('deleted-1')).toBeUndefined();
    await ask(store, { token: 'again' });
    const asked = await list(store, 3, bucket);
    expect(asked.status.sync).toMatchObject({ imported: 1, token: 'again' });
    expect(await backup('deleted-1')).toBeDefined();
  });

  it('[FM-34] removes an object whose backup is gone, and no other of that name or place', async () => {
    const store = await storage('gone');
    const other = await storage('other');
    await list(store, 1, { backups: [found('gone_1'), found('gone_2')] });
    // The same name in another bucket, and one that somebody has made by hand.
    await list(other, 1, { backups: [found('gone_1')] });
    await stage.backup('byhand', { storageRef: { name: 'gone' }, backupName: 'byhand' }, (args) =>
      succeeds(args),
    );
    await stage.bench.phase('MilvusBackup', 'byhand', 'Succeeded');
    const { items } = await stage.bench.rest.list<MilvusBackup>(backups, {
      namespace: stage.bench.namespace,
    });
    const elsewhere = items.find(
      ({ spec }) => spec.backupName === 'gone_1' && spec.storageRef.name === 'other',
    )!;
    expect(elsewhere.metadata.name).toMatch(/^gone-1-[0-9a-f]{8}$/);
    await ask(store);
    const told = await list(store, 2, { backups: [found('gone_2')] });
    expect(told.status.sync).toMatchObject({ found: 1, imported: 1 });
    await stage.bench.gone('MilvusBackup', 'gone-1');
    for (const name of ['gone-2', 'byhand', elsewhere.metadata.name])
      expect(await backup(name)).toBeDefined();
  });

  it('[FM-34] makes nothing while a deletion runs, and nothing of what it leaves', async () => {
    const store = await storage('deleting');
    await list(store, 1, { backups: [] });
    const own = await stage.backup(
      'doomed',
      { storageRef: { name: 'deleting' }, backupName: 'doomed_1', deletionPolicy: 'Delete' },
      (args) => (args.command === 'delete' ? 'runs' : succeeds(args)),
    );
    await stage.bench.phase('MilvusBackup', 'doomed', 'Succeeded');
    await stage.bench.delete('MilvusBackup', 'doomed');
    const { pod, args } = await stage.pod(own, 'c1');
    // Begun before the deletion: to this listing the backup is whole.
    await ask(store);
    await list(store, 2, { backups: [found('doomed_1')] });
    await ask(store);
    await list(store, 3, { backups: [], unfinished: ['doomed_1'] });
    await stage.kubelet.end(pod, succeeds(args));
    await stage.bench.gone('MilvusBackup', 'doomed');
    await ask(store);
    const last = await list(store, 4, { backups: [found('doomed_1')] });
    expect(last.status.sync).toMatchObject({ found: 1, imported: 0 });
    expect(await backup('doomed-1')).toBeUndefined();
  });

  it('[FM-34] makes the newest maxObjects of 5,000 and says what is left out', async () => {
    const store = await storage('many', { maxObjects: 200 });
    const all = Array.from({ length: 5000 }, (_, i) => found(`many_${5000 - i}`));
    const told = await list(store, 1, { backups: all });
    expect(told.status.sync).toMatchObject({ found: 5000, imported: 200, leftOut: 4800 });
    const { items } = await stage.bench.rest.list<MilvusBackup>(backups, {
      namespace: stage.bench.namespace,
    });
    const made = items.filter(({ spec }) => spec.storageRef.name === 'many');
    expect(made).toHaveLength(200);
    expect(await backup('many-4801')).toBeDefined();
    expect(await backup('many-4800')).toBeUndefined();
    await stage.bench.phase('MilvusBackup', 'many-4801', 'Succeeded');
  });

  it('[FM-34] changes nothing when the list cannot be read, says so and lists again', async () => {
    const store = await storage('unread');
    await list(store, 1, { backups: [found('unread_1')] });
    await ask(store);
    const failed = await list(store, 2, { backups: [found('unread_2')] }, { isCut: true });
    expect(syncedOf(failed)).toBe('False ResultUnreadable');
    expect(findCondition(failed.status.conditions, 'Ready')?.status).toBe('True');
    expect(failed.status.sync).toMatchObject({ found: 1, imported: 1 });
    expect(await backup('unread-1')).toBeDefined();
    // By itself, half a minute later.
    const told = await list(store, 3, { backups: [found('unread_2')] });
    expect(syncedOf(told)).toBe('True Completed');
    await stage.bench.gone('MilvusBackup', 'unread-1');
    expect(await backup('unread-2')).toBeDefined();
  });
});
