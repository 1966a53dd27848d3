// SPDX-License-Identifier: Apache-2.0
// What the demo does with the cluster: our manifests, applied and waited for as a person would, with progress read from
// their status.
import type { MilvusBackup, MilvusRestore } from '../../src/api/index.ts';
import type { LabInfo } from '../lab/info.ts';
import type { Say } from '../lab/progress.ts';
import { inLab, readExample, type Manifest } from '../support/examples.ts';
import { compareTable } from '../support/golden-table.ts';
import { makeNamespace, untilSucceeded, type Objects } from '../support/objects.ts';
import { collections } from './collections.ts';

export const namespace = 'demo';

type Print = (line: string) => void;
type Run = MilvusBackup | MilvusRestore;

export type Stage = { objects: Objects; lab: LabInfo; print: Print };

export async function openStage(lab: LabInfo, print: Print): Promise<Stage> {
  const objects = await makeNamespace(namespace);
  const stage = { objects, lab, print };
  await clearStage(stage);
  return stage;
}

/** Who we are there, the Milvus, and where backups go; ready when both have been looked at. */
export async function applyPlaces(stage: Stage): Promise<void> {
  const files = ['quickstart/secret.yaml', 'quickstart/instance.yaml', 'quickstart/storage.yaml'];
  for (const file of files) await apply(stage, file);
  const wait = ['wait', '--for=condition=Ready', 'mvi/milvus', 'mbst/backups', '--timeout=120s'];
  await show(stage, wait);
  await show(stage, ['get', 'mvi,mbst']);
}

export async function backUp(stage: Stage, say: Say): Promise<void> {
  const include = collections.map(({ database, name }) => `${database}.${name}`);
  await apply(stage, 'quickstart/backup.yaml', { include });
  await follow(stage, 'mbk/first', say);
  await show(stage, ['get', 'mbk']);
}

export async function restore(stage: Stage, say: Say): Promise<void> {
  await apply(stage, 'quickstart/restore.yaml');
  await follow(stage, 'mrs/first-back', say);
  await show(stage, ['get', 'mrs']);
}

/** The four kinds as they stand at the end; throws where they are not what the documentation shows. */
export async function compareTables({ objects, print }: Stage): Promise<void> {
  const said = await objects.kubectl(['get', 'mvi,mbst,mbk,mrs']);
  print(said.trimEnd().replaceAll(/^/gm, '      | '));
  const differences = compareTable('kubectl-get.txt', said, ['SIZE', 'BACKUPS']);
  if (differences.length > 0)
    throw new Error(`kubectl get differs from docs/golden/kubectl-get.txt: ${differences.join('; ')}`);
}

/** Objects and, since the backup is told so first, its data. */
export async function clearStage({ objects }: Pick<Stage, 'objects'>): Promise<void> {
  const installed = await objects.kubectl(['api-resources', '--api-group=milvusbackup.dev', '-o', 'name']);
  if (installed.trim() === '') return;
  if (await objects.find('mbk/first'))
    await objects.patch('mbk/first', { spec: { deletionPolicy: 'Delete' } });
  for (const kinds of ['mrs,mbk', 'mbst,mvi'])
    await objects.kubectl(['delete', kinds, '--all', '--timeout=120s'], 150_000);
}

async function apply(stage: Stage, file: string, more: Record<string, unknown> = {}): Promise<void> {
  const manifests = inLab(readExample(file), stage.lab, 'demo');
  stage.print(`      $ kubectl -n ${namespace} apply -f examples/${file}`);
  await stage.objects.apply(manifests.map((one) => withSpec(one, more)));
}

function withSpec(manifest: Manifest, more: Record<string, unknown>): Manifest {
  return manifest.spec === undefined ? manifest : { ...manifest, spec: { ...manifest.spec, ...more } };
}

async function show({ objects, print }: Stage, args: string[]): Promise<void> {
  print(`      $ kubectl -n ${namespace} ${args.join(' ')}`);
  print((await objects.kubectl(args, 180_000)).trimEnd().replaceAll(/^/gm, '      | '));
}

/** As a person waits, with what status says meanwhile; an end that is no success ends the wait at once. */
async function follow(stage: Stage, what: string, say: Say): Promise<void> {
  const wait = ['wait', '--for=condition=Succeeded', what, '--timeout=10m'];
  stage.print(`      $ kubectl -n ${namespace} ${wait.join(' ')}`);
  let last = '';
  await untilSucceeded<Run>(stage.objects, what, (seen) => {
    const line = progressOf(seen);
    if (line === last) return;
    last = line;
    say(line);
    stage.print(`      | ${line}`);
  });
  stage.print((await stage.objects.kubectl(wait)).trimEnd().replaceAll(/^/gm, '      | '));
}

function progressOf({ status }: Run): string {
  const { phase = 'Pending', progress } = status;
  if (phase === 'Succeeded' || !progress) return phase;
  const { step, percent, collectionsDone = 0, collectionsTotal = 0 } = progress;
  return `${phase}: ${step}, ${percent} %, ${collectionsDone} of ${collectionsTotal} collections`;
}
