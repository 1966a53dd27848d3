// SPDX-License-Identifier: Apache-2.0
// Servers of the lab that go away and come back, whole and with their data: for what runs meanwhile. Each of these takes
// something from every other user of the lab.
import { killDaemon } from './box.ts';
import { goToolFolder } from './go-build.ts';
import { instanceOf, type Instance } from './instance.ts';
import { kubectl } from './kubectl.ts';
import { milvusName, waitForMilvus, type Which } from './milvus.ts';
import { minioName, startMinio } from './minio.ts';
import { startKubelet, waitForNode } from './node.ts';
import { waitFor } from './wait.ts';

export type Outage = {
  /** Returns when it answers again; a second time it does nothing. */
  end(): Promise<void>;
};

/** Its pod is gone, and no other comes before the end. */
export async function stopMilvus(which: Which, instance: Instance = instanceOf()): Promise<Outage> {
  const name = milvusName(which);
  const scale = (replicas: number): Promise<string> =>
    kubectl(instance, ['-n', instance.namespace, 'scale', 'statefulset', name, `--replicas=${replicas}`]);
  await scale(0);
  const gone = ['wait', '--for=delete', 'pod', `${name}-0`, '--timeout=60s'];
  await kubectl(instance, ['-n', instance.namespace, ...gone]);
  return once(async () => {
    await scale(1);
    await waitForMilvus(instance, name);
  });
}

/** Killed: connections are cut, and new ones refused. Both Milvus lose it too. */
export async function stopMinio(instance: Instance = instanceOf()): Promise<Outage> {
  await killDaemon(instance, 'minio');
  return once(async () => {
    await startMinio(instance, { minio: goToolFolder('minio') });
    const url = `http://${minioName(instance)}:9000/minio/health/ready`;
    await waitFor('MinIO', 30_000, async () => {
      const { ok } = await fetch(url, { signal: AbortSignal.timeout(2000) });
      return ok || undefined;
    });
    for (const which of ['source', 'target']) await waitForMilvus(instance, milvusName(which));
  });
}

/** The node's kubelet is killed: its pods work on, and nobody tells of them any more. */
export async function stopKubelet(instance: Instance = instanceOf()): Promise<Outage> {
  await killDaemon(instance, 'kubelet');
  return once(async () => {
    await startKubelet(instance, { kubernetes: goToolFolder('kubernetes') });
    await waitForNode(instance);
    for (const which of ['source', 'target']) await waitForMilvus(instance, milvusName(which));
  });
}

function once(end: () => Promise<void>): Outage {
  let ended: Promise<void> | undefined;
  return { end: () => (ended ??= end()) };
}
