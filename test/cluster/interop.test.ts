// SPDX-License-Identifier: Apache-2.0
// Our backups and those of the established tool are interchangeable: each reads, shows, restores and deletes the
// other's, from and into a real Milvus, and both write the same keys, objects and numbers for the same collection.
import { MilvusClient } from '@zilliz/milvus2-sdk-node';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { parseJson, stringifyJson } from '../../src/format/json.ts';
import { isRecord } from '../../src/format/numeral.ts';
import { metaFiles, ownFolder } from '../../src/format/paths.ts';
import type { ObjectStore } from '../../src/store/contract.ts';
import { openS3Store } from '../../src/store/s3.ts';
import { connect, countRows, makeCollection, must, type SmallCollection } from '../support/collection.ts';
import { labConfig, openDesk, type Ended } from '../support/command.ts';
import { openTool, type EstablishedTool } from './interop-tool.ts';

const lab = inject('lab');
const prefix = `interop-${process.pid}`;
const name = `interop_${process.pid}`;
const desk = openDesk();
const restored: string[] = [];
let tool: EstablishedTool;
let store: ObjectStore;
let source: MilvusClient;
let target: MilvusClient;
let made: SmallCollection;

beforeAll(async () => {
  tool = await openTool(lab, prefix);
  store = openBackups();
  source = await connect(lab.milvus.source.address);
  target = await connect(lab.milvus.target.address);
  made = await makeCollection(source, name, 900);
  await must(source.createPartition({ collection_name: name, partition_name: 'second' }));
  await must(source.createAlias({ collection_name: name, alias: `${name}_alias` }));
});

afterAll(async () => {
  await source?.dropAlias({ alias: `${name}_alias` });
  for (const collection_name of [name, ...restored]) await source?.dropCollection({ collection_name });
  await target?.dropCollection({ collection_name: name });
  await source?.closeConnection();
  await target?.closeConnection();
  if (store) await store.remove(await keysBelow(''));
  store?.close();
  tool?.close();
  desk.close();
});

function openBackups(): ObjectStore {
  const { endpoint, backupBucket: bucket, accessKey: accessKeyId, secretKey: secretAccessKey } = lab.minio;
  const credentials = async (): Promise<{ accessKeyId: string; secretAccessKey: string }> => ({
    accessKeyId,
    secretAccessKey,
  });
  const tls = { enabled: false, insecureSkipVerify: false };
  const options = {
    provider: 'Minio',
    endpoint,
    bucket,
    addressing: 'Auto',
    tls,
    credentials,
    concurrency: 8,
  } as const;
  return openS3Store(options, systemClock);
}

async function keysBelow(dir: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const entry of store.list(`${prefix}/${dir}`)) if (entry.kind === 'object') keys.push(entry.key);
  return keys;
}

/** Our command, which must succeed. */
async function ours(which: 'source' | 'target', ...args: string[]): Promise<Ended> {
  const ended = await desk.run(desk.config(labConfig(lab, prefix, which)), args);
  expect(ended, `${args.join(' ')}: ${ended.stdout}\n${ended.stderr}`).toMatchObject({ code: 0 });
  return ended;
}

async function backUp(backup: string, by: 'tool' | 'ours'): Promise<void> {
  if (by === 'tool') await tool.run('create', '-n', backup, '--filter', `default.${name}`);
  else await ours('source', 'create', '-n', backup, '--filter', `default.${name}`);
}

/** Every row with every field, in the order of the keys. */
async function rowsOf(client: MilvusClient, collection_name: string): Promise<string[]> {
  await must(client.loadCollectionSync({ collection_name }));
  const { data } = await client.query({
    collection_name,
    filter: 'id >= 0',
    output_fields: ['id', 'v', 's', 'extra'],
    limit: 10_000,
    consistency_level: 'Strong' as never,
  });
  await must(client.releaseCollection({ collection_name }));
  const byId = data.toSorted((one, other) => Number(one['id']) - Number(other['id']));
  return byId.map(({ id, v, s, extra }) => JSON.stringify([id, v, s, extra]));
}

describe('a backup of the established tool', () => {
  beforeAll(() => backUp('by_tool', 'tool'));

  it('is listed, told byte for byte as the tool tells it, and verified', async () => {
    expect((await ours('source', 'list')).stdout.split('\n')).toContain('by_tool');
    expect((await ours('source', 'get', '-n', 'by_tool')).stdout).toBe(
      await tool.run('get', '-n', 'by_tool'),
    );
    for (const mode of ['Standard', 'Checksum'])
      await ours('source', 'verify', '-n', 'by_tool', '--mode', mode);
  });

  it('is restored by us with every row, beside its origin and into another Milvus', async () => {
    await ours('source', 'restore', '-n', 'by_tool', '-s', '_ours');
    restored.push(`${name}_ours`);
    await ours('target', 'restore', '-n', 'by_tool');
    const rows = await rowsOf(source, name);
    expect(rows).toHaveLength(made.rows);
    expect(await rowsOf(source, `${name}_ours`)).toEqual(rows);
    expect(await countRows(source, `${name}_ours`)).toBe(made.rows);
    expect(await rowsOf(target, name)).toEqual(rows);
    expect(await countRows(target, name)).toBe(made.rows);
  });

  it('is deleted by us', async () => {
    await ours('source', 'delete', '-n', 'by_tool');
    expect(await keysBelow('by_tool/')).toEqual([]);
    expect(await tool.run('list')).not.toContain('by_tool');
  });
});

describe('a backup of ours', () => {
  beforeAll(() => backUp('by_us', 'ours'));

  it('is listed and told by the tool as we tell it', async () => {
    expect((await tool.run('list')).split('\n')).toContain('by_us');
    expect(await tool.run('get', '-n', 'by_us')).toBe((await ours('source', 'get', '-n', 'by_us')).stdout);
  });

  it('is restored by the tool with every row', async () => {
    await tool.run('restore', '-n', 'by_us', '-s', '_bak', '--rebuild_index');
    restored.push(`${name}_bak`);
    expect(await countRows(source, `${name}_bak`)).toBe(made.rows);
    expect(await rowsOf(source, `${name}_bak`)).toEqual(await rowsOf(source, name));
  });

  it('is deleted by the tool, with what is ours in it', async () => {
    await ours('source', 'verify', '-n', 'by_us', '--mode', 'Checksum');
    await tool.run('delete', '-n', 'by_us');
    expect(await keysBelow('by_us/')).toEqual([]);
    expect((await ours('source', 'list')).stdout).not.toContain('by_us');
  });
});

describe('both backups of one collection', () => {
  const documents = Object.values(metaFiles);

  /** Compaction may come between the two: then once more. */
  beforeAll(async () => {
    for (let attempt = 0; attempt < 5; attempt++) {
      await backUp(`shape_${attempt}_tool`, 'tool');
      await backUp(`shape_${attempt}_ours`, 'ours');
      pair = [`shape_${attempt}_tool/`, `shape_${attempt}_ours/`];
      const [one, other] = await Promise.all(pair.map(segmentsIn));
      if (one === other) return;
    }
    throw new Error('the collection was compacted between each two backups');
  });

  let pair: [string, string];

  async function segmentsIn(dir: string): Promise<string> {
    const keys = await keysBelow(`${dir}binlogs/`);
    return [...new Set(keys.map((key) => key.split('/').slice(3, 8).join('/')))].join(' ');
  }

  async function textOf(key: string): Promise<string> {
    const found = await store.get(`${prefix}/${key}`);
    const chunks: Buffer[] = [];
    for await (const chunk of found!.body) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString('utf8');
  }

  it('hold the same objects under the same paths, and of ours a folder more', async () => {
    const [theirs, own] = await Promise.all(
      pair.map(async (dir) => (await keysBelow(dir)).map((key) => key.slice(prefix.length + 1 + dir.length))),
    );
    expect(own!.filter((key) => !key.startsWith(ownFolder))).toEqual(theirs);
    expect(own!.some((key) => key.startsWith(ownFolder))).toBe(true);
    for (const key of theirs!.filter((path) => path.startsWith('binlogs/'))) {
      const [one, other] = await Promise.all(pair.map((dir) => store.head(`${prefix}/${dir}${key}`)));
      expect(other).toMatchObject({ size: one!.size, contentHash: one!.contentHash });
    }
  });

  it.each(documents)('write %s alike: keys, their order, numbers, texts', async (path) => {
    const [theirs, own] = await Promise.all(pair.map((dir) => textOf(dir + path)));
    expect(stringifyJson(comparable(parseJson(own!, path)))).toBe(
      stringifyJson(comparable(parseJson(theirs!, path))),
    );
    // Ids as bare numbers of 18 digits, neither quoted nor rounded.
    if (path !== metaFiles.backup) expect(own).toMatch(/"collection_id":\d{18}[,}]/);
    expect(own).not.toMatch(/"[a-z_]*id":"\d+"/i);
  });

  /** What differs between any two backups; the tool writes segments and fields in no order. */
  function comparable(value: unknown): unknown {
    if (Array.isArray(value)) {
      const members = value.map(comparable);
      const isUnordered = members.some((one) => isRecord(one) && ('segment_id' in one || 'binlogs' in one));
      return isUnordered ? members.toSorted(byText) : members;
    }
    if (!isRecord(value)) return value;
    const own = ['id', 'name', 'backup_physical_timestamp', 'backup_timestamp', 'channel_checkpoints'];
    const isBackup = 'milvus_version' in value;
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => {
        const differs = own.includes(key) && (key !== 'name' || isBackup);
        return [key, differs && !Array.isArray(member) ? typeof member : comparable(member)];
      }),
    );
  }

  function byText(one: unknown, other: unknown): number {
    return stringifyJson(one) < stringifyJson(other) ? -1 : 1;
  }
});
