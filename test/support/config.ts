// SPDX-License-Identifier: Apache-2.0
// Configurations for the lab's two Milvus.
import type { LabInfo } from '../lab/lab.ts';

/** A configuration in the v2 layout; tests change what they are about. */
export type ConfigDocument = {
  configVersion: 'v2';
  milvus: Record<string, unknown> & { grpc: Record<string, unknown>; storage: Record<string, unknown> };
  backup: Record<string, unknown> & { storage: Record<string, unknown> };
  [section: string]: unknown;
};

/** The configuration for one of the lab's Milvus, with backups below `prefix` in the bucket for backups. */
export function labConfig(
  lab: LabInfo,
  prefix: string,
  which: 'source' | 'target' = 'source',
): ConfigDocument {
  const milvus = lab.milvus[which];
  const [host, port] = milvus.address.split(':');
  const [storeHost, storePort] = lab.minio.endpoint.split(':');
  const auth = { type: 'static', accessKeyID: lab.minio.accessKey, secretAccessKey: lab.minio.secretKey };
  const store = {
    provider: 'minio',
    address: storeHost,
    port: Number(storePort),
    region: lab.minio.region,
    auth,
  };
  return {
    configVersion: 'v2',
    milvus: {
      grpc: { address: host, port: Number(port) },
      management: { endpoint: `http://${milvus.managementAddress}` },
      storage: { ...store, bucketName: milvus.bucket, rootPath: milvus.rootPath },
    },
    backup: { storage: { bucketName: lab.minio.backupBucket, rootPath: prefix } },
  };
}
