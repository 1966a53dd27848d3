// SPDX-License-Identifier: Apache-2.0
// The manifests of examples/, which the documentation shows, for tests and demo to apply. Only what names a server, a
// bucket or a login is put in the lab's words; everything else is applied as it stands in the file.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import type { LabInfo, MilvusInfo } from '../lab/info.ts';

export type Manifest = {
  apiVersion: string;
  kind: string;
  metadata: { name: string } & Record<string, unknown>;
  spec?: Record<string, unknown>;
} & Record<string, unknown>;

/** Of the lab what examples speak of. */
export type Places = {
  minio: Pick<LabInfo['minio'], 'endpoint' | 'accessKey' | 'secretKey' | 'backupBucket'>;
  milvus: Record<'source' | 'target', Pick<MilvusInfo, 'address' | 'bucket' | 'rootPath'>>;
};

export const examplesFolder = join(import.meta.dirname, '../../examples');

/** The objects of one file, such as `quickstart/backup.yaml`. */
export function readExample(path: string): Manifest[] {
  return loadAll(readFileSync(join(examplesFolder, path), 'utf8')) as Manifest[];
}

/**
 * The same objects in the lab: its addresses, buckets and logins, plain HTTP, no login to Milvus. The Secret
 * `object-store` (quickstart/secret.yaml) holds the login, so apply that one too. `prefix` keeps backups of several
 * tests apart.
 */
export function inLab(objects: readonly Manifest[], places: Places, prefix?: string): Manifest[] {
  return objects.map((object) => {
    const { kind, metadata, spec = {} } = object;
    if (kind === 'Secret' && metadata.name === loginName) {
      const { accessKey, secretKey } = places.minio;
      return { ...object, stringData: { accesskey: accessKey, secretkey: secretKey } };
    }
    if (kind === 'MilvusInstance') return { ...object, spec: instanceSpec(object, places) };
    if (kind === 'MilvusBackupStorage') {
      const store = storeIn(places, places.minio.backupBucket);
      const { accessMode, checkInterval } = spec;
      return {
        ...object,
        spec: { ...given({ accessMode, checkInterval }), ...store, prefix: prefix ?? spec['prefix'] },
      };
    }
    return object;
  });
}

const loginName = 'object-store';

function instanceSpec({ metadata, spec = {} }: Manifest, places: Places): Record<string, unknown> {
  const { address, bucket, rootPath } =
    places.milvus[metadata.name.endsWith('staging') ? 'target' : 'source'];
  const { maxConcurrentBackups, checkInterval, job } = spec;
  return {
    address,
    ...given({ maxConcurrentBackups, checkInterval, job }),
    storage: { ...storeIn(places, bucket), rootPath },
  };
}

function storeIn({ minio }: Places, bucket: string): Record<string, unknown> {
  return {
    provider: 'Minio',
    endpoint: minio.endpoint,
    tls: { enabled: false },
    bucket,
    auth: { secretRef: { name: loginName } },
  };
}

function given(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
