// SPDX-License-Identifier: Apache-2.0
// The small operations over backups that lie in a real MinIO: list, get, verify, delete, cleanup, check.
import { randomBytes } from 'node:crypto';
import { CreateMultipartUploadCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { OperatorError } from '../../src/base/error.ts';
import { backupLedgerCodec } from '../../src/engine/backup-open.ts';
import { checkAccess } from '../../src/engine/check.ts';
import { cleanupRun } from '../../src/engine/cleanup.ts';
import { deleteBackup } from '../../src/engine/delete.ts';
import { takeLedger } from '../../src/engine/ledger-file.ts';
import { getBackup } from '../../src/engine/get.ts';
import { listBackups } from '../../src/engine/list.ts';
import type { RestoreOptions } from '../../src/engine/options.ts';
import { restoreBackup } from '../../src/engine/restore.ts';
import { verifyBackup } from '../../src/engine/verify.ts';
import {
  encodeBackupLedger,
  encodeRestoreLedger,
  type BackupLedger,
  type RestoreLedger,
} from '../../src/format/ledger.ts';
import { metaFiles, ownFiles, restoreKeys } from '../../src/format/paths.ts';
import type { MilvusClient, SegmentInfo } from '../../src/milvus/contract.ts';
import type { ObjectStore } from '../../src/store/contract.ts';
import { makeBackup, type Kind, type MadeBackup } from './operations-backup.ts';
import { collect, keysOf, testEngine, watched, type TestEngine } from './operations-engine.ts';
import { startMinio, type Minio } from './store-minio.ts';

let minio: Minio;
let backup: ObjectStore;
let milvus: ObjectStore;
let buckets = 0;

beforeAll(async () => {
  minio = await startMinio();
});

afterAll(() => minio.close());

beforeEach(async () => {
  buckets++;
  const names = [`backups-${buckets}`, `milvus-${buckets}`] as const;
  for (const name of names) await minio.createBucket(name);
  [backup, milvus] = [minio.open(names[0]), minio.open(names[1])];
});

function engineOver(
  over: { backup?: ObjectStore; milvus?: ObjectStore } = {},
  sets: Record<string, string> = {},
  client?: MilvusClient,
): TestEngine {
  return testEngine({ backup, milvus, ...over }, sets, client);
}

function ledgerOf(over: Partial<BackupLedger> = {}): BackupLedger {
  return {
    v: 1,
    kind: 'backup',
    runId: 'run-9',
    attempt: 2,
    backupName: 'running',
    startTime: '2026-01-01T00:00:00.000Z',
    engineVersion: 'test',
    collections: [],
    gcTickets: [],
    ...over,
  };
}

async function putLedger(name: string, over: Partial<BackupLedger> = {}): Promise<void> {
  const text = encodeBackupLedger(ledgerOf({ backupName: name, ...over }));
  await backup.put(`backup/${name}/${ownFiles.ledger}`, Buffer.from(text));
}

async function putRestoreLedger(over: Partial<RestoreLedger> = {}): Promise<void> {
  const ledger: RestoreLedger = {
    v: 1,
    kind: 'restore',
    runId: 'run-9',
    attempt: 1,
    source: { backup: 'nightly', fullMetaSha256: '0'.repeat(64) },
    startTime: '2026-01-01T00:00:00.000Z',
    collections: [],
    ...over,
  };
  await milvus.put(restoreKeys('run-9').ledger, Buffer.from(encodeRestoreLedger(ledger)));
}

describe('restore', () => {
  it('tells a result again as the answer to the attempt that asks', async () => {
    const result = {
      v: 1,
      command: 'restore',
      outcome: 'Succeeded',
      runId: 'run-9',
      attempt: 1,
      backupName: 'nightly',
    };
    await putRestoreLedger({ result, endTime: '2026-01-01T01:00:00.000Z' });
    const ask = (attempt: number | 'next') =>
      restoreBackup(engineOver(), {
        run: { runId: 'run-9', attempt, resume: false },
        name: 'nightly',
        dryRun: false,
      } as RestoreOptions);
    expect(await ask(2)).toEqual({ ...result, attempt: 2 });
    expect(await ask('next')).toEqual(result);
  });
});

describe('list', () => {
  it('says what each folder is, and hides what is no backup', async () => {
    const ours = await makeBackup(backup, 'backup', 'a_ours');
    const tool = await makeBackup(backup, 'backup', 'b_tool', 'tool');
    await putLedger('c_running');
    await backup.put('backup/c_running/binlogs/insert_log/1/2/3/3/0/1', randomBytes(1000));
    await backup.put('backup/d_tool_running/binlogs/insert_log/1/2/3/3/0/1', randomBytes(10));
    await backup.put(`backup/e_going/${ownFiles.deleting}`, Buffer.from('{}'));
    await backup.put('backup/f_foreign/notes.txt', Buffer.from('x'));
    await backup.put(`backup/no-legal-name/${metaFiles.full}`, Buffer.from('{}'));
    await backup.put('backup/stray.txt', Buffer.from('x'));
    await backup.put(`backup_of_another/x/${metaFiles.full}`, Buffer.from('{}'));
    const listed = await collect(listBackups(engineOver()));
    expect(listed).toEqual([
      { name: 'a_ours', state: 'Complete', id: 'run-1', size: ours.header.size, milvusVersion: 'v2.4.1' },
      expect.objectContaining({ name: 'b_tool', state: 'Complete', size: tool.header.size }),
      expect.objectContaining({ name: 'c_running', state: 'Incomplete', id: 'run-9' }),
      expect.objectContaining({ name: 'd_tool_running', state: 'Incomplete', size: 10 }),
      expect.objectContaining({ name: 'e_going', state: 'Deleting', size: 2 }),
    ]);
    expect(listed[2]!.size).toBeGreaterThan(1000);
    expect(listed[2]!.message).toContain('run-9, attempt 2');
  });

  it('reads the small document of each backup and not the large one', async () => {
    await makeBackup(backup, 'backup', 'one');
    await makeBackup(backup, 'backup', 'two', 'tool');
    const read: string[] = [];
    const store = watched(backup, (call, key) => call === 'get' && read.push(key));
    await collect(listBackups(engineOver({ backup: store })));
    expect(read).toEqual([`backup/one/${metaFiles.backup}`, `backup/two/${metaFiles.backup}`]);
  });

  it('falls back to the large document, and says what cannot be read', async () => {
    const made = await makeBackup(backup, 'backup', 'one');
    await backup.remove([made.dir + metaFiles.backup]);
    await makeBackup(backup, 'backup', 'two');
    await backup.put(`backup/two/${metaFiles.backup}`, Buffer.from('{"size":'));
    await backup.put(`backup/two/${metaFiles.full}`, Buffer.from('nonsense'));
    expect(await collect(listBackups(engineOver()))).toEqual([
      expect.objectContaining({ name: 'one', state: 'Complete', size: made.header.size }),
      expect.objectContaining({
        name: 'two',
        state: 'Complete',
        message: expect.stringContaining('full_meta.json'),
      }),
    ]);
  });

  it('finds backups at the top of a bucket', async () => {
    await makeBackup(backup, '', 'top');
    const listed = await collect(listBackups(engineOver({}, { 'backup.storage.rootPath': '' })));
    expect(listed.map(({ name }) => name)).toEqual(['top']);
  });
});

describe('get', () => {
  it('tells the meta without segments, ids exact, in the order of the established tool', async () => {
    const made = await makeBackup(backup, 'backup', 'nightly', 'tool');
    const text = await getBackup(engineOver(), 'nightly');
    expect(text).toContain('"collection_id": 449885215365432100,');
    expect(text).toContain('    "collection_backups": [\n        {\n            "id": "task",');
    expect(text).not.toContain('segment');
    const parsed = JSON.parse(text) as Record<string, unknown>;
    expect(Object.keys(parsed)).toEqual([
      'state_code',
      'progress',
      'name',
      'collection_backups',
      'size',
      'milvus_version',
      'database_backups',
      'meta_size',
    ]);
    expect(Object.keys((parsed['collection_backups'] as object[])[0]!)).toEqual([
      'id',
      'collection_id',
      'db_name',
      'collection_name',
      'schema',
      'shards_num',
      'backup_timestamp',
      'size',
      'has_index',
      'load_state',
      'channel_checkpoints',
    ]);
    let metaSize = 0;
    for await (const entry of backup.list(`${made.dir}meta/`))
      if (entry.kind === 'object') metaSize += entry.size;
    expect(parsed['meta_size']).toBe(metaSize);
  });

  it.each([
    ['a name that nothing has', 'none'],
    ['an unfinished backup', 'running'],
    ['something else', 'foreign'],
  ])('refuses %s', async (_what, name) => {
    await putLedger('running');
    await backup.put('backup/foreign/notes.txt', Buffer.from('x'));
    await expect(getBackup(engineOver(), name)).rejects.toMatchObject({ reason: 'BackupUnreadable' });
  });

  it.each(['', '..', 'a/b', 'a-b'])('refuses the name %j', async (name) => {
    await expect(getBackup(engineOver(), name)).rejects.toMatchObject({ reason: 'InvalidConfiguration' });
  });
});

// Invariant: a missing or changed object is found and named.
describe('[FM-25] verify', () => {
  const modes = ['Standard', 'Checksum'] as const;
  const kinds: Kind[] = ['ours', 'tool', 'before groups'];

  it.each(kinds.flatMap((kind) => modes.map((mode) => [kind, mode] as const)))(
    'finds nothing wrong with a backup: %s, %s',
    async (kind, mode) => {
      const made = await makeBackup(backup, 'backup', 'nightly', kind);
      const engine = engineOver();
      const result = await verifyBackup(engine, { name: 'nightly', mode });
      expect(engine.recorded.items).toEqual([]);
      expect(result).toMatchObject({
        outcome: 'Succeeded',
        size: { objects: made.objects.size, bytes: made.header.size },
        milvusVersion: 'v2.4.1',
      });
      expect(result.manifestDigest).toBe(kind === 'ours' ? made.digest : undefined);
      const how =
        mode === 'Checksum' ? 'by reading it back' : kind === 'ours' ? "by the store's own hash" : 'by size';
      expect(result.message).toContain(`${made.objects.size} ${how}`);
    },
  );

  type Damage = {
    what: string;
    kinds: Kind[];
    act(made: MadeBackup): Promise<unknown>;
    reason: string;
    object: string | RegExp;
  };
  const segment =
    'binlogs/insert_log/449885215365432000/449885215365432001/449885215365432010/449885215365432010';
  const victim = `${segment}/100/4498852153654320104`;
  const damages: Damage[] = [
    {
      what: 'a missing log',
      kinds: ['ours', 'tool'],
      act: ({ dir }) => backup.remove([dir + victim]),
      reason: 'ObjectMissing',
      object: victim,
    },
    {
      what: 'a cut log',
      kinds: ['ours', 'tool'],
      act: ({ dir }) => backup.put(dir + victim, Buffer.from('short')),
      reason: 'ChecksumMismatch',
      object: victim,
    },
    {
      what: 'a log with other bytes',
      kinds: ['ours'],
      act: ({ dir, objects }) => backup.put(dir + victim, randomBytes(objects.get(victim)!.length)),
      reason: 'ChecksumMismatch',
      object: victim,
    },
    {
      what: 'a log too many in a folder that would be imported',
      kinds: ['ours', 'tool'],
      act: ({ dir }) => backup.put(`${dir}${segment}/100/77`, Buffer.from('x')),
      reason: 'BackupUnreadable',
      object: `${segment}/100/77`,
    },
    {
      what: 'another full_meta.json',
      kinds: ['ours'],
      act: async ({ dir }) =>
        backup.put(
          dir + metaFiles.full,
          await changed(dir + metaFiles.full, '"shards_num":1', '"shards_num":2'),
        ),
      reason: 'ChecksumMismatch',
      object: metaFiles.full,
    },
    {
      what: 'a full_meta.json that is cut',
      kinds: ['ours', 'tool'],
      act: async ({ dir }) =>
        backup.put(dir + metaFiles.full, (await bytesOf(dir + metaFiles.full)).subarray(0, 900)),
      reason: '.',
      object: metaFiles.full,
    },
    {
      what: 'a segment_meta.json that says something else',
      kinds: ['tool'],
      act: async ({ dir }) =>
        backup.put(
          dir + metaFiles.segment,
          await changed(dir + metaFiles.segment, '"num_of_rows":20', '"num_of_rows":21'),
        ),
      reason: 'BackupUnreadable',
      object: metaFiles.segment,
    },
    {
      what: 'a backup_meta.json that says something else',
      kinds: ['tool'],
      act: async ({ dir }) =>
        backup.put(dir + metaFiles.backup, await changed(dir + metaFiles.backup, 'v2.4.1', 'v2.5.1')),
      reason: 'BackupUnreadable',
      object: metaFiles.backup,
    },
    {
      what: 'a missing level file',
      kinds: ['ours', 'tool'],
      act: ({ dir }) => backup.remove([dir + metaFiles.partition]),
      reason: 'ObjectMissing',
      object: metaFiles.partition,
    },
    {
      what: 'full_meta.json missing, the level files there',
      kinds: ['tool'],
      act: ({ dir }) => backup.remove([dir + metaFiles.full]),
      reason: 'ObjectMissing',
      object: metaFiles.full,
    },
    {
      what: 'a manifest that is none',
      kinds: ['ours'],
      act: ({ dir }) => backup.put(dir + ownFiles.manifest, Buffer.from('{}')),
      reason: 'BackupUnreadable',
      object: ownFiles.manifest,
    },
    {
      what: 'a changed list of objects',
      kinds: ['ours'],
      act: async ({ dir }) => {
        const key = `${dir}milvusbackup.dev/objects-00001.ndjson`;
        return backup.put(key, await changed(key, 'md5:', 'md5;'));
      },
      reason: 'BackupUnreadable',
      object: ownFiles.manifest,
    },
  ];

  async function bytesOf(key: string): Promise<Buffer> {
    const found = await backup.get(key);
    return Buffer.concat(await collect(found!.body as AsyncIterable<Buffer>));
  }

  async function changed(key: string, from: string, to: string): Promise<Buffer> {
    const text = (await bytesOf(key)).toString();
    expect(text).toContain(from);
    return Buffer.from(text.replace(from, to));
  }

  it.each(damages.flatMap((damage) => damage.kinds.map((kind) => ({ ...damage, kind }))))(
    'finds $what: $kind',
    async ({ kind, reason, object, ...damage }) => {
      const made = await makeBackup(backup, 'backup', 'nightly', kind);
      await damage.act(made);
      const engine = engineOver();
      const result = await verifyBackup(engine, { name: 'nightly', mode: 'Standard' });
      expect(result.outcome).toBe('Failed');
      expect(engine.recorded.items.map((item) => item['object'])).toContain(object);
      if (reason !== '.') {
        const item = engine.recorded.items.find((found) => found['object'] === object);
        expect(item).toMatchObject({ reason });
        expect(result.message).toContain(engine.recorded.items[0]!['object']);
      }
    },
  );

  it('passes over what no restore would import', async () => {
    const made = await makeBackup(backup, 'backup', 'nightly', 'tool');
    await backup.put(`${made.dir}binlogs/insert_log/449885215365432000/1/2/2/0/3`, Buffer.from('x'));
    await backup.put(`${made.dir}binlogs/insert_log/7/1/2/2/0/3`, Buffer.from('x'));
    const result = await verifyBackup(engineOver(), { name: 'nightly', mode: 'Standard' });
    expect(result.outcome).toBe('Succeeded');
  });

  it('judges contents by bytes where the hashes of the store differ', async () => {
    const made = await makeBackup(backup, 'backup', 'nightly');
    const store: ObjectStore = {
      ...backup,
      // A store that encrypts with keys of a KMS: its ETags have the form of an MD5 and are none.
      async *list(...query) {
        for await (const entry of backup.list(...query)) {
          yield entry.kind === 'object'
            ? { ...entry, contentHash: '0'.repeat(32), etag: '0'.repeat(32) }
            : entry;
        }
      },
    };
    const result = await verifyBackup(engineOver({ backup: store }), { name: 'nightly', mode: 'Standard' });
    expect(result).toMatchObject({ outcome: 'Succeeded' });
    expect(result.message).toContain(`${made.objects.size} by reading it back`);
  });

  it('says of an unfinished backup that it is none yet', async () => {
    await putLedger('running');
    const verifying = verifyBackup(engineOver(), { name: 'running', mode: 'Standard' });
    await expect(verifying).rejects.toMatchObject({ reason: 'BackupUnreadable' });
  });
});

describe('delete', () => {
  it.each(['ours', 'tool'] as const)('removes a backup and nothing beside it: %s', async (kind) => {
    const made = await makeBackup(backup, 'backup', 'night', kind);
    const neighbour = await makeBackup(backup, 'backup', 'nightly', kind);
    const before = await keysOf(backup, neighbour.dir);
    const result = await deleteBackup(engineOver(), { name: 'night' });
    expect(result).toMatchObject({ outcome: 'Succeeded', path: made.dir });
    expect(result.size!.objects).toBeGreaterThan(made.objects.size);
    expect(await keysOf(backup, made.dir)).toEqual([]);
    expect(await keysOf(backup)).toEqual(before);
  });

  it('says first that it goes, then takes the meta, the data, and its own folder last', async () => {
    const { dir } = await makeBackup(backup, 'backup', 'nightly');
    const calls: string[] = [];
    const store = watched(
      backup,
      (call, key) => call !== 'get' && calls.push(`${call} ${key.slice(dir.length)}`),
    );
    await deleteBackup(engineOver({ backup: store }), { name: 'nightly' });
    const kinds = calls.map((call) => call.replace(/(meta|binlogs|milvusbackup\.dev)\/.*/, '$1'));
    expect(calls.slice(0, 2)).toEqual([`put ${ownFiles.deleting}`, `remove ${metaFiles.backup}`]);
    expect([...new Set(kinds)]).toEqual([
      'put milvusbackup.dev',
      'remove meta',
      'remove binlogs',
      'remove milvusbackup.dev',
    ]);
    expect(calls.at(-1)).toBe(`remove ${ownFiles.deleting}`);
  });

  it('goes on where it was killed, whenever that was', async () => {
    const { dir, objects } = await makeBackup(backup, 'backup', 'nightly');
    const states = new Set<string>();
    let deaths = 0;
    for (let step = 1; ; step += 7) {
      let calls = 0;
      const store = watched(backup, (call) => {
        if (call !== 'get' && ++calls === step) throw new OperatorError('Unreachable', 'killed');
      });
      const ended = await deleteBackup(engineOver({ backup: store }), { name: 'nightly' }).catch(
        () => undefined,
      );
      if (ended) break;
      deaths++;
      const [listed] = await collect(listBackups(engineOver()));
      states.add(`${listed?.state}`);
      if (deaths > 1) await expect(getBackup(engineOver(), 'nightly')).rejects.toThrow('is being deleted');
    }
    expect(deaths).toBeGreaterThan(3);
    expect(deaths).toBeLessThan(objects.size);
    expect([...states]).toEqual(['Complete', 'Deleting']);
    expect(await keysOf(backup, dir)).toEqual([]);
    expect(await deleteBackup(engineOver(), { name: 'nightly' })).toMatchObject({
      outcome: 'Succeeded',
      message: expect.stringContaining('nothing to delete'),
    });
  });

  it('with a run id removes a backup of that run only', async () => {
    await makeBackup(backup, 'backup', 'nightly');
    await makeBackup(backup, 'backup', 'tool', 'tool');
    await putLedger('running');
    await putLedger('later');
    const before = await keysOf(backup);
    for (const [name, runId, stays] of [
      ['nightly', 'run-2', 'the backup of run run-1 stays'],
      ['running', 'run-1', 'the backup of run run-9 stays'],
      ['tool', 'run-1', 'the backup of another tool stays'],
    ] as const) {
      const kept = await deleteBackup(engineOver(), { name, runId });
      expect(kept).toMatchObject({ outcome: 'Succeeded', runId, backupName: name });
      expect(kept.message).toContain(stays);
    }
    expect(await keysOf(backup)).toEqual(before);
    const gone = await deleteBackup(engineOver(), { name: 'nightly', runId: 'run-1' });
    expect(gone).toMatchObject({ outcome: 'Succeeded', runId: 'run-1', backupName: 'nightly' });
    await deleteBackup(engineOver(), { name: 'running', runId: 'run-9' });
    expect((await collect(listBackups(engineOver()))).map(({ name }) => name)).toEqual(['later', 'tool']);
  });

  it('asked for by another run, removes what the named one made, or the established tool', async () => {
    await makeBackup(backup, 'backup', 'nightly');
    await makeBackup(backup, 'backup', 'tool', 'tool');
    const before = await keysOf(backup);
    for (const [name, madeBy] of [
      ['nightly', 'run-2'],
      ['nightly', 'Nobody'],
      ['tool', 'run-1'],
    ] as const) {
      const kept = await deleteBackup(engineOver(), { name, runId: 'asking', madeBy });
      expect(kept).toMatchObject({ outcome: 'Succeeded', runId: 'asking' });
    }
    expect(await keysOf(backup)).toEqual(before);
    await deleteBackup(engineOver(), { name: 'nightly', runId: 'asking', madeBy: 'run-1' });
    await deleteBackup(engineOver(), { name: 'tool', runId: 'asking', madeBy: 'Nobody' });
    expect(await keysOf(backup)).toEqual([]);
  });

  it('with a run id goes on where it was killed, whenever that was', async () => {
    const { dir } = await makeBackup(backup, 'backup', 'nightly');
    const about = { name: 'nightly', runId: 'run-1' };
    for (let step = 1; ; step += 11) {
      let calls = 0;
      const store = watched(backup, (call) => {
        if (call !== 'get' && ++calls === step) throw new OperatorError('Unreachable', 'killed');
      });
      if (await deleteBackup(engineOver({ backup: store }), about).catch(() => undefined)) break;
    }
    expect(await keysOf(backup, dir)).toEqual([]);
  });

  it('with a run id leaves alone a manifest that names no run', async () => {
    const { dir } = await makeBackup(backup, 'backup', 'nightly');
    await backup.put(dir + ownFiles.manifest, Buffer.from('{}'));
    await expect(deleteBackup(engineOver(), { name: 'nightly', runId: 'run-1' })).rejects.toMatchObject({
      reason: 'BackupUnreadable',
      message: expect.stringContaining('does not say which run made the backup. Nothing was deleted'),
    });
  });

  it('fences an unfinished backup off before it removes it, and its uploads', async () => {
    await putLedger('running', { attempt: 4 });
    await backup.put('backup/running/binlogs/insert_log/1/2/3/3/0/1', randomBytes(10));
    const Key = 'backup/running/binlogs/insert_log/1/2/3/3/0/2';
    await minio.client.send(new CreateMultipartUploadCommand({ Bucket: backup.bucket, Key }));
    const fenced: string[] = [];
    const store = watched(backup, (call, key) => call === 'put' && fenced.push(key));
    const result = await deleteBackup(engineOver({ backup: store }), { name: 'running' });
    expect(result.outcome).toBe('Succeeded');
    expect(fenced).toEqual([`backup/running/${ownFiles.ledger}`, `backup/running/${ownFiles.deleting}`]);
    expect(await keysOf(backup)).toEqual([]);
    expect(await collect(backup.listUploads('backup/running/'))).toEqual([]);
  });

  it('stops the run whose unfinished backup it takes, before that commits', async () => {
    const open = {
      store: backup,
      key: `backup/running/${ownFiles.ledger}`,
      codec: backupLedgerCodec,
      clock: systemClock,
      replaces: undefined,
      signal: new AbortController().signal,
    };
    const held = await takeLedger(ledgerOf({ backupName: 'running' }), open);
    const store = watched(backup, (call, key) => {
      if (call === 'remove' && key === open.key) throw new OperatorError('Unreachable', 'killed');
    });
    const deleting = deleteBackup(engineOver({ backup: store }), { name: 'running' });
    await expect(deleting).rejects.toThrow('killed');
    await expect(held!.assertOwned()).rejects.toMatchObject({ reason: 'Fenced' });
    await deleteBackup(engineOver(), { name: 'running' });
    await expect(held!.update((ledger) => ledger)).rejects.toMatchObject({ reason: 'Fenced' });
    expect(await keysOf(backup)).toEqual([]);
  });

  it('does not end while somebody still writes there', async () => {
    await makeBackup(backup, 'backup', 'nightly');
    const key = 'backup/nightly/binlogs/insert_log/1/1/1/1/0/1';
    const store: ObjectStore = {
      ...backup,
      async remove(keys, signal) {
        const removed = await backup.remove(keys, signal);
        await backup.put(key, Buffer.from('again'));
        return removed;
      },
    };
    const deleting = deleteBackup(engineOver({ backup: store }), { name: 'nightly' });
    await expect(deleting).rejects.toMatchObject({
      reason: 'StoreError',
      message: expect.stringContaining('binlogs/'),
    });
    expect(await collect(listBackups(engineOver()))).toMatchObject([{ state: 'Deleting' }]);
  });

  it.each([
    ['nothing of a backup', { 'backup/foreign/notes.txt': 'x' }, 'foreign', {}, 'BackupUnreadable'],
    [
      'binlogs without meta',
      { 'backup/raw/binlogs/insert_log/1/2/3/3/0/1': 'x' },
      'raw',
      {},
      'BackupUnreadable',
    ],
    ['an illegal name', { 'backup/a-b/meta/full_meta.json': '{}' }, 'a-b', {}, 'InvalidConfiguration'],
    ['a way out', { 'secret/x': 'x' }, '../secret', {}, 'InvalidConfiguration'],
    [
      'the root path of Milvus',
      { 'files/meta/full_meta.json': '{}', 'files/insert_log/1/2/3/0/1': 'x' },
      'files',
      { 'backup.storage.rootPath': '', 'milvus.storage.bucketName': 'SAME' },
      'InvalidConfiguration',
    ],
    [
      'a folder below the root path of Milvus',
      { 'files/nightly/meta/full_meta.json': '{}' },
      'nightly',
      { 'backup.storage.rootPath': 'files', 'milvus.storage.bucketName': 'SAME' },
      'InvalidConfiguration',
    ],
  ])('refuses %s', async (_what, objects, name, sets, reason) => {
    for (const [key, text] of Object.entries(objects)) await backup.put(key, Buffer.from(text));
    const before = await keysOf(backup);
    const chosen = Object.fromEntries(
      Object.entries(sets).map(([key, value]) => [key, value === 'SAME' ? backup.bucket : value]),
    );
    await expect(deleteBackup(engineOver({}, chosen), { name })).rejects.toMatchObject({ reason });
    expect(await keysOf(backup)).toEqual(before);
  });
});

describe('cleanup', () => {
  const tickets = [
    { collectionId: 1n, ticket: 'one' },
    { collectionId: 2n, ticket: 'two' },
  ];

  function resuming(resumed: string[]): MilvusClient {
    return {
      resumeGC: async ({ ticket }: { ticket: string }) => void resumed.push(ticket),
    } as unknown as MilvusClient;
  }

  it('resumes garbage collection and leaves the unfinished backup to be continued', async () => {
    await putLedger('running', { gcTickets: tickets });
    await backup.put('backup/running/binlogs/insert_log/1/2/3/3/0/1', randomBytes(10));
    const resumed: string[] = [];
    const options = { runId: 'run-9', data: false };
    expect(await cleanupRun(engineOver({}, {}, resuming(resumed)), options)).toMatchObject({
      outcome: 'Succeeded',
    });
    expect(await cleanupRun(engineOver({}, {}, resuming(resumed)), options)).toMatchObject({
      outcome: 'Succeeded',
    });
    expect(resumed).toEqual(['one', 'two']);
    expect(await collect(listBackups(engineOver()))).toMatchObject([
      { name: 'running', state: 'Incomplete', id: 'run-9' },
    ]);
  });

  it('removes the unfinished backup of the run, found by name or without, and no other', async () => {
    await putLedger('one');
    await putLedger('two', { runId: 'run-8' });
    await putLedger('three');
    await makeBackup(backup, 'backup', 'done');
    const data = { runId: 'run-9', data: true };
    await cleanupRun(engineOver(), { ...data, name: 'two' });
    await cleanupRun(engineOver(), { ...data, name: 'done' });
    await cleanupRun(engineOver(), { ...data, name: 'none' });
    expect((await collect(listBackups(engineOver()))).map(({ name }) => name)).toEqual([
      'done',
      'one',
      'three',
      'two',
    ]);
    expect(await cleanupRun(engineOver(), { ...data, name: 'three' })).toMatchObject({ backupName: 'three' });
    expect(await cleanupRun(engineOver(), data)).toMatchObject({ backupName: 'one' });
    expect(await cleanupRun(engineOver(), data)).toMatchObject({
      message: 'run run-9 left nothing to clean up',
    });
    expect((await collect(listBackups(engineOver()))).map(({ name }) => name)).toEqual(['done', 'two']);
  });

  it('looks only into the bucket that the run can have touched', async () => {
    await putLedger('running');
    const untouched = { ...milvus, head: () => expect.fail('looked into the bucket of Milvus') };
    const data = { runId: 'run-9', name: 'running', data: true } as const;
    const engine = engineOver({ milvus: untouched });
    expect(await cleanupRun(engine, { ...data, of: 'Backup' })).toMatchObject({ backupName: 'running' });
    const blind = engineOver({ backup: { ...backup, list: () => expect.fail('looked into the backups') } });
    expect(await cleanupRun(blind, { ...data, of: 'Restore' })).toMatchObject({
      outcome: 'Succeeded',
      runId: 'run-9',
      backupName: 'running',
      message: 'run run-9 left nothing to clean up',
    });
  });

  it('says what it leaves', async () => {
    await putLedger('running');
    const store = watched(backup, (call) => {
      if (call === 'remove') throw new OperatorError('TargetReadOnly', 'refused');
    });
    const data = { runId: 'run-9', name: 'running', data: true };
    await expect(cleanupRun(engineOver({ backup: store }), data)).rejects.toMatchObject({
      reason: 'TargetReadOnly',
      message: expect.stringMatching(/^backup\/running\/ in .* is not cleaned up: refused$/),
    });
  });

  it('says which collections of a restore it leaves', async () => {
    const entry = { source: 'a.b', attempt: 1, imports: [], collectionId: 7n };
    const collections = ['b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) => ({
      ...entry,
      db: 'a',
      name,
      temporaryName: `mb_${name}`,
      state: name === 'b' ? ('done' as const) : ('importing' as const),
    }));
    const [none] = collections;
    const cases = [
      [{ collections: [none!] }, /^may be left: objects below milvusbackup\.dev\/restores\/run-9\/ in /],
      [{ collections: [none!], onFailure: 'RemoveCreated' }, /^may be left: collections a\.b, objects below/],
      [{ collections }, /^may be left: collections a\.mb_c, a\.mb_d, a\.mb_e, a\.mb_f, a\.mb_g and 1 more, /],
    ] as const;
    for (const [over, message] of cases) {
      await putRestoreLedger({ ...over, collections: [...over.collections] });
      const gone = { importTask: async () => undefined } as unknown as MilvusClient;
      const refuses = async (): Promise<never> => {
        throw new OperatorError('CredentialsRejected', 'no such user');
      };
      const client = { ...gone, listCollections: refuses, describeCollection: refuses };
      const options = { runId: 'run-9', data: false, of: 'Restore' } as const;
      await expect(cleanupRun(engineOver({}, {}, client), options)).rejects.toMatchObject({
        reason: 'CredentialsRejected',
        message: expect.stringMatching(message),
      });
    }
  });

  it('keeps a backup that was committed before its run ended', async () => {
    const made = await makeBackup(backup, 'backup', 'nightly');
    await putLedger('nightly');
    await cleanupRun(engineOver(), { runId: 'run-9', name: 'nightly', data: true });
    const result = await verifyBackup(engineOver(), { name: 'nightly', mode: 'Standard' });
    expect(result).toMatchObject({ outcome: 'Succeeded', manifestDigest: made.digest });
  });

  it('ends a removal of its own that was killed at the last object', async () => {
    await putLedger('running');
    const store = watched(backup, (call, key) => {
      if (call === 'remove' && key.endsWith(ownFiles.deleting))
        throw new OperatorError('Unreachable', 'killed');
    });
    const data = { runId: 'run-9', name: 'running', data: true };
    await expect(cleanupRun(engineOver({ backup: store }), data)).rejects.toThrow('killed');
    expect(await keysOf(backup)).toEqual([`backup/running/${ownFiles.deleting}`]);
    await cleanupRun(engineOver(), { ...data, runId: 'run-8' });
    expect(await keysOf(backup)).toHaveLength(1);
    await cleanupRun(engineOver(), data);
    expect(await keysOf(backup)).toEqual([]);
  });
});

describe('check', () => {
  const persistent: SegmentInfo = {
    id: 30n,
    collectionId: 10n,
    partitionId: 20n,
    rows: 100,
    state: 'Flushed',
    isL0: false,
    storageVersion: 0,
  };
  const log = 'insert_log/10/20/30/0/1';

  function milvusWith(
    segments: SegmentInfo[],
    pause: () => Promise<undefined> = async () => undefined,
  ): MilvusClient {
    const collection = { database: 'default', name: 'books', id: 10n, createdTimestamp: 0n };
    return {
      address: 'milvus:19530',
      server: { version: '2.3.5', features: {} },
      listDatabases: async () => ['default'],
      listCollections: async () => [collection],
      listSegments: async () => segments,
      pauseGC: pause,
    } as unknown as MilvusClient;
  }

  it('finds everything in order and leaves nothing behind', async () => {
    await milvus.put(`files/${log}`, randomBytes(100));
    await makeBackup(backup, 'backup', 'nightly');
    const before = await keysOf(backup);
    const written: string[] = [];
    const source = watched(milvus, (call, key) => call !== 'get' && written.push(key));
    const result = await checkAccess(engineOver({ milvus: source }, {}, milvusWith([persistent])));
    expect(result).toMatchObject({
      outcome: 'Succeeded',
      storageMatches: 'True',
      isWritable: true,
      milvusVersion: '2.3.5',
    });
    expect(result.lines.join('\n')).toMatch(/1 backups.*conditional writes honoured/);
    expect(result.warnings).toMatchObject([{ reason: 'GCPauseUnsupported' }]);
    expect(await keysOf(backup)).toEqual(before);
    expect(written).toEqual([]);
  });

  it('lets the store copy where one login sees both buckets', async () => {
    await milvus.put(`files/${log}`, randomBytes(100));
    const result = await checkAccess(engineOver({}, {}, milvusWith([persistent])));
    expect(result.lines.join('\n')).toContain('data are copied by the store itself');
    expect(await keysOf(backup)).toEqual([]);
  });

  it.each([
    ['the top of the bucket', log, '""'],
    ['another root path', `file/${log}`, '"file"'],
    ['a root path of two levels', `tenants/a/${log}`, '"tenants/a"'],
  ])('names the right root path: %s', async (_where, key, root) => {
    await milvus.put(key, randomBytes(10));
    await milvus.put(`backup/old/binlogs/insert_log/10/20/30/30/0/1`, randomBytes(10));
    const result = await checkAccess(engineOver({}, {}, milvusWith([persistent])));
    expect(result).toMatchObject({ outcome: 'Failed', reason: 'StorageMismatch', storageMatches: 'False' });
    expect(result.message).toContain(`They stand under the root path ${root}`);
    expect(result.lines.join('\n')).toContain('files/insert_log/10/20/30/');
  });

  it('says what stands there when it is another bucket altogether', async () => {
    await milvus.put('other/insert_log/1/2/3/0/1', randomBytes(10));
    const result = await checkAccess(engineOver({}, {}, milvusWith([persistent])));
    expect(result.message).toContain(
      'They are nowhere in this bucket: insert logs of other collections stand under "other"',
    );
  });

  it('cannot tell without persistent rows', async () => {
    const growing = { ...persistent, state: 'Growing' };
    const result = await checkAccess(engineOver({}, {}, milvusWith([growing, { ...persistent, rows: 0 }])));
    expect(result).toMatchObject({ outcome: 'Succeeded', storageMatches: 'Unknown' });
    expect(result.warnings).toContainEqual(expect.objectContaining({ reason: 'NoSegments' }));
  });

  it('goes by what Milvus still names when a segment was compacted away', async () => {
    await milvus.put(`files/insert_log/10/20/31/0/1`, randomBytes(10));
    const looks = [[persistent], [{ ...persistent, id: 31n }]];
    const client = {
      ...milvusWith([]),
      listSegments: async () => looks.shift() ?? [],
    } as unknown as MilvusClient;
    expect(await checkAccess(engineOver({}, {}, client))).toMatchObject({
      outcome: 'Succeeded',
      storageMatches: 'Unknown',
    });
  });

  it('knows a server that can pause by its refusal of a pause without a length', async () => {
    const refuses = async (): Promise<undefined> => {
      throw new OperatorError('MilvusError', 'HTTP 500: pause duration not valid');
    };
    const result = await checkAccess(engineOver({}, {}, milvusWith([], refuses)));
    expect(result.lines.join('\n')).toContain('GC pause:       supported');
    expect(result.warnings?.map(({ reason }) => reason)).toEqual(['NoSegments']);
  });

  it('of an instance alone does not look at backups', async () => {
    await milvus.put(`files/${log}`, randomBytes(100));
    const nothing = { check: () => expect.fail('looked at the backups') } as unknown as ObjectStore;
    const options = { only: 'Instance', readOnly: false } as const;
    const written: string[] = [];
    const source = watched(milvus, (call, key) => call !== 'get' && written.push(key));
    const engine = engineOver({ backup: nothing, milvus: source }, {}, milvusWith([persistent]));
    const result = await checkAccess(engine, options);
    expect(result).toMatchObject({
      outcome: 'Succeeded',
      storageMatches: 'True',
      milvusVersion: '2.3.5',
      message: 'Milvus 2.3.5 and its storage answer and belong together',
    });
    expect(result).not.toHaveProperty('isWritable');
    expect(written).toEqual([]);
    const lost = engineOver({ backup: nothing, milvus: minio.open('no-such-bucket') }, {}, milvusWith([]));
    expect(await checkAccess(lost, options)).toMatchObject({ outcome: 'Failed', reason: 'BucketNotFound' });
    const empty = engineOver({ backup: nothing }, {}, milvusWith([]));
    expect((await checkAccess(empty, options)).message).toContain('shows once Milvus has written a segment');
  });

  it('of a storage alone does not look at Milvus, and counts its backups', async () => {
    const made = await makeBackup(backup, 'backup', 'nightly');
    const tool = await makeBackup(backup, 'backup', 'tool', 'tool');
    const damaged = await makeBackup(backup, 'backup', 'damaged');
    await backup.put(damaged.dir + metaFiles.backup, Buffer.from('{'));
    await putLedger('running');
    const before = await keysOf(backup);
    const nothing = { check: () => expect.fail('looked at Milvus') } as unknown as ObjectStore;
    const result = await checkAccess(engineOver({ milvus: nothing }), { only: 'Storage', readOnly: false });
    expect(result).toMatchObject({
      outcome: 'Succeeded',
      isWritable: true,
      backups: { count: 3, bytes: made.header.size + tool.header.size },
      message: expect.stringMatching(/can be read and written; it holds 3 backups of \d+ bytes/),
    });
    expect(result.lines.join('\n')).toContain('3 backups and 1 unfinished; conditional writes honoured');
    expect(result).not.toHaveProperty('storageMatches');
    expect(await keysOf(backup)).toEqual(before);
  });

  it('of a storage that is only read writes nothing, not even a probe', async () => {
    const { header } = await makeBackup(backup, 'backup', 'nightly');
    await minio.allowAnonymous(backup.bucket, { bucket: ['s3:ListBucket'], objects: ['s3:GetObject'] });
    const anonymous = minio.open(backup.bucket, { credentials: async () => 'anonymous' });
    const written: string[] = [];
    const readOnly = watched(anonymous, (call, key) => call !== 'get' && written.push(key));
    const only = 'Storage' as const;
    const engine = engineOver({ backup: readOnly });
    const result = await checkAccess(engine, { only, readOnly: true });
    expect(result).toMatchObject({ outcome: 'Succeeded', backups: { count: 1, bytes: header.size } });
    expect(result.message).toContain('answers and can be read; it holds 1 backup of');
    expect(result).not.toHaveProperty('isWritable');
    expect(written).toEqual([]);
    expect(await checkAccess(engine, { only, readOnly: false })).toMatchObject({
      outcome: 'Failed',
      reason: 'TargetReadOnly',
      isWritable: false,
    });
  });

  it.each([
    ['a bucket that is not there', () => minio.open('no-such-bucket'), 'BucketNotFound'],
    [
      'keys that are wrong',
      () =>
        minio.open(backup.bucket, {
          credentials: async () => ({ accessKeyId: 'wrong', secretAccessKey: 'wrong' }),
        }),
      'CredentialsRejected',
    ],
  ])('of a storage tells %s', async (_, open, reason) => {
    const options = { only: 'Storage', readOnly: false } as const;
    expect(await checkAccess(engineOver({ backup: open() }), options)).toMatchObject({
      outcome: 'Failed',
      reason,
    });
  });

  it('says everything that is wrong at once', async () => {
    await minio.allowAnonymous(backup.bucket, { bucket: ['s3:ListBucket'], objects: ['s3:GetObject'] });
    const readOnly = minio.open(backup.bucket, { credentials: async () => 'anonymous' });
    const lost = minio.open('no-such-bucket');
    const result = await checkAccess(engineOver({ backup: readOnly, milvus: lost }, {}, milvusWith([])));
    expect(result).toMatchObject({ outcome: 'Failed', reason: 'BucketNotFound', isWritable: false });
    expect(result.message).toContain('(and 1 more)');
    expect(result.lines.filter((line) => line.includes('FAILED'))).toHaveLength(2);
  });

  it('does not even try a prefix that lies in the place of Milvus', async () => {
    const sets = { 'backup.storage.rootPath': 'files/backup', 'backup.storage.bucketName': milvus.bucket };
    const written: string[] = [];
    const store = watched(milvus, (call, key) => call !== 'get' && written.push(key));
    const result = await checkAccess(engineOver({ backup: store, milvus: store }, sets, milvusWith([])));
    expect(result).toMatchObject({ outcome: 'Failed', reason: 'InvalidConfiguration' });
    expect(written).toEqual([]);
  });
});
