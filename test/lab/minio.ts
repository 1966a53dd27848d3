// SPDX-License-Identifier: Apache-2.0
// MinIO beside the node, and its Service.
import { CreateBucketCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { readLog, startDaemon } from './box.ts';
import type { Binaries } from './control-plane.ts';
import type { Instance } from './instance.ts';
import { waitFor } from './wait.ts';

export const credentials = { accessKeyId: 'labaccesskey', secretAccessKey: 'lab-secret-access-key' };

export const secretName = 'minio';

export function minioName(instance: Instance): string {
  return `minio.${instance.namespace}.svc`;
}

export async function startMinio(instance: Instance, binaries: Pick<Binaries, 'minio'>): Promise<void> {
  const data = join(instance.folder, 'minio');
  mkdirSync(data, { recursive: true });
  await startDaemon(
    instance,
    'minio',
    [join(binaries.minio, 'minio'), 'server', '--quiet', '--address', `${instance.nodeAddress}:9000`, data],
    {
      MINIO_ROOT_USER: credentials.accessKeyId,
      MINIO_ROOT_PASSWORD: credentials.secretAccessKey,
      MINIO_BROWSER: 'off',
      MINIO_UPDATE: 'off',
      HOME: instance.folder,
    },
  );
}

/** Waits until MinIO answers at its name's address, then makes the buckets. */
export async function makeBuckets(instance: Instance, buckets: string[]): Promise<void> {
  const endpoint = `http://${instance.serviceAddresses.minio}:9000`;
  await waitFor(
    `MinIO at ${endpoint}`,
    30_000,
    async () =>
      (await fetch(`${endpoint}/minio/health/ready`, { signal: AbortSignal.timeout(2000) })).ok || undefined,
    () => readLog(instance, 'minio'),
  );
  const client = new S3Client({ endpoint, region: 'us-east-1', credentials, forcePathStyle: true });
  for (const Bucket of buckets) await client.send(new CreateBucketCommand({ Bucket })).catch(unlessOwned);
  client.destroy();
}

function unlessOwned(error: unknown): void {
  if (!(error instanceof S3ServiceException) || error.name !== 'BucketAlreadyOwnedByYou') throw error;
}

/** The Service has no pods behind it: its endpoints are the server beside the node. */
export function minioObjects(instance: Instance): object[] {
  const { namespace } = instance;
  const port = { name: 's3', port: 9000, protocol: 'TCP' };
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'minio', namespace },
      spec: { clusterIP: instance.serviceAddresses.minio, ports: [{ ...port, targetPort: 9000 }] },
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'minio', namespace, labels: { 'kubernetes.io/service-name': 'minio' } },
      addressType: 'IPv4',
      ports: [port],
      endpoints: [{ addresses: [instance.nodeAddress], conditions: { ready: true } }],
    },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: secretName, namespace },
      stringData: { accessKeyID: credentials.accessKeyId, secretAccessKey: credentials.secretAccessKey },
    },
  ];
}
