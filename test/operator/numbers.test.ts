// SPDX-License-Identifier: Apache-2.0
// What the operator may cost, measured beside what a bare Kubernetes costs on the same node in the same minute.
import { KubeConfig, Watch } from '@kubernetes/client-node';
import { expect, inject, it } from 'vitest';
import type { MilvusBackup } from '../../src/api/index.ts';
import { operatorNamespace } from '../lab/operator.ts';
import { objectsIn, untilSucceeded } from '../support/objects.ts';
import { leader } from '../support/operator-pods.ts';
import { type World } from '../support/world.ts';
import { gatedScene } from '../support/scene.ts';

const scene = gatedScene('numbers', { rows: 10_000, batches: 3 });
const { image } = inject('operator');
const rounds = 5;
const allowedSeconds = 8;
const mebibyte = 1 << 20;

it(`backs up 10,000 rows in the time of an empty Job and ${allowedSeconds} s`, async () => {
  const empty: number[] = [];
  const backups: number[] = [];
  for (let round = 0; round < rounds; round++) {
    empty.push(await secondsOf(`job/empty-${round}`, 'Complete', [emptyJob(`empty-${round}`)]));
    const backup = {
      instanceRef: { name: 'milvus' },
      storageRef: { name: 'backups' },
      include: [scene.made.name],
    };
    const manifest = {
      apiVersion: 'milvusbackup.dev/v1alpha1',
      kind: 'MilvusBackup',
      metadata: { name: `timed-${round}` },
      spec: backup,
    };
    backups.push(await secondsOf(`mbk/timed-${round}`, 'Succeeded', [manifest]));
  }
  const [yardstick, seconds] = [median(empty), median(backups)];
  tell(
    `an empty Job ${list(empty)}: ${yardstick.toFixed(1)} s; a backup ${list(backups)}: ${seconds.toFixed(1)} s`,
  );
  expect(seconds).toBeLessThanOrEqual(yardstick + allowedSeconds);
});

it('takes less than 120 MiB when it is idle', async () => {
  const [pod] = (await leader()).split('_');
  const path = `/api/v1/namespaces/${operatorNamespace}/pods/${pod}:8080/proxy/metrics`;
  const metrics = await objectsIn(operatorNamespace).kubectl(['get', '--raw', path]);
  const [, bytes] = /^process_resident_memory_bytes (\S+)$/m.exec(metrics) ?? [];
  const resident = Number(bytes) / mebibyte;
  tell(`resident memory ${resident.toFixed(0)} MiB`);
  expect(resident).toBeGreaterThan(0);
  expect(resident).toBeLessThan(120);
});

it('tells of progress at most every 10 s, and writes a status for nothing else but a change', async () => {
  // An object each three seconds, until its progress has been told of often enough.
  scene.gate.proxy.setFault({ kind: 'delay', ms: 3000, keys: /(insert|delta|stats)_log\//, verbs: ['copy'] });
  const writes = await writesOf('slow', async () => {
    await scene.world.applyBackup('slow', { include: [scene.made.name], limits: { concurrency: 1 } });
    await untilSucceeded<MilvusBackup>(scene.world.objects, 'mbk/slow');
  });
  const told = writes.filter(({ isProgress }) => isProgress);
  const pauses = told.slice(1).map(({ at }, i) => (at - told[i]!.at) / 1000);
  const changes = writes.length - told.length;
  tell(`${changes} writes of a status that changed, ${told.length} of progress, every ${list(pauses)} s`);
  expect(pauses.length).toBeGreaterThan(0);
  expect(Math.min(...pauses)).toBeGreaterThan(9.5);
  // The attempt is taken, its Job is made, it runs, it verifies, it is done.
  expect(changes).toBeLessThanOrEqual(5);
});

/** From the apply on, as somebody at a terminal waits. */
async function secondsOf(what: string, condition: string, manifests: Manifests): Promise<number> {
  const start = performance.now();
  await scene.world.objects.apply(manifests);
  await scene.world.objects.kubectl(['wait', `--for=condition=${condition}`, what, '--timeout=60s'], 70_000);
  return (performance.now() - start) / 1000;
}

type Manifests = Parameters<World['objects']['apply']>[0];

/** In the clothes of our own Jobs, with nothing to do. */
function emptyJob(name: string): Manifests[number] {
  const container = {
    name: 'engine',
    image: image.name,
    args: ['--version'],
    resources: { requests: { cpu: '250m', memory: '256Mi' }, limits: { cpu: '2', memory: '1Gi' } },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  };
  const securityContext = {
    runAsNonRoot: true,
    runAsUser: 65_532,
    seccompProfile: { type: 'RuntimeDefault' },
  };
  const pod = { restartPolicy: 'Never', securityContext, containers: [container] };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name },
    spec: { backoffLimit: 0, template: { spec: pod } },
  };
}

/** `isProgress`: that and nothing else is new. `at`: when the operator had it, not when this test hears of it. */
type Write = { at: number; isProgress: boolean };

/** Every change of a backup's status while `work` is done, as the API server tells of it. */
async function writesOf(name: string, work: () => Promise<void>): Promise<Write[]> {
  const config = new KubeConfig();
  config.loadFromFile(inject('lab').kubeconfig);
  const writes: Write[] = [];
  let last = { status: '', rest: '' };
  const seen = (_: string, backup: MilvusBackup): void => {
    const { progress: _progress, ...rest } = backup.status;
    const now = { status: JSON.stringify(backup.status), rest: JSON.stringify(rest) };
    // What the API server itself gives an object is none of our writes.
    const isWrite = now.status !== last.status && backup.status.phase !== undefined;
    const at = Date.parse(backup.status.progress?.time ?? '');
    if (isWrite) writes.push({ at, isProgress: now.rest === last.rest });
    if (writes.filter(({ isProgress }) => isProgress).length === 3) scene.gate.open();
    last = now;
  };
  const path = `/apis/milvusbackup.dev/v1alpha1/namespaces/${scene.world.namespace}/milvusbackups`;
  const about = { fieldSelector: `metadata.name=${name}` };
  const watching = await new Watch(config).watch(path, about, seen, () => undefined);
  await work();
  watching.abort();
  return writes;
}

function median(all: readonly number[]): number {
  return [...all].sort((a, b) => a - b)[all.length >> 1] ?? Number.NaN;
}

function list(all: readonly number[]): string {
  return all.map((one) => one.toFixed(1)).join(' ');
}

function tell(text: string): void {
  console.log(`numbers: ${text}`);
}
