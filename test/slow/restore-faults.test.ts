// SPDX-License-Identifier: Apache-2.0
// A restore whose calls fail between the lines: each group of segments is imported exactly once into what is shown, and
// nothing under a temporary name is left.
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import type { Result } from '../../src/contract/result.ts';
import { cleanupRestore } from '../../src/engine/restore/cleanup.ts';
import { restoreKeys } from '../../src/format/paths.ts';
import { connect, countRows, makeCollection, must, type SmallCollection } from '../support/collection.ts';
import { labConfig, openDesk } from '../support/command.ts';
import { openBench, type Bench, type Fault } from '../support/restore-bench.ts';

const lab = inject('lab');
const prefix = `restore_faults_${process.pid}`;
const desk = openDesk();
let made: SmallCollection;
let bench: Bench;
let source: MilvusClient;
let target: MilvusClient;

beforeAll(async () => {
  source = await connect(lab.milvus.source.address);
  target = await connect(lab.milvus.target.address);
  // Two shards, so two segments: each import takes a 2.3.5 three seconds.
  made = await makeCollection(source, prefix, 600, 1);
  const create = ['create', '-n', 'faults', '--include', made.name];
  const backup = await desk.run(desk.config(labConfig(lab, prefix)), create);
  expect(backup.code, backup.stderr).toBe(0);
  bench = openBench(labConfig(lab, prefix, 'target'), 'faults');
});

afterAll(async () => {
  const left = await target.showCollections();
  for (const { name } of left.data) {
    if (name.startsWith(prefix)) await target.dropCollection({ collection_name: name });
  }
  await source.dropCollection({ collection_name: prefix });
  await source.closeConnection();
  await target.closeConnection();
  await bench.wired.close();
  desk.close();
});

let runs = 0;

/** A run of its own: its id begins with eight characters that no other has, and its suffix names it. */
function newRun(): { runId: string; suffix: string; name: string } {
  const number = String(++runs).padStart(2, '0');
  const runId = `${String(process.pid % 100_000).padStart(5, '0')}f${number}-restore`;
  return { runId, suffix: `_${number}`, name: `${prefix}_${number}` };
}

function options(run: ReturnType<typeof newRun>) {
  const identity = { runId: run.runId, attempt: 'next' as const, resume: false };
  return { run: identity, rename: { databases: {}, collections: {}, suffix: run.suffix } };
}

async function expectWhole(run: ReturnType<typeof newRun>, result: Result | 'dead'): Promise<void> {
  expect(result).toMatchObject({ outcome: 'Succeeded', rows: { imported: made.rows, live: made.rows } });
  expect(await countRows(target, run.name)).toBe(made.rows);
  await expectNothingLeft(run);
  const { collectionID } = await must(target.describeCollection({ collection_name: run.name }));
  const { tasks } = await must(target.listImportTasks({ collection_name: run.name, limit: 1000 }));
  const groups = tasks
    .filter((t) => String(t.collection_id) === collectionID)
    .map((t) => t.infos.find((i) => i.key === 'files')?.value);
  expect(new Set(groups).size, 'one import per segment group').toBe(groups.length);
  expect(groups.length).toBeGreaterThan(0);
}

async function expectNothingLeft(run: ReturnType<typeof newRun>): Promise<void> {
  const { data } = await target.showCollections();
  expect(data.map((c) => c.name).filter((n) => n.startsWith(`mb_${run.runId.slice(0, 8)}`))).toEqual([]);
  const staged: string[] = [];
  const { stage } = restoreKeys(run.runId);
  for await (const entry of bench.wired.engine.milvusStore().list(stage)) staged.push(JSON.stringify(entry));
  expect(staged).toEqual([]);
}

describe('an answer that does not come', () => {
  it.each<[string, Fault]>([
    ['to CreateCollection, which was carried out', { call: 'createCollection', at: 'lost' }],
    ['to CreateCollection, which was not', { call: 'createCollection', at: 'never' }],
    ['to Import, which was carried out', { call: 'importFiles', at: 'lost' }],
    ['to Import, which was not', { call: 'importFiles', at: 'never', nth: 2 }],
    ['to RenameCollection, which was carried out', { call: 'renameCollection', at: 'lost' }],
    ['to RenameCollection, which was not', { call: 'renameCollection', at: 'never' }],
    ['to a question about an import', { call: 'importTask', at: 'never' }],
  ])('%s', async (_name, fault) => {
    const run = newRun();
    await expectWhole(run, await bench.restore(options(run), fault));
  });
});

// Invariant: every row once, and one import per group of segments.
describe('[FM-30] an attempt that dies', () => {
  it.each<[string, Fault]>([
    ['before CreateCollection', { call: 'createCollection', at: 'before' }],
    ['after CreateCollection', { call: 'createCollection', at: 'after' }],
    ['before an Import', { call: 'importFiles', at: 'before' }],
    ['after an Import', { call: 'importFiles', at: 'after', nth: 2 }],
    ['before it loads', { call: 'loadCollection', at: 'before' }],
    ['before RenameCollection', { call: 'renameCollection', at: 'before' }],
    ['after RenameCollection', { call: 'renameCollection', at: 'after' }],
  ])('%s is continued by the next', async (_name, fault) => {
    const run = newRun();
    expect(await bench.restore(options(run), fault)).toBe('dead');
    const next = await bench.restore(options(run));
    expect(next).toMatchObject({ attempt: 2 });
    await expectWhole(run, next);
  });

  it('and is continued twice tells the same result', async () => {
    const run = newRun();
    const first = await bench.restore(options(run));
    expect(await bench.restore(options(run))).toEqual(first);
    await expectWhole(run, first);
  });

  it('is put away by cleanup, twice', async () => {
    const run = newRun();
    expect(await bench.restore(options(run), { call: 'renameCollection', at: 'before' })).toBe('dead');
    const cleaned = await cleanupRestore(bench.wired.engine, run.runId);
    expect(cleaned.collections).toHaveLength(1);
    expect(cleaned.objects).toBeGreaterThan(0);
    await expectNothingLeft(run);
    expect(await cleanupRestore(bench.wired.engine, run.runId)).toMatchObject({
      collections: [],
      objects: 0,
    });
  });
});

describe('two attempts at once', () => {
  it('the older is fenced and changes nothing', async () => {
    const run = newRun();
    const older = startUntil('Importing', run);
    await older.reached;
    const newer = await bench.restore(options(run));
    expect(await older.ended).toMatchObject({ outcome: 'Failed', reason: 'Fenced' });
    await expectWhole(run, newer);
  });
});

/** A restore whose import is not over before another attempt has taken the ledger: it never sees its job end. */
function startUntil(step: string, run: ReturnType<typeof newRun>) {
  let told: () => void = () => {};
  const reached = new Promise<void>((resolve) => (told = resolve));
  const ended = bench.restore(options(run), undefined, (now) => {
    if (now === step) told();
  });
  return { reached, ended };
}

describe('a restore that cannot end', () => {
  it('leaves nothing of its own when its name is taken at the last moment', async () => {
    const run = newRun();
    const fault: Fault = { call: 'renameCollection', at: 'before' };
    expect(await bench.restore(options(run), fault)).toBe('dead');
    const taken = await makeCollection(target, run.name, 30, 1);
    const again = bench.restore(options(run));
    await expect(again).rejects.toMatchObject({
      reason: 'TargetNotEmpty',
      message: expect.stringMatching(/Removed: default\.mb_/),
    });
    await expectNothingLeft(run);
    expect(await countRows(target, run.name)).toBe(taken.rows);
  });

  it('keeps what it has when the next attempt is a slip', async () => {
    const run = newRun();
    expect(await bench.restore(options(run), { call: 'renameCollection', at: 'before' })).toBe('dead');
    const slip = { ...options(run), selection: { include: ['nothing_like_it'], exclude: [] } };
    await expect(bench.restore(slip)).rejects.toMatchObject({ reason: 'NothingMatches' });
    await expectWhole(run, await bench.restore(options(run)));
  });
});

// Invariant: the old goes only when the new is whole.
describe('[FM-29] what stands there', () => {
  it('is replaced only when the new one is whole', async () => {
    const run = newRun();
    await makeCollection(target, run.name, 30, 1);
    const before = await must(target.describeCollection({ collection_name: run.name }));
    let idAtImport: string | undefined;
    const replaced = await bench.restore({ ...options(run), existing: 'Drop' }, undefined, (step) => {
      if (step !== 'Importing' || idAtImport !== undefined) return;
      idAtImport = '';
      void target
        .describeCollection({ collection_name: run.name })
        .then((d) => (idAtImport = d.collectionID));
    });
    expect(idAtImport).toBe(before.collectionID);
    await expectWhole(run, replaced);
  });

  it('is filled, and its own rows stay', async () => {
    const run = newRun();
    const own = await makeCollection(target, run.name, 30, 1);
    await target.dropIndex({ collection_name: run.name, field_name: 'v', index_name: 'v_flat' });
    const filled = await bench.restore({ ...options(run), skipCreateCollection: true });
    expect(filled).toMatchObject({ outcome: 'Succeeded', rows: { imported: made.rows } });
    expect(await countRows(target, run.name)).toBe(own.rows + made.rows);
  });

  it('is not filled twice when nobody knows what came of an import', async () => {
    const run = newRun();
    await makeCollection(target, run.name, 30, 1);
    const into = { ...options(run), skipCreateCollection: true };
    expect(await bench.restore(into, { call: 'importFiles', at: 'before' })).toBe('dead');
    const next = await bench.restore(into);
    expect(next).toMatchObject({ outcome: 'Failed', reason: 'ImportOutcomeUnknown' });
  });
});

describe('a target without segments', () => {
  const emptied = `${prefix}_a_emptied`;
  let other: Bench;

  beforeAll(async () => {
    await makeCollection(source, emptied, 50, 1);
    const all = Array.from({ length: 50 }, (_, id) => id).join(',');
    await must(source.delete({ collection_name: emptied, filter: `id in [${all}]` }));
    const create = ['create', '-n', 'emptied', '--include', emptied, '--include', prefix];
    const backup = await desk.run(desk.config(labConfig(lab, prefix)), create);
    expect(backup.code, backup.stderr).toBe(0);
    await source.dropCollection({ collection_name: emptied });
    other = openBench(labConfig(lab, prefix, 'target'), 'emptied');
    other.hideSegments();
  });
  afterAll(() => other?.wired.close());

  it('takes a collection whose rows are all deleted once another has shown its bucket', async () => {
    const run = newRun();
    const restored = await other.restore(options(run));
    expect(restored).toMatchObject({ outcome: 'Succeeded', collections: { succeeded: 2 } });
    expect(await countRows(target, `${emptied}${run.suffix}`)).toBe(0);
    expect(await countRows(target, run.name)).toBe(made.rows);
    await expectNothingLeft(run);
  });

  it('refuses such a collection alone, for nothing shows the bucket', async () => {
    const run = newRun();
    const alone = { ...options(run), selection: { include: [emptied], exclude: [] } };
    const refused = await other.restore(alone);
    expect(refused).toMatchObject({ outcome: 'Failed', reason: 'RowCountMismatch' });
    await expectNothingLeft(run);
  });
});
