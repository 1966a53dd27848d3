// SPDX-License-Identifier: Apache-2.0
// The running Milvus servers of a lab: wait for one, restart it, kill it.
import { readLog, runInBox } from './box.ts';
import { instanceOf, type Instance } from './instance.ts';
import { apply, get, kubectl } from './kubectl.ts';
import { milvusObjects, milvusVolume, type MilvusSpec } from './milvus-objects.ts';
import { waitFor } from './wait.ts';

/** The two that every lab has, and any that a test has added, by name. */
export type Which = 'source' | 'target' | (string & {});

export function defaultMilvus(instance: Instance): { source: MilvusSpec; target: MilvusSpec } {
  const { source, target } = instance.serviceAddresses;
  return {
    source: { name: 'milvus', bucket: 'milvus-source', rootPath: 'files', clusterIP: source },
    target: { name: 'milvus-target', bucket: 'milvus-target', rootPath: 'files', clusterIP: target },
  };
}

export function milvusName(which: Which): string {
  if (which === 'source') return 'milvus';
  return which === 'target' ? 'milvus-target' : which;
}

/** Volumes first: a pod that the scheduler sees before its claim is bound waits for many seconds. */
export async function applyMilvus(instance: Instance, specs: MilvusSpec[]): Promise<void> {
  await applyVolumes(instance, specs);
  for (const { name } of specs) await waitForClaim(instance, name);
  await apply(
    instance,
    specs.flatMap((spec) => milvusObjects(instance, spec)),
  );
}

/** May be done long before the rest. */
export async function applyVolumes(instance: Instance, specs: MilvusSpec[]): Promise<void> {
  await apply(
    instance,
    specs.flatMap(({ name }) => milvusVolume(instance, name)),
  );
}

async function waitForClaim(instance: Instance, name: string): Promise<void> {
  type Claim = { status?: { phase?: string } };
  await waitFor(`the volume of Milvus ${name}`, 30_000, async () => {
    const claim = await get<Claim>(instance, ['-n', instance.namespace, 'pvc', name]);
    return claim.status?.phase === 'Bound' || undefined;
  });
}

type Pod = {
  metadata: { uid: string };
  status?: {
    conditions?: { type: string; status: string }[];
    containerStatuses?: { containerID?: string; restartCount: number }[];
  };
};

/** Returns when the pod is Ready, is none of `not`, and its Service answers to programs of this machine. */
export async function waitForMilvus(
  instance: Instance,
  name: string,
  not?: { pod?: string; container?: string },
): Promise<void> {
  const address = `${name}.${instance.namespace}.svc`;
  await waitFor(
    `Milvus ${address} to be ready`,
    120_000,
    async () => {
      const pod = await milvusPod(instance, name);
      const isReady = (pod.status?.conditions ?? []).some(
        ({ type, status }) => type === 'Ready' && status === 'True',
      );
      const isOld =
        pod.metadata.uid === not?.pod || (not?.container !== undefined && containerOf(pod) === not.container);
      if (!isReady || isOld) return undefined;
      return (await isHealthy(instance, name)) || undefined;
    },
    () => explainPod(instance, name),
  );
}

export async function isHealthy(instance: Instance, name: string): Promise<boolean> {
  const url = `http://${name}.${instance.namespace}.svc:9091/healthz`;
  return (await fetch(url, { signal: AbortSignal.timeout(2000) })).ok;
}

/** Deletes the pod; its successor has the same volume. Returns when that one is ready. */
export async function restartMilvus(which: Which, instance: Instance = instanceOf()): Promise<void> {
  const name = milvusName(which);
  const pod = (await milvusPod(instance, name)).metadata.uid;
  await kubectl(instance, ['-n', instance.namespace, 'delete', 'pod', `${name}-0`, '--wait=false']);
  await waitForMilvus(instance, name, { pod });
}

/** Kills the server with SIGKILL and returns at once; the kubelet restarts it. `waitForMilvus` waits for that. */
export async function killMilvus(
  which: Which,
  instance: Instance = instanceOf(),
): Promise<{ restarted: Promise<void> }> {
  const name = milvusName(which);
  const container = containerOf(await milvusPod(instance, name));
  if (container === undefined) throw new Error(`Milvus ${name} has no running container to kill`);
  await runInBox(instance, 'ctr', [
    '--namespace',
    'k8s.io',
    'tasks',
    'kill',
    '--signal',
    'SIGKILL',
    container,
  ]);
  const restarted = waitForMilvus(instance, name, { container });
  // Whoever does not wait for it must not fall over its failure.
  restarted.catch(() => undefined);
  return { restarted };
}

async function milvusPod(instance: Instance, name: string): Promise<Pod> {
  return get<Pod>(instance, ['-n', instance.namespace, 'pod', `${name}-0`]);
}

function containerOf(pod: Pod): string | undefined {
  return pod.status?.containerStatuses?.[0]?.containerID?.replace('containerd://', '');
}

async function explainPod(instance: Instance, name: string): Promise<string> {
  const inNamespace = ['-n', instance.namespace];
  const events = ['get', 'events', '--field-selector', `involvedObject.name=${name}-0`];
  const answers = await Promise.allSettled([
    kubectl(instance, [...inNamespace, 'get', 'pod', `${name}-0`, '-o', 'wide']),
    kubectl(instance, [...inNamespace, ...events]),
    kubectl(instance, [...inNamespace, 'logs', `${name}-0`, '--tail', '15']),
  ]);
  const texts = answers.map((answer) =>
    answer.status === 'fulfilled' ? answer.value : String(answer.reason),
  );
  return [...texts, readLog(instance, 'kubelet')].join('\n');
}
