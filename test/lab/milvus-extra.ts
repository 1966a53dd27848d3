// SPDX-License-Identifier: Apache-2.0
// One more Milvus for a test: with logins, with TLS, with another root path. Gone with `stop`, data of its bucket excepted.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { addHosts, removeHosts } from './hosts-file.ts';
import { instanceOf, type Instance } from './instance.ts';
import { get, kubectl } from './kubectl.ts';
import { makeBuckets } from './minio.ts';
import { applyMilvus, waitForMilvus } from './milvus.ts';
import type { MilvusSpec } from './milvus-objects.ts';

export type ExtraMilvus = {
  /** Host and port of gRPC and REST, for pods and for programs of this machine. */
  address: string;
  managementAddress: string;
  stop: () => Promise<void>;
};

export async function startMilvus(spec: MilvusSpec, instance: Instance = instanceOf()): Promise<ExtraMilvus> {
  const { name } = spec;
  const host = `${name}.${instance.namespace}.svc`;
  const stop = () => stopMilvus(instance, name);
  try {
    await makeBuckets(instance, [spec.bucket]);
    await applyMilvus(instance, [spec]);
    type Service = { spec: { clusterIP: string } };
    const service = await get<Service>(instance, ['-n', instance.namespace, 'service', name]);
    await addHosts(instance, name, { [host]: service.spec.clusterIP });
    await waitForMilvus(instance, name);
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
  return { address: `${host}:19530`, managementAddress: `${host}:9091`, stop };
}

async function stopMilvus(instance: Instance, name: string): Promise<void> {
  const inNamespace = ['-n', instance.namespace, '--ignore-not-found'];
  await removeHosts(instance, name);
  await kubectl(instance, ['delete', ...inNamespace, 'statefulset', name, '--cascade=foreground']);
  await kubectl(instance, ['delete', ...inNamespace, `service/${name}`, `pvc/${name}`, `secret/${name}-tls`]);
  await kubectl(instance, ['delete', '--ignore-not-found', 'pv', `${instance.namespace}-${name}`]);
  rmSync(join(instance.folder, 'volumes', name), { recursive: true, force: true });
}
