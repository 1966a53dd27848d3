// SPDX-License-Identifier: Apache-2.0
// `npm run demo`: the main job before your eyes. Brings up a real node with Milvus and an object store, fills two
// collections, applies a MilvusBackup, drops them, applies a MilvusRestore, and compares. Any difference ends with exit code 1.
import { parseArgs } from 'node:util';
import { openMilvus, type Milvus } from '../data/connection.ts';
import { down, status, up, type LabInfo } from '../lab/lab.ts';
import { installOperator } from '../lab/operator.ts';
import { startSteps } from '../lab/progress.ts';
import { applyPlaces, backUp, clearStage, compareTables, namespace, openStage, restore } from './operator.ts';
import { dropAll, fill, prove, remember, type Proof } from './story.ts';

const { values } = parseArgs({ options: { keep: { type: 'boolean', default: false } } });
const print = (line: string): void => console.log(line);

/** Gives the last line. */
async function tell(lab: LabInfo): Promise<string> {
  const milvus = await openMilvus(lab.milvus.source.address);
  try {
    return await play(lab, milvus);
  } finally {
    await milvus.close();
  }
}

async function play(lab: LabInfo, milvus: Milvus): Promise<string> {
  const step = startSteps(print, 9);
  await step('install the operator by Helm', async (say) => {
    await installOperator({ log: say });
  });
  const stage = await openStage(lab, print);
  await dropAll(milvus);
  const data = await step('fill Milvus with real and generated data', (say) => fill(milvus, say));
  const before = await step('remember searches, recall and definitions', (say) =>
    remember(milvus, data, say),
  );
  await step('say where Milvus is and where backups go', () => applyPlaces(stage));
  const backup = await timed(() => step('back up', (say) => backUp(stage, say)));
  await step('drop every collection', () => dropAll(milvus));
  const restored = await timed(() => step('restore', (say) => restore(stage, say)));
  const proof = await step('compare', (say) => prove(milvus, data, before, say));
  show(proof);
  await step('look at it all', () => compareTables(stage));
  // With a lab that stays up only because it was up before, nothing of the demo stays.
  if (!values.keep) {
    await clearStage(stage);
    await dropAll(milvus);
  }
  return `demo: ${proof.identical}/100 searches identical, ${proof.rows} of ${before.rows} rows, backup ${backup} s, restore ${restored} s`;
}

function show({ checks }: Proof): void {
  for (const { what, isSo } of checks) print(`      ${isSo ? 'ok ' : 'NOT'} ${what}`);
  if (checks.some(({ isSo }) => !isSo)) throw new Error('what came back is not what was there');
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
  print(`  export KUBECONFIG=${lab.kubeconfig}; alias kubectl='${lab.kubectl} -n ${namespace}'`);
  print('  kubectl get mvi,mbst,mbk,mrs                    the four kinds');
  print('  kubectl describe mbk first                      all that is known of the backup');
  print('  kubectl explain milvusrestore.spec              what a restore can do');
  print('  kubectl delete mbk first                        the object goes, its data stay');
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
  if (!values.keep && !wasUp) await down({ log: print });
}
print(last);
