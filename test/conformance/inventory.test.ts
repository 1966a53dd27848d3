// SPDX-License-Identifier: Apache-2.0
// What a bucket is said to hold, over backups that lie in a real MinIO: ours, the established tool's, unfinished ones,
// folders of others, thousands of them.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { folderHash, splitHashes } from '../../src/contract/folder-hash.ts';
import { forEachConcurrent } from '../../src/base/backoff.ts';
import { takeInventory, type Inventory } from '../../src/engine/inventory.ts';
import { decodeManifest, encodeManifest } from '../../src/format/manifest.ts';
import { metaFiles, ownFiles } from '../../src/format/paths.ts';
import type { ObjectStore } from '../../src/store/contract.ts';
import { makeBackup } from './operations-backup.ts';
import { testEngine, watched } from './operations-engine.ts';
import { startMinio, type Minio } from './store-minio.ts';

let minio: Minio;
let backup: ObjectStore;
let buckets = 0;

beforeAll(async () => {
  minio = await startMinio();
});

afterAll(() => minio.close());

beforeEach(async () => {
  const name = `inventory-${++buckets}`;
  await minio.createBucket(name);
  backup = minio.open(name);
});

type Told = Inventory & { entries: Record<string, unknown>[]; folders: string[] };

async function inventory(options: { since?: number; most?: number } = {}, store = backup): Promise<Told> {
  const entries: Record<string, unknown>[] = [];
  const folders: string[] = [];
  const engine = testEngine({ backup: store, milvus: store });
  const told = await takeInventory(engine, { most: 500, ...options }, (list, item) => {
    if (list === 'backups') entries.push(JSON.parse(JSON.stringify(item)) as Record<string, unknown>);
    else folders.push(...splitHashes(String(item['hashes'])));
  });
  return { ...told, entries, folders };
}

/** Writes its commit again, so that it is the newest. Stores tell whole seconds or less. */
async function commitAgain(dir: string): Promise<void> {
  const key = dir + metaFiles.full;
  const [before] = await Array.fromAsync(backup.list(key));
  for (;;) {
    const found = await backup.get(key);
    const chunks: Buffer[] = [];
    for await (const chunk of found!.body) chunks.push(chunk as Buffer);
    await backup.put(key, Buffer.concat(chunks));
    const [after] = await Array.fromAsync(backup.list(key));
    if (modifiedOf(after) > modifiedOf(before)) return;
  }
}

function modifiedOf(entry: unknown): number {
  return (entry as { modified: number }).modified;
}

describe('the inventory of a bucket', () => {
  it('tells of ours what its manifest says, of the established tool what its meta says', async () => {
    const ours = await makeBackup(backup, 'backup', 'ours');
    const tool = await makeBackup(backup, 'backup', 'tool', 'tool');
    const key = ours.dir + ownFiles.manifest;
    const found = await backup.get(key);
    const text = Buffer.concat(await Array.fromAsync(found!.body as AsyncIterable<Buffer>)).toString();
    const source = { namespace: 'prod', instance: 'milvus', schedule: 'nightly', scheduleUID: 'u-1' };
    await backup.put(key, Buffer.from(encodeManifest({ ...decodeManifest(text, key), source })));
    const { entries, ...counts } = await inventory();
    expect(counts).toMatchObject({ found: 2, incomplete: 0, leftOut: 0 });
    expect(entries.find(({ name }) => name === 'ours')).toEqual({
      name: 'ours',
      state: 'Complete',
      madeBy: 'run-1',
      manifestDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
      rows: 0,
      bytes: [...ours.objects.values()].reduce((sum, { length }) => sum + length, 0),
      objects: ours.objects.size,
      startTime: '2026-01-01T00:00:00.000Z',
      endTime: '2026-01-01T00:00:01.000Z',
      milvusVersion: 'v2.4.1',
      engineVersion: 'test',
      formatVersion: '1',
      total: 3,
      succeeded: 3,
      dropped: 0,
      skipped: 0,
      ...source,
    });
    expect(entries.find(({ name }) => name === 'tool')).toEqual({
      name: 'tool',
      state: 'Complete',
      bytes: tool.header.size,
      milvusVersion: 'v2.4.1',
      endTime: expect.stringMatching(/^20\d\d-.*Z$/),
    });
  });

  it('counts the unfinished apart, and hides what is no backup', async () => {
    await makeBackup(backup, 'backup', 'whole');
    const cut = await makeBackup(backup, 'backup', 'cut');
    await backup.remove([cut.dir + metaFiles.full]);
    await backup.put(`backup/going/${ownFiles.deleting}`, Buffer.from('{}'));
    await backup.put('backup/tool_running/binlogs/insert_log/1/2/3/3/0/1', randomBytes(10));
    await backup.put('backup/photos/2026/cat.jpg', Buffer.from('x'));
    await backup.put('backup/stray.txt', Buffer.from('x'));
    await backup.put(`backup/no-legal-name/${metaFiles.full}`, Buffer.from('{}'));
    const { entries, folders, ...counts } = await inventory();
    expect(counts).toEqual({ found: 1, incomplete: 3, leftOut: 0 });
    expect(entries.map(({ name }) => name)).toEqual(['whole']);
    expect(folders.toSorted()).toEqual(['whole', 'cut', 'going', 'tool_running'].map(folderHash).sort());
  });

  it('tells the newest first, so many and no more, and counts the rest', async () => {
    const made = [];
    for (const name of ['a', 'b', 'c']) made.push(await makeBackup(backup, 'backup', name));
    await commitAgain(made[1]!.dir);
    const { entries, folders, leftOut } = await inventory({ most: 1 });
    expect(entries.map(({ name }) => name)).toEqual(['b']);
    expect(leftOut).toBe(2);
    expect(folders).toHaveLength(3);
    const [newest] = await Array.fromAsync(backup.list(made[1]!.dir + metaFiles.full));
    const recent = await inventory({ since: modifiedOf(newest) });
    expect(recent.entries.map(({ name }) => name)).toEqual(['b']);
    expect(recent.leftOut).toBe(2);
  });

  it('reads two small documents of what it tells, and nothing of what it leaves out', async () => {
    for (const name of ['a', 'b']) await makeBackup(backup, 'backup', name, 'tool');
    const ours = await makeBackup(backup, 'backup', 'ours');
    await commitAgain(ours.dir);
    const read: string[] = [];
    const store = watched(backup, (call, key) => call === 'get' && read.push(key));
    await inventory({ most: 1 }, store);
    expect(read).toEqual([ours.dir + ownFiles.manifest]);
    await inventory({ most: 3 }, store);
    expect(read.filter((key) => key.endsWith(metaFiles.full))).toEqual([]);
  });

  it('says what it cannot read, and goes on', async () => {
    await makeBackup(backup, 'backup', 'good', 'tool');
    const bad = await makeBackup(backup, 'backup', 'bad');
    await backup.put(bad.dir + ownFiles.manifest, Buffer.from('{"v":9}'));
    const { entries } = await inventory();
    expect(entries).toContainEqual(expect.objectContaining({ name: 'good', state: 'Complete' }));
    expect(entries).toContainEqual({
      name: 'bad',
      state: 'Unreadable',
      message: expect.stringContaining('manifest.json'),
    });
  });

  it('[FM-34] stays small over 5,000 backups and a thousand folders of others', async () => {
    const names = Array.from({ length: 5000 }, (_, i) => `nightly_${String(i).padStart(4, '0')}`);
    const meta = Buffer.from(JSON.stringify({ id: 'x', name: 'x', size: 1, milvus_version: 'v2.4.1' }));
    const keys = names.flatMap((name): [string, Buffer][] => [
      [`backup/${name}/${metaFiles.backup}`, meta],
      [`backup/${name}/${metaFiles.full}`, Buffer.from('{}')],
    ]);
    for (let i = 0; i < 1000; i++) keys.push([`backup/photos_${i}/cat.jpg`, Buffer.from('x')]);
    await forEachConcurrent(keys, 32, async ([key, bytes]) => void (await backup.put(key, bytes)));
    const begun = performance.now();
    const { entries, folders, ...counts } = await inventory({ most: 500 });
    const seconds = (performance.now() - begun) / 1000;
    expect(counts).toEqual({ found: 5000, incomplete: 0, leftOut: 4500 });
    expect(entries).toHaveLength(500);
    expect(folders).toHaveLength(5000);
    console.log(`5,000 backups among 6,000 folders: listed in ${seconds.toFixed(1)} s`);
    expect(seconds).toBeLessThan(120);
  });
});
