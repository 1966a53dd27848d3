// SPDX-License-Identifier: Apache-2.0
// Where an object store is, in the words of the engine's configuration; and what a storage is known by.
import { createHash } from 'node:crypto';
import type { MilvusBackupStorage, MilvusInstance } from '../api/index.ts';
import type { ProviderName } from '../contract/provider.ts';

/** What both kinds of storage have in common. */
export type ObjectStore = Omit<MilvusInstance['spec']['storage'], 'rootPath'>;

const providers: Record<ObjectStore['provider'], ProviderName> = {
  S3: 'aws',
  Minio: 'minio',
  Ceph: 'ceph',
  GCS: 'gcp',
  Aliyun: 'aliyun',
  Tencent: 'tencent',
  Huawei: 'hwc',
};

export type Place = {
  provider: ProviderName;
  /** Empty: the provider's own. */
  address: string;
  port: number;
  region: string;
  useSSL: boolean;
  insecureSkipVerify: boolean;
  addressing: ObjectStore['addressing'];
  bucketName: string;
  rootPath: string;
};

/** Everything is said, the empty too: what backup.storage leaves out it would be lent by milvus.storage. */
export function placeOf(store: ObjectStore, rootPath: string): Place {
  const { enabled } = store.tls;
  const { host, port } = hostAndPort(store.endpoint ?? '', enabled ? 443 : 80);
  return {
    provider: providers[store.provider],
    address: host,
    port,
    region: store.region ?? '',
    useSSL: enabled,
    insecureSkipVerify: store.tls.insecureSkipVerify,
    addressing: store.addressing,
    bucketName: store.bucket,
    rootPath,
  };
}

/** `host`, `host:port`, `[::1]:port`; brackets stay. */
export function hostAndPort(address: string, otherwise: number): { host: string; port: number } {
  const [, host = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(address) ?? [];
  return { host, port: port === undefined ? otherwise : Number(port) };
}

/** Hash of provider, endpoint, bucket and prefix: two storages with one fingerprint hold the same backups. */
export function fingerprint({ spec }: Pick<MilvusBackupStorage, 'spec'>): string {
  const { provider, address, port, bucketName, rootPath } = placeOf(spec, spec.prefix);
  const endpoint = address === '' ? '' : `${address.toLowerCase()}:${port}`;
  const text = JSON.stringify([provider, endpoint, bucketName, rootPath]);
  return createHash('sha256').update(text).digest('hex');
}
