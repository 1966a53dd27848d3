// SPDX-License-Identifier: Apache-2.0
// `npm run demo`: the main job before your eyes. Brings up a real node with Milvus and an object store, fills two
// collections, backs them up, drops them, restores them, and compares. Any difference ends with exit code 1.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { down, status, up, type LabInfo } from '../lab/lab.ts';
import { startSteps } from '../lab/progress.ts';
import { connect, must } from '../support/collection.ts';
import { labConfig } from '../support/config.ts';
import { digits, vectors } from './collections.ts';
import { fill, prove, remember } from './story.ts';

const { values } = parseArgs({ options: { keep: { type: 'boolean', default: false } } });
const print = (line: string): void => console.log(line);
const folder = mkdtempSync(join(tmpdir(), 'milvus-backup-demo-'));
const config = join(folder, 'backup.yaml');
const bundle = join(folder, 'bundle');
const name = `demo_${Date.now()}`;

async function tell(lab: LabInfo): Promise<string> {
  writeFileSync(config, JSON.stringify(labConfig(lab, 'demo'), undefined, 2));
  const step = startSteps(print, 9);
  const client = await connect(lab.milvus.source.address);
  const dropAll = async (): Promise<void> => {
    await client.dropAlias({ alias: 'demo_handwriting' });
    for (const collection of [vectors, digits])
      await must(client.dropCollection({ collection_name: collection }));
  };
  await step('build the command', () =>
    node(['scripts/build.ts', bundle]).then(() =>
      writeFileSync(join(bundle, 'package.json'), '{"type":"module"}'),
    ),
  );
  await dropAll();
  const data = await step('fill Milvus with real and generated data', (say) => fill(client, say));
  const before = await step('remember 100 searches, recall and rows', (say) => remember(client, data, say));
  await step('check what a backup needs', () => command(['check']));
  const backup = await timed(() =>
    step('back up', () => command(['create', '-n', name, '--include', 'demo_*'])),
  );
  await step('prove the backup by reading all of it', () =>
    command(['verify', '-n', name, '--mode', 'Checksum']),
  );
  await step('drop every collection', dropAll);
  const restore = await timed(() => step('restore', () => command(['restore', '-n', name])));
  const proven = await step('compare', (say) => prove(client, data, before, say));
  await client.closeConnection();
  for (const line of proven.lines) print(`      ${line}`);
  if (!proven.isEqual) throw new Error('what came back is not what was there');
  return `demo: ${proven.searches}/100 searches identical, ${proven.rows} of ${before.rows} rows, backup ${backup} s, restore ${restore} s`;
}

/** Runs the command as a person would, its words indented below the step. */
function command(args: string[]): Promise<void> {
  print(`      $ milvus-backup ${args.join(' ')}`);
  return node([join(bundle, 'milvus-backup.js'), '--config', config, ...args]);
}

function node(args: string[]): Promise<void> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) {
    stream
      .setEncoding('utf8')
      .on('data', (text: string) => print(text.trimEnd().replaceAll(/^/gm, '      | ')));
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`exit code ${code}: see the lines above`)),
    );
  });
}

async function timed(action: () => Promise<void>): Promise<string> {
  const start = performance.now();
  await action();
  return ((performance.now() - start) / 1000).toFixed(1);
}

function showWhatNext(lab: LabInfo): void {
  print('');
  print('What to try next:');
  print(`  npm run lab -- status                      what runs, and where`);
  print(`  KUBECONFIG=${lab.kubeconfig} ${lab.kubectl} get pods -A`);
  print(`  npm run build && node dist/milvus-backup.js --help`);
  print(
    values.keep
      ? '  npm run lab -- down                        when you are done'
      : '  npm run demo -- --keep                     the same, and everything stays up',
  );
  print('');
}

const wasUp = (await status()).trouble === undefined;
let last: string;
try {
  print(
    wasUp
      ? 'The lab is up already.'
      : 'Bringing up a Kubernetes node, two Milvus and MinIO (the first time builds them from source).',
  );
  const lab = await up({ log: print });
  last = await tell(lab);
  showWhatNext(lab);
} catch (error) {
  last = `demo: FAILED: ${error instanceof Error ? error.message : String(error)}`;
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
  if (!values.keep && !wasUp) await down({ log: print });
}
print(last);
