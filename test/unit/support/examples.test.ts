// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { examplePaths } from '../../../scripts/generate-docs.ts';
import { inLab, readExample, type Places } from '../../support/examples.ts';

const root = join(import.meta.dirname, '../../..');
const places: Places = {
  minio: { endpoint: 'minio.lab.svc:9000', accessKey: 'a', secretKey: 's', backupBucket: 'there' },
  milvus: {
    source: { address: 'milvus.lab.svc:19530', bucket: 'one', rootPath: 'files' },
    target: { address: 'milvus-target.lab.svc:19530', bucket: 'two', rootPath: 'files' },
  },
};
const read = (path: string) => inLab(readExample(path), places, 'mine');

it('puts servers, buckets and logins in the words of the lab, and nothing else', () => {
  const auth = { secretRef: { name: 'object-store' } };
  const store = { provider: 'Minio', endpoint: 'minio.lab.svc:9000', tls: { enabled: false }, auth };
  expect(read('quickstart/secret.yaml')[0]?.['stringData']).toEqual({ accesskey: 'a', secretkey: 's' });
  expect(read('quickstart/instance.yaml')[0]?.spec).toEqual({
    address: 'milvus.lab.svc:19530',
    storage: { ...store, bucket: 'one', rootPath: 'files' },
  });
  expect(read('instance/staging.yaml')[0]?.spec).toMatchObject({
    address: 'milvus-target.lab.svc:19530',
    storage: { bucket: 'two' },
  });
  expect(read('storage/read-only.yaml')[0]?.spec).toEqual({
    ...store,
    accessMode: 'ReadOnly',
    checkInterval: '24h',
    bucket: 'there',
    prefix: 'mine',
  });
});

it.each(examplePaths(root).filter((path) => /^(backup|restore)\//.test(path)))(
  '%s is applied as it is',
  (path) => {
    expect(read(path)).toEqual(readExample(path));
  },
);
