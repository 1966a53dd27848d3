// SPDX-License-Identifier: Apache-2.0
// `npm run demo`: the main job before your eyes. Brings up a real node with Milvus and an object store, fills two
// collections, backs them up, drops them, restores them, and compares. Any difference ends with exit code 1.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openMilvus, type Milvus } from '../data/connection.ts';
import { down, status, up, type LabInfo } from '../lab/lab.ts';
import { startSteps } from '../lab/progress.ts';
import { labConfig } from '../support/config.ts';
import { collections } from './collections.ts';
import { dropAll, fill, prove, remember, type Proof } from './story.ts';

const { values } = parseArgs({ options: { keep: { type: 'boolean', default: false } } });
const print = (line: string): void => console.log(line);
const folder = mkdtempSync(join(tmpdir(), 'milvus-backup-demo-'));
const config = join(folder, 'backup.yaml');
const program = join(folder, 'bundle', 'milvus-backup.js');
const name = `demo_${Date.now()}`;

/** Gives the last line. */
async function tell(lab: LabInfo): Promise<string> {
  writeFileSync(config, JSON.stringify(labConfig(lab, 'demo'), undefined, 2), { mode: 0o600 });
  const milvus = await openMilvus(lab.milvus.source.address);
  try {
    return await play(milvus);
  } finally {
    await milvus.close();
  }
}

async function play(milvus: Milvus): Promise<string> {
  const step = startSteps(print, 9);
  const include = collections.flatMap(({ database, name: own }) => ['--include', `${database}.${own}`]);
  await step('build the command', bundle);
  await dropAll(milvus);
  const data = await step('fill Milvus with real and generated data', (say) => fill(milvus, say));
  const before = await step('remember searches, recall and definitions', (say) =>
    remember(milvus, data, say),
  );
  await step('check what a backup needs', () => command(['check']));
  const backup = await timed(() => step('back up', () => command(['create', '-n', name, ...include])));
  await step('prove the backup by reading all of it', () =>
    command(['verify', '-n', name, '--mode', 'Checksum']),
  );
  await step('drop every collection', () => dropAll(milvus));
  const restore = await timed(() => step('restore', () => command(['restore', '-n', name])));
  const proof = await step('compare', (say) => prove(milvus, data, before, say));
  show(proof);
  // With a lab that stays up only because it was up before, nothing of the demo stays.
  if (!values.keep) {
    await command(['delete', '-n', name]);
    await dropAll(milvus);
  }
  return `demo: ${proof.identical}/100 searches identical, ${proof.rows} of ${before.rows} rows, backup ${backup} s, restore ${restore} s`;
}

function show({ checks }: Proof): void {
  for (const { what, isSo } of checks) print(`      ${isSo ? 'ok ' : 'NOT'} ${what}`);
  if (checks.some(({ isSo }) => !isSo)) throw new Error('what came back is not what was there');
}

async function bundle(): Promise<void> {
  await node(['scripts/build.ts', join(folder, 'bundle')]);
  writeFileSync(join(folder, 'bundle', 'package.json'), '{"type":"module"}');
}

/** Runs the command as a person would, its words indented below the step. */
function command(args: string[]): Promise<void> {
  print(`      $ milvus-backup ${args.join(' ')}`);
  return node([program, '--config', config, ...args]);
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
  print('\nWhat to try next:');
  if (!values.keep) {
    print('  npm run demo -- --keep      the same, and everything stays up to be looked at');
    print('  npm run test:roundtrip -- --seed 42      ten random schemas there and back\n');
    return;
  }
  print(`  mb() { ${process.execPath} ${program} --config ${config} "$@"; }`);
  print('  mb list                                         the backups');
  print(`  mb get -n ${name}                     what is in one`);
  print(`  mb restore -n ${name} --suffix _copy --load All      beside what is there`);
  print('  mb --help                                       everything else');
  print(`  export KUBECONFIG=${lab.kubeconfig}; ${lab.kubectl} get pods -n ${lab.namespace}`);
  print('  npm run lab -- down                             when you are done\n');
}

process.once('SIGINT', () => {
  print('\ninterrupted; what is up goes with: npm run lab -- down');
  process.exit(130);
});

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
  if (!values.keep) rmSync(folder, { recursive: true, force: true });
  if (!values.keep && !wasUp) await down({ log: print });
}
print(last);
