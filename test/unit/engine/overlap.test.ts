// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { assertDeletable, assertPrefixApart } from '../../../src/engine/overlap.ts';
import type { Config } from '../../../src/contract/config.ts';

type Place = { address: string; port: number; bucketName: string; rootPath: string };

function config(milvus: Partial<Place>, backup: Partial<Place>): Config {
  const place: Place = { address: 'minio', port: 9000, bucketName: 'b', rootPath: 'files' };
  return {
    milvus: { storage: { ...place, ...milvus } },
    backup: { storage: { ...place, rootPath: 'backup', ...backup } },
  } as Config;
}

describe('the prefix of the backups', () => {
  it.each([
    ['beside the root path', {}, { rootPath: 'backup' }, true],
    ['with the root path as the beginning of its name', {}, { rootPath: 'files-backup' }, true],
    ['the root path itself', {}, { rootPath: 'files' }, false],
    ['the root path, written otherwise', {}, { rootPath: '/files//' }, false],
    ['below the root path', {}, { rootPath: 'files/backup' }, false],
    ['above the root path', { rootPath: 'a/files' }, { rootPath: 'a' }, false],
    ['the top of the bucket', {}, { rootPath: '' }, false],
    ['anywhere, where Milvus has the whole bucket', { rootPath: '' }, { rootPath: 'backup' }, false],
    ['in another bucket', {}, { rootPath: 'files', bucketName: 'c' }, true],
    ['at another store', {}, { rootPath: 'files', address: 'other' }, true],
    ['at another port', {}, { rootPath: 'files', port: 9001 }, true],
  ])('%s', (_name, milvus, backup, allowed) => {
    const act = (): void => assertPrefixApart(config(milvus, backup));
    if (allowed) expect(act).not.toThrow();
    else expect(act).toThrow(expect.objectContaining({ reason: 'InvalidConfiguration' }));
  });
});

describe('a folder to be deleted', () => {
  it.each([
    ['beside the root path', {}, {}, 'backup/nightly/', true],
    ['at the top of the bucket', {}, { rootPath: '' }, 'nightly/', true],
    ['that is the root path', {}, { rootPath: '' }, 'files/', false],
    ['that holds the root path', { rootPath: 'nightly/files' }, { rootPath: '' }, 'nightly/', false],
    ['within the root path', {}, { rootPath: 'files' }, 'files/nightly/', false],
    [
      'that is the root path by another address of the store',
      {},
      { address: 'alias', rootPath: '' },
      'files/',
      false,
    ],
    ['of the same path in another bucket', {}, { bucketName: 'c', rootPath: '' }, 'files/', true],
  ])('%s', (_name, milvus, backup, dir, allowed) => {
    const act = (): void => assertDeletable(config(milvus, backup), dir);
    if (allowed) expect(act).not.toThrow();
    else expect(act).toThrow(expect.objectContaining({ reason: 'InvalidConfiguration' }));
  });
});
