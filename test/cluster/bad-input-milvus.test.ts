// SPDX-License-Identifier: Apache-2.0
// A configuration that does not fit Milvus: login, address, TLS; and a storage that is not Milvus's own, seen by a Milvus
// that has written nothing yet, so that nothing can tell before the first rows are flushed.
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { connect } from '../support/collection.ts';
import {
  expectAllRefused,
  expectDone,
  expectOnlyLedger,
  expectRefused,
  idOf,
  makeTiny,
  openBench,
  type Change,
  type Refusal,
} from '../support/bad-bench.ts';
import { startGuardedMilvus, type GuardedMilvus } from '../support/bad-milvus.ts';

const lab = inject('lab');
const bench = openBench(lab, 'milvus');
/** A bucket that Milvus does not write to. */
const other = `bad-other-${process.pid}`;
const address = `milvus-bad.${lab.namespace}.svc:19530`;
const wrongPassword = 'not-the-password-1';
let guarded: GuardedMilvus;
let good: Map<string, string>;

beforeAll(async () => {
  bench.secrets.push(wrongPassword);
  const making = makeGoodBackup();
  await bench.buckets.make(other);
  // Known before anything else can fail, so that it is stopped in any case.
  guarded = await startGuardedMilvus(lab.namespace);
  await making;
  bench.secrets.push(guarded.powerless.password);
});

async function makeGoodBackup(): Promise<void> {
  const source = await connect(lab.milvus.source.address);
  try {
    await makeTiny(source, 'bad_good');
    expectDone(await bench.run(bench.document(), ['create', '-n', 'good', '--include', 'bad_good']));
  } finally {
    await source.dropCollection({ collection_name: 'bad_good' });
    await source.closeConnection();
  }
  good = await bench.backup('good');
}

afterAll(async () => {
  if (guarded) {
    await guarded.stop();
    await bench.buckets.drop(guarded.bucket);
  }
  await bench.buckets.drop(other);
  await bench.close();
});

/** A configuration for the guarded Milvus, then changed. */
const toGuarded =
  (change: Change = () => {}): Change =>
  (document) => {
    guarded.configure(document);
    change(document);
  };

const place = (bucket = guarded.bucket) => ({ client: guarded.client, bucket });

describe('the way to Milvus', () => {
  const cases: [string, Change, Refusal][] = [
    [
      'wrong password',
      toGuarded(({ milvus }) => (milvus['password'] = wrongPassword)),
      {
        code: 1,
        reason: 'CredentialsRejected',
        says: ['refused the login: auth check failure', address, 'Check user name and password'],
      },
    ],
    [
      'no login where one is asked for',
      toGuarded(({ milvus }) => Object.assign(milvus, { user: '', password: '' })),
      {
        code: 1,
        reason: 'CredentialsRejected',
        says: ['missing authorization', address, 'Check user name and password, and that both are given'],
      },
    ],
    [
      'denied access: a user without rights',
      toGuarded(({ milvus }) => Object.assign(milvus, guarded.powerless)),
      {
        code: 1,
        reason: 'CredentialsRejected',
        says: [/not allowed for this user: .*powerless/, address, 'Grant it to the user'],
      },
    ],
    [
      'unknown host',
      ({ milvus }) => (milvus.grpc['address'] = 'no-such-milvus.invalid'),
      {
        code: 1,
        reason: 'Unreachable',
        says: ['the host name of no-such-milvus.invalid:19530 cannot be resolved', 'Check the address'],
      },
    ],
    [
      'nothing listens there',
      ({ milvus }) => Object.assign(milvus.grpc, { address: '127.0.0.1', port: 1 }),
      {
        code: 1,
        reason: 'Unreachable',
        says: ['nothing listens at 127.0.0.1:1', 'connection refused', 'Check host and port'],
      },
    ],
    [
      'TLS against plain',
      ({ milvus }) => (milvus.grpc['tlsMode'] = 'server'),
      {
        code: 1,
        reason: 'TLSFailed',
        says: [lab.milvus.source.address, 'speaks plain text there', 'Set the TLS mode to Disabled'],
      },
    ],
    [
      'plain against TLS',
      toGuarded(({ milvus }) => (milvus.grpc['tlsMode'] = 'disabled')),
      {
        code: 1,
        reason: 'TLSFailed',
        says: [`at ${address} the server speaks TLS`, 'our TLS mode is Disabled', 'Set it to Server'],
      },
    ],
    [
      'TLS of an unknown authority',
      toGuarded(({ milvus }) => (milvus.grpc['caCertPath'] = '')),
      {
        code: 1,
        reason: 'TLSFailed',
        says: [address, 'of a CA that we do not trust', 'Name the CA file'],
      },
    ],
  ];

  it.concurrent.each(cases)('%s', async (_what, change, refusal) => {
    const commands = [['create', '-n', 'refused'], ['restore', '-n', 'good'], ['check']];
    await expectAllRefused(bench, bench.document('source', change), commands, { ...refusal, place: place() });
  });

  it('nothing was written or created meanwhile', async () => {
    expect(await bench.backup()).toEqual(good);
    expect((await guarded.client.showCollections({})).data).toEqual([]);
  });
});

describe('a storage of which Milvus cannot tell yet whether it is its own', () => {
  const wrong: [string, Change, string][] = [
    ['root path', ({ milvus }) => (milvus.storage['rootPath'] = 'other/root'), '"other/root'],
    ['bucket', ({ milvus }) => (milvus.storage['bucketName'] = other), `s3://${other} at`],
  ];

  it.each(wrong)('check says that it cannot tell: %s', async (_what, change, named) => {
    const told = await bench.run(bench.document('source', toGuarded(change)), ['check']);
    expectDone(told);
    expect(told.result).toMatchObject({ storageMatches: 'Unknown' });
    const warning = told.events.find(({ event, reason }) => event === 'warning' && reason === 'NoSegments');
    expect(warning?.['message']).toContain(named);
    expect(warning?.['message']).toContain('no persistent segment yet');
  });

  it('restore into the wrong bucket: nothing is imported, which is no success', async () => {
    const document = bench.document(
      'source',
      toGuarded(({ milvus }) => (milvus.storage['bucketName'] = other)),
    );
    const told = await bench.run(document, ['restore', '-n', 'good']);
    expectRefused(told, {
      code: 3,
      reason: 'RowCountMismatch',
      says: [
        'default.bad_good',
        'Milvus imported 0 rows, the backup holds 40',
        `Nothing shows that Milvus reads s3://${other} at`,
        'compare milvus.storage with minio.bucketName',
      ],
    });
    await expectOnlyLedger(bench, told, place(other));
    expect((await guarded.client.showCollections({})).data).toEqual([]);
    expect(await bench.buckets.etags(guarded.bucket, '')).toEqual(new Map());
  });

  it.each(wrong)('create notices after its flush: %s', async (what, change, named) => {
    const name = `wrong_${what.slice(0, 4)}`;
    await makeTiny(guarded.client, 'bad_growing', { flush: false });
    const told = await bench.run(bench.document('source', toGuarded(change)), ['create', '-n', name]);
    expectRefused(told, {
      code: 3,
      reason: 'StorageMismatch',
      says: [
        'default.bad_growing has 40 rows in 1 segments',
        named,
        `insert_log/${await idOf(guarded.client, 'bad_growing')}/`,
        'correct milvus.storage.bucketName and rootPath',
      ],
    });
    const ledger = `${bench.prefix}/${name}/milvusbackup.dev/ledger.json`;
    expect([...(await bench.backup(name)).keys()]).toEqual([ledger]);
    // Once it is corrected, the same run goes on.
    const corrected = await bench.run(bench.document('source', toGuarded()), [
      'create',
      '-n',
      name,
      '--resume',
    ]);
    expectDone(corrected);
    expect(corrected.result).toMatchObject({ rows: { planned: 40 } });
    await guarded.client.dropCollection({ collection_name: 'bad_growing' });
  });

  it('create with a log of Milvus gone', async () => {
    await makeTiny(guarded.client, 'bad_torn');
    const dir = `${guarded.rootPath}/insert_log/${await idOf(guarded.client, 'bad_torn')}/`;
    const [gone = ''] = [...(await bench.buckets.etags(guarded.bucket, dir)).keys()];
    await bench.buckets.remove(guarded.bucket, gone);
    const before = await bench.buckets.etags(guarded.bucket, dir);
    const told = await bench.run(bench.document('source', toGuarded()), ['create', '-n', 'torn']);
    const [segment, field] = gone.slice(dir.length).split('/').slice(1);
    expectRefused(told, {
      code: 1,
      reason: 'CollectionChanging',
      says: [
        'default.bad_torn',
        `segment ${segment} has no insert log of field ${field}`,
        `under ${dir} in s3://${guarded.bucket} at`,
        'if the same is said then, files of Milvus are missing there: leave the collection out',
      ],
    });
    expect(await bench.buckets.etags(guarded.bucket, dir)).toEqual(before);
    const ledger = `${bench.prefix}/torn/milvusbackup.dev/ledger.json`;
    expect([...(await bench.backup('torn')).keys()]).toEqual([ledger]);
    await guarded.client.dropCollection({ collection_name: 'bad_torn' });
  });
});
