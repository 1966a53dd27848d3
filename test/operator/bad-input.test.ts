// SPDX-License-Identifier: Apache-2.0
// What was asked for wrongly, as it reaches the status of what was asked: logins, addresses, TLS, buckets, folders and
// names that do not fit. The message says what was found, where, and what to do; what may pass is tried again, what
// cannot is not; and nothing that was there is touched.
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { readOnlyBucket } from '../support/bad-buckets.ts';
import { makeTiny } from '../support/bad-bench.ts';
import { startGuardedMilvus, type GuardedMilvus } from '../support/bad-milvus.ts';
import { must } from '../support/collection.ts';
import { conditionOf } from '../support/objects.ts';
import { modest } from '../support/runs.ts';
import { heldScene } from '../support/scene.ts';
import { expectRetried, expectStopped, type Words } from '../support/refusals.ts';

const lab = inject('lab');
const { minio, milvus } = lab;
const scene = heldScene('bad-input', { maxConcurrentBackups: 50 });
const wrongPassword = 'not-the-password-1';
/** Speaks TLS, as nearly every cluster's does. */
const secureServer = 'kubernetes.default.svc:443';
let guarded: GuardedMilvus;
let readOnly: Awaited<ReturnType<typeof readOnlyBucket>>;
let good: Map<string, string>;

beforeAll(async () => {
  const { world, source, collection } = scene;
  const starting = startGuardedMilvus(lab.namespace).then((started) => {
    guarded = started;
  });
  readOnly = await readOnlyBucket(lab, `${world.namespace}-readonly`);
  await world.backUp('good', { backupName: 'good', include: [collection], job: modest });
  const alias = { collection_name: collection, alias: `${collection}_alias` };
  await must(source.createAlias(alias));
  await starting;
  good = await readOnly.buckets.etags(minio.backupBucket, `${world.prefix}/good/`);
  await makeTiny(guarded.client, 'growing', { flush: false });
  await world.objects.apply([
    secretOf('wrong-password', { username: 'root', password: wrongPassword }),
    secretOf('powerless', { username: guarded.powerless.user, password: guarded.powerless.password }),
    secretOf('root', { username: guarded.root.user, password: guarded.root.password }),
    secretOf('authority', { 'ca.crt': guarded.authority }),
  ]);
});

afterAll(async () => {
  const { source, collection } = scene;
  await guarded?.stop();
  await readOnly?.close();
  await source?.dropAlias({ alias: `${collection}_alias` });
});

const secretOf = (name: string, stringData: Record<string, string>) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name },
  stringData,
});

type Spec = Record<string, unknown>;

/** Of the Milvus that asks for a login and speaks TLS. */
const toGuarded = (login?: string, more: Spec = {}): Spec => ({
  address: guarded.address,
  tls: { mode: 'Server', caBundle: { secretKeyRef: { name: 'authority', key: 'ca.crt' } } },
  ...(login === undefined ? {} : { authSecretRef: { name: login } }),
  ...more,
});

/** The place of that Milvus's data, but for `change`. */
async function placeOf(change: Spec): Promise<Spec> {
  type Instance = { spec: { storage: Spec } };
  const { spec } = await scene.world.objects.get<Instance>('mvi/milvus');
  return { ...spec.storage, ...change };
}

function applyBackup(name: string, spec: Spec = {}): Promise<void> {
  const common = { include: [scene.collection], backupName: name.replaceAll('-', '_'), job: modest };
  return scene.world.applyBackup(name, { ...common, ...spec });
}

/** Tried again, in an hour: the first attempt tells. */
const later = { limit: 2, minBackoff: '1h', maxBackoff: '1h' };

describe.concurrent('a Milvus', () => {
  const cases: [string, string, () => Spec, Words][] = [
    [
      'wrong-password',
      'that refuses the password',
      () => toGuarded('wrong-password'),
      ['CredentialsRejected', 'auth check failure', 'Check user name and password'],
    ],
    [
      'no-login',
      'that asks for a login',
      () => toGuarded(),
      ['CredentialsRejected', 'missing authorization', 'that both are given'],
    ],
    [
      'powerless',
      'that denies access to this user',
      () => toGuarded('powerless'),
      ['CredentialsRejected', /not allowed for this user: .*powerless/, 'Grant it to the user'],
    ],
    [
      'no-tls',
      'that speaks TLS and is spoken to plainly',
      () => toGuarded('root', { tls: { mode: 'Disabled' } }),
      ['TLSFailed', 'the server speaks TLS', 'Set it to Server'],
    ],
    [
      'no-ca',
      'whose authority nobody named',
      () => toGuarded('root', { tls: { mode: 'Server' } }),
      ['TLSFailed', 'of a CA that we do not trust', 'Name the CA'],
    ],
  ];

  it.each(cases)('%s: %s', async (name, _what, spec, words) => {
    const { world } = scene;
    await world.applyInstance(name, spec());
    await applyBackup(name, { instanceRef: { name }, retry: later });
    await expectRetried(world, `mbk/${name}`, [...words, `milvus-bad.${lab.namespace}.svc`]);
    const instance = await world.objects.until(
      `mvi/${name}`,
      (one) => conditionOf(one, 'Ready')?.reason === words[0],
    );
    expect(conditionOf(instance, 'Ready')?.status).toBe('False');
    expect(JSON.stringify(instance)).not.toContain(wrongPassword);
    expect((await guarded.client.showCollections({})).data.map((one) => one.name)).toEqual(['growing']);
  });
});

describe.concurrent('a place of Milvus', () => {
  it('in another bucket: what Milvus says of its segments shows it', async () => {
    const { world } = scene;
    await world.applyInstance('astray', { storage: await placeOf({ bucket: minio.backupBucket }) });
    await applyBackup('astray', { instanceRef: { name: 'astray' } });
    const words: Words = ['StorageMismatch', 'Milvus says that segment', `in s3://${minio.backupBucket} at`];
    await expectStopped(world, 'mbk/astray', [...words, 'minio.bucketName']);
  });

  it('in another bucket, before Milvus has written anything: the backup notices', async () => {
    const { world } = scene;
    const storage = await placeOf({ bucket: minio.backupBucket, rootPath: guarded.rootPath });
    await world.applyInstance('unknown', toGuarded('root', { storage }));
    const instance = await world.objects.until(
      'mvi/unknown',
      (one) => conditionOf(one, 'Ready')?.status === 'True',
    );
    expect(conditionOf(instance, 'StorageMatches')).toMatchObject({
      status: 'Unknown',
      reason: 'NoSegments',
      message: expect.stringContaining('no persistent segment yet'),
    });
    await applyBackup('unknown', { instanceRef: { name: 'unknown' }, include: ['growing'] });
    const words: Words = ['StorageMismatch', 'default.growing has 40 rows in 1 segments', 'rootPath'];
    await expectStopped(world, 'mbk/unknown', [...words, `s3://${minio.backupBucket} at`]);
  });

  it('in a bucket that is not there', async () => {
    const { world } = scene;
    await world.applyInstance('nowhere', { storage: await placeOf({ bucket: 'no-such-bucket' }) });
    await applyBackup('nowhere', { instanceRef: { name: 'nowhere' } });
    const words: Words = ['BucketNotFound', 'no bucket no-such-bucket', `at ${minio.endpoint}`];
    await expectStopped(world, 'mbk/nowhere', [...words, 'Check the bucket name']);
  });
});

describe.concurrent('a storage', () => {
  const waits: [string, string, () => Spec, Words][] = [
    [
      'no-host',
      'at a host that nobody knows',
      () => ({ endpoint: 'no-such-store.lab.svc:9000' }),
      ['Unreachable', 'at no-such-store.lab.svc:9000', 'the host name is not known'],
    ],
    [
      'with-tls',
      'that is spoken to with TLS and has none',
      () => ({ tls: { enabled: true } }),
      ['TLSFailed', `at ${minio.endpoint}`, 'the endpoint answers without TLS', 'tls.enabled: false'],
    ],
    [
      'without-tls',
      'that speaks TLS and is spoken to plainly',
      () => ({ endpoint: secureServer }),
      ['TLSFailed', `at ${secureServer}`, 'the endpoint expects TLS', 'tls.enabled: true'],
    ],
    [
      'strange-ca',
      'of an authority that nobody named',
      () => ({ endpoint: secureServer, tls: { enabled: true } }),
      ['TLSFailed', `at ${secureServer}`, 'certificate is not trusted', 'Name the CA that signed it'],
    ],
    [
      'denied',
      'that denies access',
      () => ({ auth: { anonymous: true } }),
      [
        'CredentialsRejected',
        `s3://${minio.backupBucket}`,
        'access was denied',
        /Grant s3:\w+ on this bucket/,
      ],
    ],
  ];

  it.each(waits)('%s: %s', async (name, _what, spec, words) => {
    const { world } = scene;
    await world.applyStorage(name, { ...spec(), prefix: `${world.prefix}-${name}` });
    await applyBackup(name, { storageRef: { name }, retry: later });
    await expectRetried(world, `mbk/${name}`, words);
    const storage = await world.objects.until(
      `mbst/${name}`,
      (one) => conditionOf(one, 'Ready')?.reason === words[0],
    );
    expect(conditionOf(storage, 'Ready')?.status).toBe('False');
  });

  it('that can only be read', async () => {
    const { world } = scene;
    await world.applyStorage('read-only', { bucket: readOnly.name, auth: { anonymous: true } });
    await applyBackup('read-only', { storageRef: { name: 'read-only' } });
    const words: Words = ['TargetReadOnly', `Could not write s3://${readOnly.name}/${world.prefix}/`];
    await expectStopped(world, 'mbk/read-only', [...words, 'Grant s3:PutObject on this bucket']);
    expect((await readOnly.buckets.etags(readOnly.name, '')).size).toBe(0);
  });

  it('inside the folder that Milvus writes to', async () => {
    const { world } = scene;
    const { bucket, rootPath } = milvus.source;
    await world.applyStorage('inside', { bucket, prefix: `${rootPath}/backups` });
    await applyBackup('inside', { storageRef: { name: 'inside' } });
    const words: Words = ['InvalidConfiguration', `overlap in bucket ${bucket}`];
    await expectStopped(world, 'mbk/inside', [...words, 'Milvus imports and removes what lies below']);
    expect((await readOnly.buckets.etags(bucket, `${rootPath}/backups/`)).size).toBe(0);
  });
});

describe.concurrent('a name', () => {
  const restore = (name: string, spec: Spec): Promise<void> =>
    scene.world.applyRestore(name, { source: { backupRef: { name: 'good' } }, job: modest, ...spec });

  it('that an alias has', async () => {
    const { world, collection, source } = scene;
    await world.applyInstance('for-alias');
    const rename = { collections: { [collection]: `${collection}_alias` } };
    await restore('alias', { instanceRef: { name: 'for-alias' }, rename });
    const words: Words = ['TargetNotEmpty', `${collection}_alias (an alias of ${collection})`];
    await expectStopped(world, 'mrs/alias', [...words, 'Nothing was restored', 'drop them first']);
    const { aliases } = await source.listAliases({ collection_name: collection });
    expect(aliases).toEqual([`${collection}_alias`]);
  });

  it('that is longer than Milvus takes', async () => {
    const { world } = scene;
    await world.applyInstance('for-name');
    await restore('long', { instanceRef: { name: 'for-name' }, rename: { suffix: 'x'.repeat(250) } });
    const words: Words = ['InvalidConfiguration', 'longer than 255 characters'];
    await expectStopped(world, 'mrs/long', words);
  });

  it('that no field has, and a value of another type: kubectl says so, and nothing is made', async () => {
    const { world } = scene;
    await expect(applyBackup('misspelt', { inclood: ['a'] })).rejects.toThrow(
      /unknown field "inclood" in .*MilvusBackup.spec/,
    );
    await expect(applyBackup('mistyped', { include: 'a' })).rejects.toThrow(
      /invalid type for .*spec.include: got "string", expected "array"/,
    );
    for (const name of ['misspelt', 'mistyped'])
      expect(await world.objects.find(`mbk/${name}`)).toBeUndefined();
  });
});

it('nothing that was there is touched', async () => {
  const { world, collection, source } = scene;
  expect(await readOnly.buckets.etags(minio.backupBucket, `${world.prefix}/good/`)).toEqual(good);
  const names = (await source.showCollections({})).data.map((one) => one.name);
  expect(names.filter((one) => one.startsWith(collection))).toEqual([collection]);
});
