// SPDX-License-Identifier: Apache-2.0
// kill -9 at each named step of create and of restore, then the next attempt: the same end result as without the kill,
// no more copies than objects and what was in flight, and exactly one completed import per segment group.
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ImportState, type MilvusClient } from '@zilliz/milvus2-sdk-node';
import { createSteps, restoreSteps } from '../../src/contract/event.ts';
import { temporaryName } from '../../src/format/names.ts';
import { startStoreProxy, type StoreProxy } from '../lab/store-proxy.ts';
import { connect, countRows, makeCollection, must, type SmallCollection } from '../support/collection.ts';
import { labConfig, openDesk, type Ended } from '../support/command.ts';

const lab = inject('lab');
const desk = openDesk();
const prefix = `killed-${process.pid}`;
const inFlight = 4;

/** Each of the others is killed by npm run test:slow: they differ least from their neighbours. */
const inGate: Record<'create' | 'restore', readonly string[]> = {
  create: ['Ledger', 'Flushing', 'Copying', 'Committing', 'ReadingBack', 'RemovingLedger'],
  restore: ['Ledger', 'CreatingCollection', 'Staging', 'Importing', 'Renaming', 'CleaningUp'],
};

function stepsOf<S extends string>(command: 'create' | 'restore', all: readonly S[]): S[] {
  const isRest = process.env['KILLED_STEPS'] === 'rest';
  return all.filter((step) => inGate[command].includes(step) !== isRest);
}

let source: MilvusClient;
let target: MilvusClient;
let proxy: StoreProxy;
const made: SmallCollection[] = [];

beforeAll(async () => {
  source = await connect(lab.milvus.source.address);
  target = await connect(lab.milvus.target.address);
  for (const name of ['killed_a', 'killed_b']) made.push(await makeCollection(source, name, 900, 1));
  proxy = await startStoreProxy({ upstream: lab.minio.endpoint });
});

afterAll(async () => {
  await proxy?.close();
  for (const { name } of made) await source?.dropCollection({ collection_name: name });
  await source?.closeConnection();
  await target?.closeConnection();
  desk.close();
});

function config(which: 'source' | 'target'): string {
  const document = labConfig(lab, prefix, which);
  const [address, port] = proxy.endpoint.split(':');
  Object.assign(document.milvus.storage, { address, port: Number(port) });
  document.transfer = { concurrency: inFlight };
  return desk.config(document);
}

/** Runs attempt 1 until it names the step, kills it there, and lets attempt 2 run to its end. */
async function killAt(file: string, args: string[], step: string): Promise<{ first: Ended; second: Ended }> {
  // Writing and deleting take a moment, so that no step is over before its kill arrives.
  proxy.setFault({ kind: 'delay', ms: 150, verbs: ['put', 'delete'] });
  const first = await desk.start(file, [...args, '--attempt', '1', '--report', 'json'], (line, child) => {
    if (line.event === 'progress' && line.step === step) child.kill('SIGKILL');
  }).ended;
  proxy.setFault();
  const second = await desk.run(file, [...args, '--attempt', '2', '--report', 'json']);
  return { first, second };
}

/** What the temporary collections of every attempt of a run begin with. */
const temporaryPrefix = (runId: string): string => temporaryName(runId, 1, '', '').split('_', 2).join('_');

const writesBelow = (dir: string): number =>
  [...proxy.byKey].filter(([key]) => key.includes(dir)).reduce((sum, [, count]) => sum + count, 0);

// Invariant: the next attempt ends the work, and copies nothing twice but what was under way.
describe('[FM-28] create, killed at', () => {
  it.each(stepsOf('create', createSteps))('%s', async (step) => {
    const name = `create_${step}`;
    const args = ['create', '-n', name, '--include', 'killed_*', '--run-id', `${prefix}-${name}`];
    const { first, second } = await killAt(config('source'), args, step);
    expect(first.signal, first.stderr).toBe('SIGKILL');
    expect(second.code, second.stderr).toBe(0);
    expect(second.result).toMatchObject({ outcome: 'Succeeded', collections: { total: 2, succeeded: 2 } });
    const size = second.result?.size as { objects: number } | undefined;
    expect(writesBelow(`${prefix}/${name}/binlogs/`)).toBeLessThanOrEqual((size?.objects ?? 0) + inFlight);
    const verified = await desk.run(config('source'), ['verify', '-n', name, '--mode', 'Checksum']);
    expect(verified.code, verified.stderr).toBe(0);
  });
});

// Invariant: every row once, and nothing temporary stays.
describe('[FM-30] restore, killed at', () => {
  const name = 'restore_source';

  beforeAll(async () => {
    const backup = await desk.run(config('source'), ['create', '-n', name, '--include', 'killed_*']);
    expect(backup.code, backup.stderr).toBe(0);
  });

  it.each(stepsOf('restore', restoreSteps))('%s', async (step) => {
    // Only a database that is not there yet makes that step happen.
    const database = step === 'CreatingDatabases' ? `killed_${process.pid}` : 'default';
    const suffix = `_${step.toLowerCase()}_${process.pid}`;
    const into = database === 'default' ? ['-s', suffix] : ['--rename-database', `default:${database}`];
    const runId = `${prefix}-restore-${step}`;
    const args = ['restore', '-n', name, ...into, '--run-id', runId];
    const { first, second } = await killAt(config('target'), args, step);
    expect(first.signal, first.stderr).toBe('SIGKILL');
    expect(second.code, second.stderr + second.stdout).toBe(0);
    const left = await target.showCollections({ db_name: database });
    expect(left.data.filter((c) => c.name.startsWith(temporaryPrefix(runId)))).toEqual([]);
    for (const collection of made) {
      const restored = database === 'default' ? `${collection.name}${suffix}` : collection.name;
      await expectWhole(database, restored, collection.rows);
      await target.dropCollection({ collection_name: restored, db_name: database });
    }
    if (database !== 'default') await target.dropDatabase({ db_name: database });
  });

  async function expectWhole(database: string, collection: string, rows: number): Promise<void> {
    expect(await countRows(target, collection, database)).toBe(rows);
    const named = { collection_name: collection, db_name: database };
    const { collectionID } = await must(target.describeCollection(named));
    const listed = await must(target.listImportTasks({ ...named, limit: 1000 }));
    const completed = listed.tasks.filter(
      (t) => String(t.collection_id) === collectionID && t.state === ImportState.ImportCompleted,
    );
    const groups = completed.map((t) => t.infos.find((i) => i.key === 'files')?.value);
    expect(new Set(groups).size, 'one completed import per segment group').toBe(groups.length);
    expect(groups.length).toBeGreaterThan(0);
  }
});
