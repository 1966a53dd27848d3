// SPDX-License-Identifier: Apache-2.0
// Failure mode 29, `existing: Drop`: a restore that takes the place of what stands there, stopped between any two calls.
// Invariant: at every moment the old collection or the new one is whole under a name that is told; the old one goes only
// by its id; aliases never dangle; and in the end one of the two stands under the name and nothing of the run is left.
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { digestOfDrops } from '../../src/contract/drops.ts';
import { cleanupRestore } from '../../src/engine/restore/cleanup.ts';
import { asideName } from '../../src/format/names.ts';
import { connect, countRows, makeCollection, must, type SmallCollection } from '../support/collection.ts';
import { labConfig, openDesk } from '../support/command.ts';
import { openBench, type Bench, type Fault } from '../support/restore-bench.ts';

const lab = inject('lab');
const prefix = `restore_drop_${process.pid}`;
const desk = openDesk();
let made: SmallCollection;
let bench: Bench;
let source: MilvusClient;
let target: MilvusClient;

beforeAll(async () => {
  source = await connect(lab.milvus.source.address);
  target = await connect(lab.milvus.target.address);
  made = await makeCollection(source, prefix, 200, 1);
  const create = ['create', '-n', 'drop', '--include', made.name];
  const backup = await desk.run(desk.config(labConfig(lab, prefix)), create);
  expect(backup.code, backup.stderr).toBe(0);
  bench = openBench(labConfig(lab, prefix, 'target'), 'drop');
});

afterAll(async () => {
  for (const { name } of (await target.showCollections()).data) {
    if (name.startsWith(prefix)) await remove(name);
  }
  await source.dropCollection({ collection_name: prefix });
  await source.closeConnection();
  await target.closeConnection();
  await bench.wired.close();
  desk.close();
});

/** On a 2.3.5 an alias outlives its collection, and is in the way of the next that is called so. */
async function remove(name: string): Promise<void> {
  await target.dropAlias({ alias: aliasOf(name) });
  await target.dropCollection({ collection_name: name });
}

function aliasOf(name: string): string {
  return `${name}_alias`;
}

let runs = 0;

type Run = { runId: string; suffix: string; name: string; oldId: string; oldRows: number };

/** A run of its own, and under the name it will restore to an older collection with an alias. */
async function newRun(): Promise<Run> {
  const number = String(++runs).padStart(2, '0');
  const runId = `${String(process.pid % 100_000).padStart(5, '0')}d${number}-restore`;
  const name = `${prefix}_${number}`;
  const { rows: oldRows } = await makeCollection(target, name, 30, 1);
  await must(target.createAlias({ collection_name: name, alias: aliasOf(name) }));
  return { runId, suffix: `_${number}`, name, oldId: await idOf(name), oldRows };
}

async function idOf(name: string): Promise<string> {
  return (await must(target.describeCollection({ collection_name: name }))).collectionID;
}

function options({ runId, suffix }: Run) {
  const rename = { databases: {}, collections: {}, suffix };
  return { run: { runId, attempt: 'next' as const, resume: false }, rename, existing: 'Drop' as const };
}

async function ownNames({ runId }: Run): Promise<string[]> {
  const { data } = await must(target.showCollections());
  const own = asideName(runId, '', '').slice(0, 'mb_12345678'.length);
  return data.map(({ name }) => name).filter((name) => name.startsWith(own));
}

/** One of the two stands under the name, the alias names it, and nothing else of the run is left. */
async function expectStanding(run: Run, which: 'old' | 'new'): Promise<void> {
  expect(await ownNames(run)).toEqual([]);
  expect((await idOf(run.name)) === run.oldId ? 'old' : 'new').toBe(which);
  expect(await idOf(aliasOf(run.name))).toBe(await idOf(run.name));
  expect(await countRows(target, run.name)).toBe(which === 'old' ? run.oldRows : made.rows);
}

const before = (call: Fault['call'], nth = 1): Fault => ({ call, at: 'before', nth });
const after = (call: Fault['call'], nth = 1): Fault => ({ call, at: 'after', nth });

/** Every call that changes something in Milvus, and what stands under the name when the run is given up there. */
const deaths: [string, Fault, 'old' | 'new'][] = [
  ['after CreateCollection', after('createCollection'), 'old'],
  ['after Import', after('importFiles'), 'old'],
  ['before the count', before('countRows'), 'old'],
  ['before the old one is moved aside', before('renameCollection'), 'old'],
  ['after the old one was moved aside', after('renameCollection'), 'old'],
  ['before the new one takes the name', before('renameCollection', 2), 'old'],
  ['after the new one took the name', after('renameCollection', 2), 'new'],
  ['before the alias follows', before('alterAlias'), 'new'],
  ['after the alias followed', after('alterAlias'), 'new'],
  ['before the old one is dropped', before('dropCollection'), 'new'],
  ['after the old one was dropped', after('dropCollection'), 'new'],
];

const lost: [string, Fault][] = [
  ['to the first rename, which was carried out', { call: 'renameCollection', at: 'lost' }],
  ['to the first rename, which was not', { call: 'renameCollection', at: 'never' }],
  ['to the second rename, which was carried out', { call: 'renameCollection', at: 'lost', nth: 2 }],
  ['to the second rename, which was not', { call: 'renameCollection', at: 'never', nth: 2 }],
  ['to the drop, which was carried out', { call: 'dropCollection', at: 'lost' }],
  ['to the drop, which was not', { call: 'dropCollection', at: 'never' }],
];

/** Each takes half a minute: the worst moment in every run of the suite, the rest in the slow one. */
const isRest = process.env['KILLED_STEPS'] === 'rest';
const always = 'after the old one was moved aside';
const dying = deaths.filter(([where]) => (where === always) !== isRest);

describe('[FM-29] existing Drop', () => {
  it('takes the place, and the alias comes along', async () => {
    const run = await newRun();
    const digest = digestOfDrops([{ name: `default.${run.name}`, id: run.oldId }]);
    const plan = await bench.restore({ ...options(run), dryRun: true });
    expect(plan).toMatchObject({ dryRun: true, drops: digest });
    expect(await idOf(run.name)).toBe(run.oldId);
    const result = await bench.restore({ ...options(run), confirmedDrops: digest.sha256 });
    expect(result).toMatchObject({ outcome: 'Succeeded', rows: { live: made.rows } });
    await expectStanding(run, 'new');
  });

  it.each(dying)('killed %s is ended by the next attempt', async (_where, fault) => {
    const run = await newRun();
    const { sha256 } = digestOfDrops([{ name: `default.${run.name}`, id: run.oldId }]);
    expect(await bench.restore({ ...options(run), confirmedDrops: sha256 }, fault)).toBe('dead');
    const next = await bench.restore({ ...options(run), confirmedDrops: sha256 });
    expect(next).toMatchObject({ outcome: 'Succeeded', attempt: 2 });
    await expectStanding(run, 'new');
  });

  it.each(dying)('killed %s and canceled loses nothing', async (_where, fault, which) => {
    const run = await newRun();
    expect(await bench.restore(options(run), fault)).toBe('dead');
    await cleanupRestore(bench.wired.engine, run.runId);
    await expectStanding(run, which);
    await cleanupRestore(bench.wired.engine, run.runId);
    await expectStanding(run, which);
  });

  it.each(isRest ? lost : [])('bears a lost answer %s', async (_which, fault) => {
    const run = await newRun();
    expect(await bench.restore(options(run), fault)).toMatchObject({ outcome: 'Succeeded' });
    await expectStanding(run, 'new');
  });
});

/** Somebody drops what stands there and makes another, while nobody looks. */
async function makeAnother(run: Run): Promise<string> {
  await remove(run.name);
  await makeCollection(target, run.name, 40, 1);
  return idOf(run.name);
}

describe('[FM-29] existing Drop, and somebody makes another collection of that name', () => {
  it('before the restore begins: what was confirmed is not this one', async () => {
    const run = await newRun();
    const { sha256 } = digestOfDrops([{ name: `default.${run.name}`, id: run.oldId }]);
    const other = await makeAnother(run);
    const refused = bench.restore({ ...options(run), confirmedDrops: sha256 });
    await expect(refused).rejects.toMatchObject({
      reason: 'TargetNotEmpty',
      message: expect.stringContaining(`default.${run.name} (id ${other}) would be dropped`),
    });
    expect(await countRows(target, run.name)).toBe(36);
  });

  it('between two attempts: kept, and what was made so far waits for another confirmation', async () => {
    const run = await newRun();
    const of = (id: string) => digestOfDrops([{ name: `default.${run.name}`, id }]).sha256;
    const first = { ...options(run), confirmedDrops: of(run.oldId) };
    expect(await bench.restore(first, before('renameCollection'))).toBe('dead');
    const other = await makeAnother(run);
    await expect(bench.restore(first)).rejects.toMatchObject({ reason: 'TargetNotEmpty' });
    expect(await ownNames(run)).toHaveLength(1);
    expect(await bench.restore({ ...options(run), dryRun: true })).toMatchObject({
      drops: digestOfDrops([{ name: `default.${run.name}`, id: other }]),
    });
    const confirmed = await bench.restore({ ...options(run), confirmedDrops: of(other) });
    expect(confirmed).toMatchObject({ outcome: 'Succeeded' });
    expect(await ownNames(run)).toEqual([]);
    expect(await countRows(target, run.name)).toBe(made.rows);
  });

  it('between the plan and the swap: left alone', async () => {
    const run = await newRun();
    let other: Promise<string> | undefined;
    const refused = await bench.restore(options(run), undefined, (step) => {
      if (step === 'Importing') other ??= makeAnother(run);
    });
    expect(refused).toMatchObject({ outcome: 'Failed', reason: 'TargetNotEmpty' });
    expect(await idOf(run.name)).toBe(await other);
    expect(await countRows(target, run.name)).toBe(36);
    expect(await ownNames(run)).toEqual([]);
  });

  it('while the old one stands aside: both are left whole, and the old one is named', async () => {
    const run = await newRun();
    expect(await bench.restore(options(run), before('renameCollection', 2))).toBe('dead');
    await makeCollection(target, run.name, 40, 1);
    const aside = asideName(run.runId, 'default', run.name);
    await expect(cleanupRestore(bench.wired.engine, run.runId)).rejects.toMatchObject({
      reason: 'TargetNotEmpty',
      message: expect.stringContaining(
        `collection ${run.oldId} that stood there is whole, under the name default.${aside}`,
      ),
    });
    expect(await ownNames(run)).toEqual([aside]);
    expect(await countRows(target, aside)).toBe(run.oldRows);
    await target.dropCollection({ collection_name: run.name });
    await cleanupRestore(bench.wired.engine, run.runId);
    await expectStanding(run, 'old');
  });

  it('which is only an alias: it is never replaced', async () => {
    const run = await newRun();
    const taken = {
      ...options(run),
      rename: { databases: {}, collections: {}, suffix: `${run.suffix}_alias` },
    };
    await expect(bench.restore(taken)).rejects.toMatchObject({ reason: 'TargetNotEmpty' });
    await expectStanding(run, 'old');
  });
});

describe('[FM-29] a restore into what holds the data', () => {
  it('says TargetNotEmpty when it is made again, and changes nothing', async () => {
    const run = await newRun();
    expect(await bench.restore(options(run))).toMatchObject({ outcome: 'Succeeded' });
    const id = await idOf(run.name);
    const again = { ...options(run), existing: 'Fail' as const };
    const other = { ...again, run: { ...again.run, runId: `${run.runId}-again` } };
    await expect(bench.restore(other)).rejects.toMatchObject({ reason: 'TargetNotEmpty' });
    expect(await idOf(run.name)).toBe(id);
  });
});
