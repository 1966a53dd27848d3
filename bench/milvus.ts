// SPDX-License-Identifier: Apache-2.0
// Where the wall time of backing up and restoring a million rows of 128 dimensions goes: into Milvus, the store, or us.
//
// The command tells each change of step on stdout; the time between two lines belongs to the step that was told first.
// Steps that wait for Milvus count as Milvus, steps that list, copy, prove or write objects as the store. From the store's
// share what the command's own CPU took is subtracted: that is ours. So "us" is CPU, and the rest of a step is waiting.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DataType, type MilvusClient } from '@zilliz/milvus2-sdk-node';
import { down, status, up } from '../test/lab/lab.ts';
import { duration } from '../test/lab/progress.ts';
import { connect, must } from '../test/support/collection.ts';
import { labConfig } from '../test/support/config.ts';

const collection = 'bench_million';
const dim = 128;
const batch = 10_000;

/** Steps during which the command waits for Milvus; every other step is about objects. */
const milvusSteps = new Set([
  'Metadata',
  'Flushing',
  'CreatingDatabases',
  'CreatingCollection',
  'Importing',
  'Indexing',
  'Counting',
  'Renaming',
  'Finishing',
]);

type Shares = { wall: number; milvus: number; store: number; us: number; steps: Map<string, number> };

export async function benchMilvus(rows: number): Promise<void> {
  const wasUp = (await status()).trouble === undefined;
  const lab = await up({ log: (line) => console.log(line) });
  const folder = mkdtempSync(join(tmpdir(), 'milvus-backup-bench-'));
  const client = await connect(lab.milvus.source.address);
  try {
    await node(['scripts/build.ts', join(folder, 'bundle')]);
    writeFileSync(join(folder, 'bundle/package.json'), '{"type":"module"}');
    const config = join(folder, 'backup.yaml');
    writeFileSync(config, JSON.stringify(labConfig(lab, `bench-${process.pid}`)));
    await fill(client, rows);
    const command = [join(folder, 'bundle/milvus-backup.js'), '--config', config, '--report', 'json'];
    const backup = await measure(folder, [...command, 'create', '-n', 'bench', '--include', collection]);
    await must(client.dropCollection({ collection_name: collection }));
    const restore = await measure(folder, [...command, 'restore', '-n', 'bench']);
    await node([...command, 'delete', '-n', 'bench']);
    show('backup', rows, backup);
    show('restore', rows, restore);
  } finally {
    await client.dropCollection({ collection_name: collection });
    await client.closeConnection();
    rmSync(folder, { recursive: true, force: true });
    if (!wasUp) await down({ log: (line) => console.log(line) });
  }
}

async function fill(client: MilvusClient, rows: number): Promise<void> {
  const start = performance.now();
  await client.dropCollection({ collection_name: collection });
  await must(
    client.createCollection({
      collection_name: collection,
      fields: [
        { name: 'id', data_type: DataType.Int64, is_primary_key: true },
        { name: 'vector', data_type: DataType.FloatVector, dim },
      ],
    }),
  );
  for (let first = 0; first < rows; first += batch) {
    const data = Array.from({ length: Math.min(batch, rows - first) }, (_, i) => ({
      id: String(first + i),
      vector: Array.from({ length: dim }, Math.random),
    }));
    await must(client.insert({ collection_name: collection, data }));
    if (first % 100_000 === 0)
      console.log(`filling: ${first + data.length} of ${rows} rows (${duration(start)})`);
  }
  await must(client.flushSync({ collection_names: [collection] }));
  console.log(`filled ${rows} rows of ${dim} dimensions (${duration(start)})`);
}

async function measure(folder: string, args: string[]): Promise<Shares> {
  const usage = join(folder, 'usage.json');
  const hook = join(folder, 'usage.mjs');
  writeFileSync(
    hook,
    `import { writeFileSync } from 'node:fs';\nprocess.on('exit', () => writeFileSync(${JSON.stringify(usage)}, JSON.stringify(process.cpuUsage())));\n`,
  );
  const steps = new Map<string, number>();
  const start = performance.now();
  let last = { step: 'starting', at: start };
  const change = (step: string): void => {
    const now = performance.now();
    steps.set(last.step, (steps.get(last.step) ?? 0) + (now - last.at) / 1000);
    last = { step, at: now };
  };
  await node(['--import', hook, ...args], (line) => {
    const { event, step } = JSON.parse(line) as { event: string; step?: string };
    if (event === 'progress' && step !== undefined) change(step);
  });
  change('ended');
  const cpu = JSON.parse(readFileSync(usage, 'utf8')) as { user: number; system: number };
  const wall = (performance.now() - start) / 1000;
  const milvus = [...steps]
    .filter(([step]) => milvusSteps.has(step))
    .reduce((sum, [, seconds]) => sum + seconds, 0);
  const us = Math.min((cpu.user + cpu.system) / 1e6, wall - milvus);
  return { wall, milvus, us, store: wall - milvus - us, steps };
}

function node(args: string[], onLine: (line: string) => void = () => undefined): Promise<void> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const said: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString('utf8')));
  createInterface({ input: child.stdout }).on('line', onLine);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`exit code ${code}: ${said.join('')}`)),
    );
  });
}

function show(what: string, rows: number, { wall, milvus, store, us, steps }: Shares): void {
  const share = (seconds: number): string => `${((100 * seconds) / wall).toFixed(0)} %`;
  console.log(`\n${what} of ${rows} rows x ${dim}: ${wall.toFixed(1)} s of wall time`);
  console.log(`  Milvus ${share(milvus)}, store ${share(store)}, us ${share(us)} (CPU of the command)`);
  const parts = [...steps].map(([step, seconds]) => `${step} ${seconds.toFixed(1)}`);
  console.log(`  seconds by step: ${parts.join(', ')}`);
}
