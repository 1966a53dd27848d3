// SPDX-License-Identifier: Apache-2.0
// A configuration that does not fit the object store: host, TLS, login, rights, bucket; and one in which everything
// answers, but bucket, root path or prefix are not the right ones.
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import { startMinio, type Minio } from '../conformance/store-minio.ts';
import { startStoreProxy, type StoreProxy } from '../lab/store-proxy.ts';
import { connect } from '../support/collection.ts';
import {
  expectAllRefused,
  expectDone,
  expectRefused,
  idOf,
  makeTiny,
  openBench,
  type Change,
  type Refusal,
} from '../support/bad-bench.ts';

const lab = inject('lab');
const bench = openBench(lab, 'store');
const { minio } = lab;
const { bucket, rootPath } = lab.milvus.source;
const wrongSecret = 'not-the-secret-key-1';
const wrongKey = 'nobodys-access-key';
/** Everybody may read it, nobody write it. */
const readOnly = `bad-readonly-${process.pid}`;
/** Holds the logs of something else. */
const other = `bad-store-other-${process.pid}`;
const stranger = 'elsewhere/insert_log/1/2/3/0/4';
let client: MilvusClient;
let secure: Minio;
let denying: StoreProxy;
let good: Map<string, string>;

beforeAll(async () => {
  bench.secrets.push(wrongSecret, wrongKey);
  client = await connect(lab.milvus.source.address);
  await makeTiny(client, 'bad_place');
  expectDone(await bench.run(bench.document(), ['create', '-n', 'good', '--include', 'bad_place']));
  good = await bench.backup('good');
  for (const name of [readOnly, other]) await bench.buckets.make(name);
  await bench.buckets.allowAnonymous(readOnly, {
    bucket: ['s3:ListBucket', 's3:GetBucketLocation'],
    objects: ['s3:GetObject'],
  });
  for (const key of good.keys()) {
    await bench.buckets.write(readOnly, key, await bench.buckets.read(minio.backupBucket, key));
  }
  await bench.buckets.write(other, stranger, 'not ours');
  secure = await startMinio({ isTls: true });
  await secure.createBucket(minio.backupBucket);
  denying = await startStoreProxy({ upstream: minio.endpoint, faults: [{ kind: 'denyWrites' }] });
});

afterAll(async () => {
  await denying?.close();
  await secure?.close();
  await client?.dropCollection({ collection_name: 'bad_place' });
  await client?.closeConnection();
  for (const name of [readOnly, other]) await bench.buckets.drop(name);
  await bench.close();
});

const commands = {
  create: ['create', '-n', 'refused', '--include', 'bad_place'],
  restore: ['restore', '-n', 'good', '-s', '_refused'],
  check: ['check'],
} as const;

type Case = [string, Change, Refusal];

async function expectEachRefused(
  change: Change,
  refusal: Refusal,
  names: readonly (keyof typeof commands)[] = ['create', 'restore', 'check'],
): Promise<void> {
  await expectAllRefused(
    bench,
    bench.document('source', change),
    names.map((name) => commands[name]),
    { ...refusal, place: { client, bucket } },
  );
}

async function expectUntouched(): Promise<void> {
  expect(await bench.backup()).toEqual(good);
  const names = (await client.showCollections({})).data.map(({ name }) => name);
  expect(names).not.toContain('bad_place_refused');
}

/** Only the store of the backups; that of Milvus stays what it is. */
function backupStore(document: Parameters<Change>[0], change: Record<string, unknown>): void {
  Object.assign(document.backup.storage, change);
}

const auth = { type: 'static', accessKeyID: minio.accessKey, secretAccessKey: minio.secretKey };
const address = (endpoint: string): { address: string; port: number } => {
  const [host = '', port] = endpoint.split(':');
  return { address: host, port: Number(port) };
};

describe('the way to the store', () => {
  const cases: Case[] = [
    [
      'unknown host',
      (document) => backupStore(document, { address: 'no-such-store.invalid' }),
      {
        code: 1,
        reason: 'Unreachable',
        says: ['at no-such-store.invalid:9000', 'the host name is not known', 'for a typing error'],
      },
    ],
    [
      'nothing listens there',
      (document) => backupStore(document, { address: '127.0.0.1', port: 1 }),
      {
        code: 1,
        reason: 'Unreachable',
        says: ['at 127.0.0.1:1', 'the connection was refused', 'Check host and port'],
      },
    ],
    [
      'TLS against plain',
      ({ milvus }) => (milvus.storage['useSSL'] = true),
      {
        code: 1,
        reason: 'TLSFailed',
        says: [`at ${minio.endpoint}`, 'the endpoint answers without TLS', 'tls.enabled: false (useSSL)'],
      },
    ],
    [
      'plain against TLS',
      (document) => backupStore(document, address(secure.endpoint)),
      {
        code: 1,
        reason: 'TLSFailed',
        says: ['at 127.0.0.1:', 'the endpoint expects TLS', 'tls.enabled: true (useSSL)'],
      },
    ],
    [
      'TLS of an unknown authority',
      (document) => backupStore(document, { ...address(secure.endpoint), useSSL: true }),
      {
        code: 1,
        reason: 'TLSFailed',
        says: ['at 127.0.0.1:', 'certificate is not trusted', 'Name the CA that signed it'],
      },
    ],
    [
      'wrong secret key',
      ({ milvus }) => (milvus.storage['auth'] = { ...auth, secretAccessKey: wrongSecret }),
      {
        code: 1,
        reason: 'CredentialsRejected',
        says: [`at ${minio.endpoint}`, 'the credentials were rejected', 'Check access key and secret key'],
      },
    ],
    [
      'unknown access key',
      (document) => backupStore(document, { auth: { ...auth, accessKeyID: wrongKey } }),
      {
        code: 1,
        reason: 'CredentialsRejected',
        says: [`s3://${minio.backupBucket}`, 'InvalidAccessKeyId', 'Check access key and secret key'],
      },
    ],
    [
      'denied access to the bucket of Milvus',
      (document) => {
        document.milvus.storage['auth'] = { type: 'anonymous' };
        backupStore(document, { auth });
      },
      {
        code: 1,
        reason: 'CredentialsRejected',
        says: [`s3://${bucket}`, 'access was denied', /Grant s3:(ListBucket|GetObject) on this bucket/],
      },
    ],
    [
      'denied access to the bucket for backups',
      (document) => backupStore(document, { auth: { type: 'anonymous' } }),
      {
        code: 1,
        reason: 'CredentialsRejected',
        says: [
          `s3://${minio.backupBucket}`,
          'access was denied',
          /Grant s3:(ListBucket|GetObject) on this bucket/,
        ],
      },
    ],
    [
      'bucket of Milvus that does not exist',
      (document) => {
        document.milvus.storage['bucketName'] = 'bad-no-such-bucket';
      },
      {
        code: 3,
        reason: 'BucketNotFound',
        says: ['there is no bucket bad-no-such-bucket', `at ${minio.endpoint}`, 'Check the bucket name'],
      },
    ],
    [
      'bucket for backups that does not exist',
      (document) => backupStore(document, { bucketName: 'bad-no-such-bucket' }),
      {
        code: 3,
        reason: 'BucketNotFound',
        says: ['there is no bucket bad-no-such-bucket', `at ${minio.endpoint}`, 'or create the bucket'],
      },
    ],
  ];

  it.concurrent.each(cases)('%s', async (_what, change, refusal) => {
    await expectEachRefused(change, refusal);
  });

  it('nothing was written or created meanwhile', expectUntouched);
});

describe('a target that can only be read', () => {
  const cases: [string, Change, string][] = [
    [
      'by its policy',
      (document) => backupStore(document, { bucketName: readOnly, auth: { type: 'anonymous' } }),
      `s3://${readOnly}/${bench.prefix}/`,
    ],
    [
      'by what stands before it',
      (document) => backupStore(document, address(denying.endpoint)),
      `s3://${minio.backupBucket}/${bench.prefix}/`,
    ],
  ];

  it.each(cases)('%s: nothing is backed up', async (_what, change, where) => {
    await expectEachRefused(
      change,
      {
        code: 3,
        reason: 'TargetReadOnly',
        says: [`Could not write ${where}`, 'access was denied', 'Grant s3:PutObject on this bucket'],
      },
      ['create', 'check'],
    );
    await expectUntouched();
    expect(await bench.buckets.etags(readOnly, '')).toEqual(good);
  });

  it.each(cases)('%s: what is there can be used', async (_what, change) => {
    const document = bench.document('source', change);
    expectDone(await bench.run(document, ['verify', '-n', 'good']));
    expectDone(await bench.run(document, [...commands.restore, '--dry-run']));
  });
});

describe('a storage that is not Milvus’s own', () => {
  // Whose segment it is that is missed is not ours to choose: restore and check look at all of Milvus.
  const says = ['Milvus says that segment '];
  const cases: Case[] = [
    [
      'wrong root path',
      ({ milvus }) => (milvus.storage['rootPath'] = 'other/root'),
      {
        code: 3,
        reason: 'StorageMismatch',
        says: [
          ...says,
          `in s3://${bucket} at`,
          `They stand under the root path "${rootPath}": set milvus.storage.rootPath to that`,
        ],
      },
    ],
    [
      'wrong bucket',
      (document) => {
        document.milvus.storage['bucketName'] = other;
        backupStore(document, { bucketName: minio.backupBucket });
      },
      {
        code: 3,
        reason: 'StorageMismatch',
        says: [
          ...says,
          `in s3://${other} at`,
          'insert logs of other collections stand under "elsewhere"',
          'compare with minio.bucketName',
        ],
      },
    ],
  ];

  it.each(cases)('%s', async (_what, change, refusal) => {
    const dir = `${rootPath}/insert_log/${await idOf(client, 'bad_place')}/`;
    const logs = await bench.buckets.etags(bucket, dir);
    await expectEachRefused(change, refusal);
    await expectUntouched();
    expect(await bench.buckets.etags(bucket, dir)).toEqual(logs);
    expect([...(await bench.buckets.etags(other, '')).keys()]).toEqual([stranger]);
  });
});

describe('a prefix for backups', () => {
  const cases: [string, string][] = [
    ['inside the root path', `${rootPath}/backups`],
    ['that is the root path', `/${rootPath}/`],
    ['above the root path', ''],
  ];

  it.concurrent.each(cases)('%s', async (_what, prefix) => {
    await expectEachRefused((document) => backupStore(document, { bucketName: bucket, rootPath: prefix }), {
      code: 2,
      reason: 'InvalidConfiguration',
      says: [
        `Milvus's root path "${rootPath}" overlap in bucket ${bucket}`,
        'Milvus imports and removes what lies below its root path',
      ],
    });
    expect(await bench.buckets.etags(bucket, `${rootPath}/backups/`)).toEqual(new Map());
    expect(await bench.buckets.etags(bucket, `${rootPath}/refused/`)).toEqual(new Map());
    expect(await bench.buckets.etags(bucket, 'refused/')).toEqual(new Map());
  });

  it('inside the root path: nothing there is deleted', async () => {
    const document = bench.document('source', (document) =>
      backupStore(document, { bucketName: bucket, rootPath: `${rootPath}/insert_log` }),
    );
    const dir = `${rootPath}/insert_log/`;
    const told = await bench.run(document, ['delete', '-n', 'refused']);
    expectRefused(told, {
      code: 2,
      reason: 'InvalidConfiguration',
      says: [`"${dir}refused/" and Milvus's root path`, `Nothing below ${dir}refused/ was deleted`],
    });
  });
});
