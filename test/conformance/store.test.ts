// SPDX-License-Identifier: Apache-2.0
// The suite over MinIO as itself, and through the rows of the quirks table that take other ways to the same results.
import { afterAll, beforeAll } from 'vitest';
import type { Provider } from '../../src/store/contract.ts';
import { describeStore, type OpenStore } from './store.ts';
import { startMinio, type Minio } from './store-minio.ts';

let minio: Minio;

beforeAll(async () => {
  minio = await startMinio();
  for (const bucket of ['first', 'second']) await minio.createBucket(bucket);
});

afterAll(() => minio.close());

function as(provider: Provider): OpenStore {
  return (bucket) => minio.open(bucket, { provider, addressing: 'Path' });
}

describeStore('MinIO', as('Minio'));
// What a row changes; the rest of the driver is the same code.
describeStore('Ceph: lists by marker, no conditions', as('Ceph'), [
  'objects',
  'keys',
  'conditional writes',
  'listing',
]);
describeStore('GCS: no bulk removal, no copies by parts', as('GCS'), [
  'objects',
  'keys',
  'copies',
  'removal',
  'open uploads',
]);
