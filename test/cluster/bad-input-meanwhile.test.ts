// SPDX-License-Identifier: Apache-2.0
// A collection that is dropped, recreated, renamed or given rows while a run is at work on it. What is in the backup
// afterwards is one consistent set, what is not is named; and a restore never shows or touches what it did not make.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import { connect, insertRows, must } from '../support/collection.ts';
import {
  expectDone,
  expectOnlyLedger,
  expectRefused,
  flushedRows,
  idOf,
  makeTiny,
  openBench,
  type Told,
} from '../support/bad-bench.ts';
import { actAt, startHoldingProxy, type HoldingProxy } from '../support/bad-moment.ts';

const lab = inject('lab');
const bench = openBench(lab, 'meanwhile');
const { bucket, rootPath } = lab.milvus.source;
const [name, renamed] = ['bad_meanwhile', 'bad_meanwhile_renamed'];
let client: MilvusClient;
let proxy: HoldingProxy;
let id: string;
/** Done before the listing of the collection's logs that is the first of a look at it. */
let atFirstLook: () => Promise<unknown>;
let listings: number;

beforeAll(async () => {
  client = await connect(lab.milvus.source.address);
  await makeTiny(client, 'bad_stays', { rows: 10 });
  proxy = await startHoldingProxy(lab.minio.endpoint, async (prefix) => {
    // Every look lists twice, once before and once after: only what happens in between can make a difference.
    if (prefix === `${rootPath}/insert_log/${id}/` && listings++ % 2 === 0) await atFirstLook();
  });
});

afterAll(async () => {
  await proxy?.close();
  for (const one of ['bad_stays', name, renamed]) await client?.dropCollection({ collection_name: one });
  await client?.closeConnection();
  await bench.close();
});

beforeEach(async () => {
  await makeTiny(client, name);
  id = await idOf(client, name);
  atFirstLook = async () => {};
  listings = 0;
});

afterEach(() => client.dropCollection({ collection_name: renamed }));

const drop = () => must(client.dropCollection({ collection_name: name }));
const recreate = async () => {
  await drop();
  await makeTiny(client, name, { rows: 7 });
};
const rename = () => must(client.renameCollection({ collection_name: name, new_collection_name: renamed }));
const addRows = async (from = 100) => {
  await insertRows(
    client,
    name,
    Array.from({ length: 10 }, (_, i) => from + i),
  );
  await must(client.flushSync({ collection_names: [name] }));
};

/** Milvus's own store through the proxy, the backups' without. */
function throughProxy() {
  return bench.document('source', ({ milvus, backup }) => {
    const { address, port } = milvus.storage;
    Object.assign(backup.storage, { address, port });
    Object.assign(milvus.storage, { address: proxy.address, port: proxy.port });
  });
}

const create = (backup: string): string[] => [
  'create',
  '-n',
  backup,
  '--include',
  name,
  '--include',
  'bad_stays',
];

/** A run that is stopped at a step, or held between its two looks at the collection, while something happens. */
async function backUpWhile(
  moment: 'Flushing' | 'Copying' | 'between looks',
  backup: string,
  action: () => Promise<unknown>,
): Promise<Told> {
  if (moment !== 'between looks') {
    return actAt(moment, action, { bench, document: bench.document(), args: create(backup) });
  }
  let acted = 0;
  atFirstLook = async () => {
    if (acted++ === 0) await action();
  };
  const told = await bench.run(throughProxy(), create(backup));
  expect(acted, 'the moment came').toBeGreaterThan(0);
  return told;
}

async function collectionsOf(backup: string): Promise<{ name: string; rows: number }[]> {
  const manifest = await bench.buckets.read(
    lab.minio.backupBucket,
    `${bench.prefix}/${backup}/milvusbackup.dev/manifest.json`,
  );
  type Manifest = { collections: { name: string; rows: number }[] };
  const { collections } = JSON.parse(manifest.toString()) as Manifest;
  return collections.map(({ name, rows }) => ({ name, rows })).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

async function expectVerified(backup: string): Promise<void> {
  expectDone(await bench.run(bench.document(), ['verify', '-n', backup, '--mode', 'Checksum']));
}

const stays = { name: 'bad_stays', rows: 10 };
const warnings = ({ events }: Told): string[] =>
  events.filter(({ event }) => event === 'warning').map(({ message }) => String(message));

describe('a collection that, while it is backed up, is', () => {
  it.each(['Flushing', 'between looks'] as const)('dropped (%s)', async (moment) => {
    const backup = `dropped_${moment.slice(0, 4)}`;
    const told = await backUpWhile(moment, backup, drop);
    expectDone(told);
    expect(told.result).toMatchObject({ collections: { total: 2, succeeded: 1, dropped: 1 } });
    expect(warnings(told)).toContainEqual(
      expect.stringContaining(`default.${name} (id ${id}) was dropped while the backup ran; it is not in`),
    );
    expect(await collectionsOf(backup)).toEqual([stays]);
    await expectVerified(backup);
  });

  it('dropped (Copying): its files are still there', async () => {
    const told = await backUpWhile('Copying', 'dropped_late', drop);
    expectDone(told);
    expect(await collectionsOf('dropped_late')).toEqual([{ name, rows: 40 }, stays]);
    await expectVerified('dropped_late');
  });

  it.each(['Flushing', 'between looks'] as const)('recreated (%s)', async (moment) => {
    const backup = `recreated_${moment.slice(0, 4)}`;
    const told = await backUpWhile(moment, backup, recreate);
    expectDone(told);
    expect(told.result).toMatchObject({ collections: { total: 2, succeeded: 1, dropped: 1 } });
    expect(warnings(told)).toContainEqual(
      expect.stringContaining(`(id ${id}) was dropped while the backup ran; it is not in the backup. A`),
    );
    expect(await collectionsOf(backup)).toEqual([stays]);
    await expectVerified(backup);
    expect(await idOf(client, name)).not.toBe(id);
  });

  it.each(['Flushing', 'between looks'] as const)('renamed (%s)', async (moment) => {
    const backup = `renamed_${moment.slice(0, 4)}`;
    const told = await backUpWhile(moment, backup, rename);
    expectDone(told);
    expect(told.result).toMatchObject({ collections: { total: 2, succeeded: 2, dropped: 0 } });
    expect(warnings(told)).toContainEqual(
      expect.stringContaining(`default.${name} was renamed to default.${renamed} while the backup ran`),
    );
    expect(await collectionsOf(backup)).toEqual([{ name: renamed, rows: 40 }, stays]);
    await expectVerified(backup);
    expect(await idOf(client, renamed)).toBe(id);
  });

  it('given rows once: they are in the backup, each once', async () => {
    const told = await backUpWhile('between looks', 'grown', addRows);
    expectDone(told);
    expect(await collectionsOf('grown')).toEqual([{ name, rows: 50 }, stays]);
    await expectVerified('grown');
  });

  it('given rows after it was planned: they are not in the backup', async () => {
    const told = await backUpWhile('Copying', 'grown_late', addRows);
    expectDone(told);
    expect(await collectionsOf('grown_late')).toEqual([{ name, rows: 40 }, stays]);
    await expectVerified('grown_late');
  });

  it('given rows at every look: it is not backed up', async () => {
    let from = 100;
    atFirstLook = () => addRows((from += 10));
    const told = await bench.run(throughProxy(), create('restless'));
    expectRefused(told, {
      code: 1,
      reason: 'CollectionChanging',
      says: [
        `default.${name}: none of 3 looks at it was consistent`,
        'segments or logs differ',
        `under ${rootPath}/insert_log/${id}/ in s3://${bucket} at`,
        'Nothing of it is in the backup. Run again when compaction and writing have calmed down',
      ],
    });
    const keys = [...(await bench.backup('restless')).keys()];
    expect(keys.filter((key) => key.includes('/meta/') || key.includes(`/${id}/`))).toEqual([]);
    expect(await flushedRows(client, name)).toBe(70);
  });
});

describe('a restore during which', () => {
  it('its name is taken', async () => {
    expectDone(await bench.run(bench.document(), ['create', '-n', 'source', '--include', name]));
    const take = () => makeTiny(client, renamed, { rows: 3 });
    const args = ['restore', '-n', 'source', '-r', `${name}:${renamed}`];
    const told = await actAt('Importing', take, { bench, document: bench.document(), args });
    expectRefused(told, {
      code: 3,
      reason: 'TargetNotEmpty',
      says: [`default.${renamed}`, 'Removed: default.mb_'],
    });
    await expectOnlyLedger(bench, told, { client, bucket });
    expect(await flushedRows(client, renamed)).toBe(3);
  });
});
