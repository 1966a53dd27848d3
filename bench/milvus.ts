// SPDX-License-Identifier: Apache-2.0
// Where the wall time of backing up and restoring a million rows of 128 dimensions goes: into Milvus, the store, or us.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCollection, dropCollection, flush } from '../test/data/collection.ts';
import { openMilvus, type Milvus } from '../test/data/connection.ts';
import { defaultDatabase, type Definition } from '../test/data/definition.ts';
import { randomOf } from '../test/data/random.ts';
import { floatsOf } from '../test/data/values.ts';
import { insertRows } from '../test/data/writing.ts';
import { down, status, up } from '../test/lab/lab.ts';
import { duration } from '../test/lab/progress.ts';
import { labConfig } from '../test/support/config.ts';
import { finish, measure, method, show } from './shares.ts';

const dim = 128;
const print = (line: string): void => console.log(line);

const collection: Definition = {
  label: 'bench',
  database: defaultDatabase,
  name: `bench_${process.pid}`,
  description: '',
  fields: [
    { name: 'id', description: '', type: 'Int64', isKey: true },
    { name: 'vector', description: '', type: 'FloatVector', dim },
  ],
  dynamic: false,
  shards: 1,
  consistency: 0,
  properties: {},
  partitions: [],
  keyPartitions: 0,
  indexes: [],
  aliases: [],
  loaded: false,
};

export async function benchMilvus(rows: number): Promise<void> {
  const wasUp = (await status()).trouble === undefined;
  const lab = await up({ log: print });
  const folder = mkdtempSync(join(tmpdir(), 'milvus-backup-bench-'));
  const milvus = await openMilvus(lab.milvus.source.address);
  try {
    const bundle = join(folder, 'bundle');
    await finish(spawn(process.execPath, ['scripts/build.ts', bundle]));
    writeFileSync(join(bundle, 'package.json'), '{"type":"module"}');
    const config = join(folder, 'backup.yaml');
    writeFileSync(config, JSON.stringify(labConfig(lab, `bench-${process.pid}`)));
    const command = [join(bundle, 'milvus-backup.js'), '--config', config, '--report', 'json'];
    await fill(milvus, rows);
    const include = ['--include', `${collection.database}.${collection.name}`];
    const backup = await measure([...command, 'create', '-n', 'bench', ...include]);
    await dropCollection(milvus, collection);
    const restore = await measure([...command, 'restore', '-n', 'bench']);
    await finish(spawn(process.execPath, [...command, 'delete', '-n', 'bench']));
    const what = `${rows.toLocaleString('en')} rows of ${dim} dimensions`;
    show(`backup of ${what}`, backup);
    show(`restore of ${what}`, restore);
    print(`\n${method.join('\n')}`);
  } finally {
    await dropCollection(milvus, collection);
    await milvus.close();
    rmSync(folder, { recursive: true, force: true });
    if (!wasUp) await down({ log: print });
  }
}

const batch = 5000;
/** Requests under way at once; one alone waits for the server's clock more than for its work. */
const atOnce = 4;

async function fill(milvus: Milvus, rows: number): Promise<void> {
  const start = performance.now();
  await createCollection(milvus, collection);
  const firsts = Array.from({ length: Math.ceil(rows / batch) }, (_, at) => at * batch).values();
  let done = 0;
  const work = async (): Promise<void> => {
    for (const first of firsts) {
      const count = Math.min(batch, rows - first);
      const random = randomOf('bench', first);
      const data = Array.from({ length: count }, (_, at) => [String(first + at), floatsOf(random, dim)]);
      await insertRows(milvus, collection, { rows: data, size: batch });
      done += count;
      if (done % 100_000 === 0) print(`filling: ${done.toLocaleString('en')} rows (${duration(start)})`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  await flush(milvus, collection);
  print(`filled ${rows.toLocaleString('en')} rows (${duration(start)})`);
}
