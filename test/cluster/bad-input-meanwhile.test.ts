// SPDX-License-Identifier: Apache-2.0
// A collection that is dropped, recreated, renamed or given rows while a run is at work on it. What is in the backup
// afterwards is one consistent set, what is not is named; and a restore never shows or touches what it did not make.
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
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
const stays = { name: 'bad_stays', rows: 10 };
/** Done before the listing of the logs of a collection, by id, that is the first of a look at it. */
const atFirstLook = new Map<string, () => Promise<unknown>>();
const listings = new Map<string, number>();
let client: MilvusClient;
let proxy: HoldingProxy;

beforeAll(async () => {
  client = await connect(lab.milvus.source.address);
  await makeTiny(client, stays.name, { rows: stays.rows });
  proxy = await startHoldingProxy(lab.minio.endpoint, async (prefix) => {
    const [, id = ''] = new RegExp(`^${rootPath}/insert_log/(\\d+)/$`).exec(prefix) ?? [];
    const seen = listings.get(id) ?? 0;
    listings.set(id, seen + 1);
    // Every look lists twice, once before and once after: only what happens in between can make a difference.
    if (seen % 2 === 0) await atFirstLook.get(id)?.();
  });
});

afterAll(async () => {
  await proxy?.close();
  const listed = await client?.showCollections({});
  for (const { name } of listed?.data ?? []) {
    if (name === stays.name || name.startsWith('bad_while_')) {
      await client.dropCollection({ collection_name: name });
    }
  }
  await client?.closeConnection();
  await bench.close();
});

/** The collection that a test is about, of 40 rows. */
type Subject = { name: string; id: string; renamed: string };

async function makeSubject(what: string): Promise<Subject> {
  const name = `bad_while_${what}`;
  await makeTiny(client, name);
  return { name, id: await idOf(client, name), renamed: `${name}_renamed` };
}

type Happening = keyof typeof happenings;

const happenings = {
  dropped: ({ name }: Subject) => must(client.dropCollection({ collection_name: name })),
  async recreated(subject: Subject) {
    await happenings.dropped(subject);
    await makeTiny(client, subject.name, { rows: 7 });
  },
  renamed: ({ name, renamed }: Subject) =>
    must(client.renameCollection({ collection_name: name, new_collection_name: renamed })),
  async grown({ name }: Subject) {
    const from = await flushedRows(client, name);
    const ids = Array.from({ length: 10 }, (_, i) => from + i);
    await insertRows(client, name, ids);
    await must(client.flushSync({ collection_names: [name] }));
  },
};

/** The store of Milvus through the proxy, that of the backups without. */
function throughProxy() {
  return bench.document('source', ({ milvus, backup }) => {
    const { address, port } = milvus.storage;
    Object.assign(backup.storage, { address, port });
    Object.assign(milvus.storage, { address: proxy.address, port: proxy.port });
  });
}

function create(backup: string, { name }: Subject): string[] {
  return ['create', '-n', backup, '--include', name, '--include', stays.name];
}

type Moment = 'Flushing' | 'Copying' | 'between two looks';

/** A run that is stopped at a step, or held between two looks at the collection, while something happens. */
async function backUpWhile(
  moment: Moment,
  happening: Happening,
): Promise<{ told: Told; subject: Subject; backup: string }> {
  const backup = `${happening}_${moment.split(' ')[0]}`;
  const subject = await makeSubject(backup);
  const args = create(backup, subject);
  const act = (): Promise<unknown> => happenings[happening](subject);
  if (moment !== 'between two looks') {
    const at = { step: moment, collection: `default.${subject.name}` };
    const told = await actAt(at, act, { bench, document: bench.document(), args });
    return { told, subject, backup };
  }
  const { promise: acted, resolve } = Promise.withResolvers<void>();
  atFirstLook.set(subject.id, async () => {
    atFirstLook.delete(subject.id);
    await act();
    resolve();
  });
  const told = await bench.run(throughProxy(), args);
  expect(atFirstLook.has(subject.id), told.stdout + told.stderr).toBe(false);
  await acted;
  return { told, subject, backup };
}

/** Sorted by name: `bad_stays` comes first. */
async function collectionsOf(backup: string): Promise<{ name: string; rows: number }[]> {
  const key = `${bench.prefix}/${backup}/milvusbackup.dev/manifest.json`;
  const manifest = await bench.buckets.read(lab.minio.backupBucket, key);
  type Manifest = { collections: { name: string; rows: number }[] };
  const { collections } = JSON.parse(manifest.toString()) as Manifest;
  return collections.map(({ name, rows }) => ({ name, rows })).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

async function expectVerified(backup: string): Promise<void> {
  expectDone(await bench.run(bench.document(), ['verify', '-n', backup, '--mode', 'Checksum']));
}

function expectWarned({ events }: Told, text: string): void {
  const warnings = events.filter(({ event }) => event === 'warning').map(({ message }) => message);
  expect(warnings).toContainEqual(expect.stringContaining(text));
}

const early = ['Flushing', 'between two looks'] as const;

// Invariant: what is in the backup is one consistent set, and what is not is named.
describe('[FM-27] a collection that, while it is backed up, is', () => {
  it.concurrent.each(early)('dropped (%s)', async (moment) => {
    const { told, subject, backup } = await backUpWhile(moment, 'dropped');
    expectDone(told);
    expect(told.result).toMatchObject({ collections: { total: 2, succeeded: 1, dropped: 1 } });
    expectWarned(
      told,
      `${subject.name} (id ${subject.id}) was dropped while the backup ran; it is not in the`,
    );
    expect(await collectionsOf(backup)).toEqual([stays]);
    await expectVerified(backup);
  });

  it.concurrent('dropped (Copying): its files are still there', async () => {
    const { told, subject, backup } = await backUpWhile('Copying', 'dropped');
    expectDone(told);
    expect(await collectionsOf(backup)).toEqual([stays, { name: subject.name, rows: 40 }]);
    await expectVerified(backup);
  });

  it.concurrent.each(early)('recreated (%s)', async (moment) => {
    const { told, subject, backup } = await backUpWhile(moment, 'recreated');
    expectDone(told);
    expect(told.result).toMatchObject({ collections: { total: 2, succeeded: 1, dropped: 1 } });
    expectWarned(told, `(id ${subject.id}) was dropped while the backup ran`);
    expectWarned(told, 'A collection that took its name since is not either');
    expect(await collectionsOf(backup)).toEqual([stays]);
    await expectVerified(backup);
    expect(await idOf(client, subject.name)).not.toBe(subject.id);
    expect(await flushedRows(client, subject.name)).toBe(7);
  });

  it.concurrent.each(early)('renamed (%s)', async (moment) => {
    const { told, subject, backup } = await backUpWhile(moment, 'renamed');
    expectDone(told);
    expect(told.result).toMatchObject({ collections: { total: 2, succeeded: 2, dropped: 0 } });
    expectWarned(
      told,
      `default.${subject.name} was renamed to default.${subject.renamed} while the backup ran`,
    );
    expect(await collectionsOf(backup)).toEqual([stays, { name: subject.renamed, rows: 40 }]);
    await expectVerified(backup);
    expect(await idOf(client, subject.renamed)).toBe(subject.id);
  });

  it.concurrent('given rows once: they are in the backup, each once', async () => {
    const { told, subject, backup } = await backUpWhile('between two looks', 'grown');
    expectDone(told);
    expect(await collectionsOf(backup)).toEqual([stays, { name: subject.name, rows: 50 }]);
    await expectVerified(backup);
  });

  it.concurrent('given rows after it was planned: they are not in the backup', async () => {
    const { told, subject, backup } = await backUpWhile('Copying', 'grown');
    expectDone(told);
    expect(await collectionsOf(backup)).toEqual([stays, { name: subject.name, rows: 40 }]);
    await expectVerified(backup);
  });

  it.concurrent('given rows at every look: it is not backed up', async () => {
    const subject = await makeSubject('restless');
    atFirstLook.set(subject.id, () => happenings.grown(subject));
    const told = await bench.run(throughProxy(), create('restless', subject));
    expectRefused(told, {
      code: 1,
      reason: 'CollectionChanging',
      says: [
        `default.${subject.name}: none of 3 looks at it was consistent`,
        'segments or logs differ',
        `under ${rootPath}/insert_log/${subject.id}/ in s3://${bucket} at`,
        'Nothing of it is in the backup. Run again when compaction and writing have calmed down',
      ],
    });
    const keys = [...(await bench.backup('restless')).keys()];
    expect(keys.filter((key) => key.includes('/meta/') || key.includes(`/${subject.id}/`))).toEqual([]);
    expect(await flushedRows(client, subject.name)).toBe(70);
  });
});

describe('a restore during which', () => {
  it('its name is taken', async () => {
    const subject = await makeSubject('taken');
    expectDone(await bench.run(bench.document(), ['create', '-n', 'taken', '--include', subject.name]));
    const args = ['restore', '-n', 'taken', '-s', '_renamed'];
    const take = () => makeTiny(client, subject.renamed, { rows: 3 });
    const at = { step: 'Importing', collection: `default.${subject.renamed}` };
    const told = await actAt(at, take, { bench, document: bench.document(), args });
    expectRefused(told, {
      code: 3,
      reason: 'TargetNotEmpty',
      says: [`default.${subject.renamed}`, 'Removed: default.mb_'],
    });
    await expectOnlyLedger(bench, told, { client, bucket });
    expect(await flushedRows(client, subject.renamed)).toBe(3);
  });
});
