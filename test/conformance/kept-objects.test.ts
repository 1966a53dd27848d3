// SPDX-License-Identifier: Apache-2.0
// A bucket that keeps what is removed, as older versions, and one from which nothing may be removed.
import { PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deleteBackup } from '../../src/engine/delete.ts';
import { listBackups } from '../../src/engine/list.ts';
import { verifyBackup } from '../../src/engine/verify.ts';
import { ownFiles } from '../../src/format/paths.ts';
import type { ObjectStore } from '../../src/store/contract.ts';
import { makeBackup } from './operations-backup.ts';
import { collect, keysOf, testEngine, type TestEngine } from './operations-engine.ts';
import { startMinio, type Minio } from './store-minio.ts';

let minio: Minio;
let milvus: ObjectStore;
beforeAll(async () => {
  minio = await startMinio();
  await minio.createBucket('milvus');
  milvus = minio.open('milvus');
});
afterAll(() => minio?.close());

const over = (backup: ObjectStore): TestEngine => testEngine({ backup, milvus });
const namesIn = async (backup: ObjectStore): Promise<string[]> =>
  (await collect(listBackups(over(backup)))).map(({ name }) => name);

describe('a bucket with versions', () => {
  // Invariant: what was deleted is gone for everybody who does not ask for old versions, and its name is free.
  it('[FM-24] forgets a backup that is deleted, and takes another one of its name', async () => {
    await minio.createBucket('versioned');
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await minio.client.send(new PutBucketVersioningCommand({ Bucket: 'versioned', VersioningConfiguration }));
    const backup = minio.open('versioned');
    const night = await makeBackup(backup, 'backup', 'night');
    await makeBackup(backup, 'backup', 'other');
    expect(await deleteBackup(over(backup), { name: 'night' })).toMatchObject({ outcome: 'Succeeded' });
    expect(await keysOf(backup, night.dir)).toEqual([]);
    expect(await namesIn(backup)).toEqual(['other']);
    // As a run takes its folder: only where nothing stands.
    const ledger = `${night.dir}${ownFiles.ledger}`;
    const taken = await backup.put(ledger, Buffer.from('{}'), { ifNoneMatch: '*' });
    expect(taken.written).toBe(true);
    await backup.remove([ledger]);
    await makeBackup(backup, 'backup', 'night');
    const verified = await verifyBackup(over(backup), { name: 'night', mode: 'Checksum' });
    expect(verified.outcome).toBe('Succeeded');
    backup.close();
  });
});

describe('a bucket from which nothing may be removed', () => {
  // Invariant: the refusal names right and object, no byte of the data is gone, and others are not touched.
  it('[FM-24] refuses a deletion by name, and goes on where it stopped once it may', async () => {
    await minio.createBucket('kept');
    const owner = minio.open('kept');
    const night = await makeBackup(owner, 'backup', 'night');
    await makeBackup(owner, 'backup', 'other');
    const before = await keysOf(owner, night.dir);
    await minio.allowAnonymous('kept', {
      bucket: ['s3:ListBucket', 's3:GetBucketLocation', 's3:ListBucketMultipartUploads'],
      objects: ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
    });
    const guest = minio.open('kept', { credentials: () => Promise.resolve('anonymous') });
    await expect(deleteBackup(over(guest), { name: 'night' })).rejects.toMatchObject({
      message: expect.stringMatching(/s3:\/\/kept\/backup\/night\/.*s3:DeleteObject is missing/s) as string,
    });
    expect(await keysOf(owner, night.dir)).toEqual(expect.arrayContaining(before));
    const verified = await verifyBackup(over(guest), { name: 'other', mode: 'Checksum' });
    expect(verified.outcome).toBe('Succeeded');
    expect(await deleteBackup(over(owner), { name: 'night' })).toMatchObject({ outcome: 'Succeeded' });
    expect(await namesIn(owner)).toEqual(['other']);
    guest.close();
    owner.close();
  });
});
