// SPDX-License-Identifier: Apache-2.0
// The configuration of a Job as the engine reads it, with the files that its logins are mounted as.
import { describe, expect, it } from 'vitest';
import { isSameStore, storeOptionsOf } from '../../../src/cmd/store-options.ts';
import { createSecrets } from '../../../src/cmd/secrets.ts';
import type { MilvusBackup } from '../../../src/api/index.ts';
import type { StorageConfig } from '../../../src/contract/config.ts';
import {
  backupJob,
  cleanupJob,
  deleteJob,
  instanceCheckJob,
  keysNeeded,
  restoreJob,
  storageCheckJob,
  type Built,
  type Purpose,
} from '../../../src/plan/jobs.ts';
import {
  backupOf,
  configOf,
  filesOf,
  instanceOf,
  jobOf,
  problemOf,
  restoreOf,
  secretAuth,
  settings,
  storageOf,
  templateOf,
  type InstanceSpec,
} from './job-samples.ts';

type StorageSpec = Parameters<typeof storageOf>[0];

const about = { attempt: 1, backupName: 'b' };

function jobFor(instance: InstanceSpec = {}, storage: StorageSpec = {}): Built {
  return backupJob(backupOf(), about, {
    instance: instanceOf(instance),
    storage: storageOf(storage),
    settings,
  });
}

/** Where a file of the configuration comes from. */
function behind(built: Built, path: string): string | undefined {
  return path === '' ? undefined : (filesOf(built)[path] ?? `nothing is mounted at ${path}`);
}

function loginOf(built: Built, { auth, caCertPath }: StorageConfig): Record<string, unknown> {
  return {
    type: auth.type,
    key: behind(built, auth.accessKeyIDFile),
    secret: behind(built, auth.secretAccessKeyFile),
    token: behind(built, auth.sessionTokenFile),
    ca: behind(built, caCertPath),
    inClear: [auth.accessKeyID, auth.secretAccessKey, auth.sessionToken].join(''),
  };
}

const none = { key: undefined, secret: undefined, token: undefined, ca: undefined, inClear: '' };
const keys = { ...none, type: 'static', key: 'Secret/keys/accesskey', secret: 'Secret/keys/secretkey' };
const caFrom = (kind: 'secretKeyRef' | 'configMapKeyRef') => ({
  tls: {
    enabled: true,
    insecureSkipVerify: false,
    caBundle: { [kind]: { name: 'authorities', key: 'ca.crt' } },
  },
});

describe('the login of a store', () => {
  const cases: [string, StorageSpec, Record<string, unknown>][] = [
    ['keys in a Secret', {}, keys],
    [
      'keys of other names, with a session token',
      {
        auth: {
          secretRef: { name: 'own', accessKeyKey: 'id', secretKeyKey: 'pw', sessionTokenKey: 'st' },
        },
      },
      { ...none, type: 'static', key: 'Secret/own/id', secret: 'Secret/own/pw', token: 'Secret/own/st' },
    ],
    ['a service account', { auth: { serviceAccountName: 'copier' } }, { ...none, type: 'iam' }],
    ['nobody', { auth: { anonymous: true } }, { ...none, type: 'anonymous' }],
    ['authorities in a Secret', caFrom('secretKeyRef'), { ...keys, ca: 'Secret/authorities/ca.crt' }],
    [
      'authorities in a ConfigMap',
      caFrom('configMapKeyRef'),
      { ...keys, ca: 'ConfigMap/authorities/ca.crt' },
    ],
  ];

  for (const [what, spec, login] of cases) {
    it.each(cases)(`is ${what}, beside one of %s`, (_, other, otherLogin) => {
      const built = jobFor({ storage: { ...other } }, spec);
      const { config, warnings } = configOf(built);
      expect(loginOf(built, config.backup.storage)).toEqual(login);
      expect(loginOf(built, config.milvus.storage)).toEqual(otherLogin);
      expect(warnings).toEqual([]);
    });
  }

  it('never stands in the Job', () => {
    const text = JSON.stringify(jobOf(jobFor()));
    expect(text).not.toContain('minioadmin');
  });
});

describe('the service account', () => {
  const account = (serviceAccountName: string) => ({ auth: { serviceAccountName } });

  it.each<[string, InstanceSpec, StorageSpec, string | undefined]>([
    ['none', {}, {}, undefined],
    ["the instance's", { storage: account('a') }, {}, 'a'],
    ["the storage's", {}, account('b'), 'b'],
    ["the storage's beside nobody", { storage: { auth: { anonymous: true } } }, account('b'), 'b'],
    ['that of both', { storage: account('a') }, account('a'), 'a'],
  ])('is %s', (_, instance, storage, name) => {
    const { spec } = templateOf(jobFor(instance, storage));
    expect(spec['serviceAccountName']).toBe(name);
    expect(spec['automountServiceAccountToken']).toBe(false);
  });

  it('cannot be two', () => {
    const [instance, storage] = [instanceOf({ storage: account('a') }), storageOf(account('b'))];
    const parties = { instance, storage, settings };
    for (const built of [backupJob(backupOf(), about, parties), restoreJob(restoreOf(), about, parties)]) {
      expect(problemOf(built)).toEqual({
        reason: 'IdentityConflict',
        message: expect.stringMatching(
          /^MilvusInstance milvus names service account a and MilvusBackupStorage store names b: a pod has one\./,
        ),
      });
    }
    const cleanup = { number: 1, data: true };
    expect(templateOf(cleanupJob(backupOf(), cleanup, parties)).spec['serviceAccountName']).toBe('b');
    expect(templateOf(cleanupJob(restoreOf(), cleanup, parties)).spec['serviceAccountName']).toBe('a');
    const deletion = deleteJob(backupOf(), { number: 1, backupName: 'b' }, parties);
    expect(templateOf(deletion).spec['serviceAccountName']).toBe('b');
    const checks = [
      instanceCheckJob(instance, { number: 1 }, settings),
      storageCheckJob(storage, { number: 1 }, settings),
    ];
    expect(checks.map((built) => templateOf(built).spec['serviceAccountName'])).toEqual(['a', 'b']);
  });
});

describe('the place of a store', () => {
  it.each<[StorageSpec & object, Partial<StorageConfig>]>([
    [{}, { provider: 'minio', address: 'minio.store', port: 9000, useSSL: false, bucketName: 'backups' }],
    [{ endpoint: 'minio.store' }, { address: 'minio.store', port: 80 }],
    [
      { endpoint: 'minio.store', tls: { enabled: true, insecureSkipVerify: true } },
      { port: 443, useSSL: true, insecureSkipVerify: true },
    ],
    [{ endpoint: '[fd00::1]:9000' }, { address: 'fd00::1', port: 9000 }],
    [{ endpoint: '[fd00::1]' }, { address: 'fd00::1', port: 80 }],
    [
      { region: 'eu-1', addressing: 'Path' },
      { region: 'eu-1', addressing: 'Path' },
    ],
    [{ prefix: 'a/b' }, { rootPath: 'a/b' }],
    [{ prefix: '' }, { rootPath: '' }],
    [{ provider: 'Ceph' }, { provider: 'ceph' }],
    [{ provider: 'Aliyun' }, { provider: 'aliyun' }],
    [{ provider: 'Tencent' }, { provider: 'tencent' }],
    [{ provider: 'Huawei' }, { provider: 'hwc' }],
    [{ provider: 'GCS', endpoint: 'storage.googleapis.com' }, { provider: 'gcp' }],
  ])('is told by %j', (spec, place) => {
    expect(configOf(jobFor({}, spec)).config.backup.storage).toMatchObject(place);
  });

  it.each(['S3', 'GCS'] as const)(
    'is the own one of %s where none is given, whatever the other side has',
    (provider) => {
      const { endpoint: _, ...spec } = storageOf({
        provider,
        tls: { enabled: true, insecureSkipVerify: false },
      }).spec;
      const storage = { ...storageOf(), spec };
      const instance = instanceOf({ storage: { region: 'eu-1', addressing: 'Path' } });
      const { config } = configOf(backupJob(backupOf(), about, { instance, storage, settings }));
      const { transfer } = config;
      const options = storeOptionsOf(config.backup.storage, {
        section: 'backup.storage',
        transfer,
        secrets: createSecrets(),
      });
      expect(options).not.toHaveProperty('endpoint');
      expect(config.backup.storage).toMatchObject({ region: '', addressing: 'Auto', address: '' });
    },
  );

  it('and login that are the same on both sides make one store', () => {
    const same = { bucket: 'one', auth: secretAuth };
    expect(isSameStore(configOf(jobFor({ storage: same }, same)).config)).toBe(true);
    const other = { ...same, auth: { secretRef: { ...secretAuth.secretRef!, name: 'other' } } };
    expect(isSameStore(configOf(jobFor({ storage: same }, other)).config)).toBe(false);
  });
});

describe('Milvus', () => {
  it.each<[string, InstanceSpec, object]>([
    [
      'without TLS and login',
      {},
      { grpc: { address: 'milvus.db', port: 19_530, tlsMode: 'disabled' }, userFile: '' },
    ],
    ['at an IPv6 address', { address: '[fd00::2]:19530' }, { grpc: { address: 'fd00::2', port: 19_530 } }],
    [
      'behind TLS',
      { tls: { mode: 'Server', serverName: 'm' } },
      { grpc: { tlsMode: 'server', serverName: 'm', caCertPath: '' } },
    ],
  ])('%s', (_, spec, expected) => {
    expect(configOf(jobFor(spec)).config.milvus).toMatchObject(expected);
  });

  it('has its garbage collection paused at the port that it has for that', () => {
    const endpointOf = (address: string) => configOf(jobFor({ address })).config.milvus.management.endpoint;
    expect(endpointOf('milvus.db:19530')).toBe('http://milvus.db:9091');
    expect(endpointOf('[fd00::2]:19530')).toBe('http://[fd00::2]:9091');
  });

  it.each<[string, NonNullable<InstanceSpec['authSecretRef']>, Record<string, string | undefined>]>([
    [
      'user and password',
      { name: 'login' },
      { user: 'Secret/login/username', password: 'Secret/login/password' },
    ],
    [
      'keys of other names',
      { name: 'login', usernameKey: 'u', passwordKey: 'p' },
      { user: 'Secret/login/u', password: 'Secret/login/p' },
    ],
    ['a token', { name: 'login', tokenKey: 't' }, { token: 'Secret/login/t' }],
  ])('is logged in to by %s', (_, authSecretRef, files) => {
    const built = jobFor({ authSecretRef });
    const { userFile, passwordFile, tokenFile, ...milvus } = configOf(built).config.milvus;
    const found = {
      user: behind(built, userFile),
      password: behind(built, passwordFile),
      token: behind(built, tokenFile),
    };
    expect(found).toEqual({ user: undefined, password: undefined, token: undefined, ...files });
    expect(milvus).toMatchObject({ user: '', password: '', token: '' });
  });

  it('is shown our certificate', () => {
    const built = jobFor({
      tls: {
        mode: 'Mutual',
        certificateSecretRef: { name: 'ours' },
        caBundle: { configMapKeyRef: { name: 'authorities', key: 'milvus.pem' } },
      },
    });
    const { grpc } = configOf(built).config.milvus;
    expect(grpc.tlsMode).toBe('mutual');
    expect(behind(built, grpc.mtlsCertPath)).toBe('Secret/ours/tls.crt');
    expect(behind(built, grpc.mtlsKeyPath)).toBe('Secret/ours/tls.key');
    expect(behind(built, grpc.caCertPath)).toBe('ConfigMap/authorities/milvus.pem');
  });
});

describe('what is selected, renamed and limited', () => {
  const parties = { instance: instanceOf(), storage: storageOf(), settings };

  it('reaches a backup', () => {
    const spec = { include: ['a.*', 'b'], exclude: ['a.tmp?'], limits: { concurrency: 7 } };
    const { config } = configOf(backupJob(backupOf(spec), about, parties));
    expect(config.backup).toMatchObject({ include: spec.include, exclude: spec.exclude });
    expect(config.transfer.concurrency).toBe(7);
    expect(configOf(backupJob(backupOf(), about, parties)).config.transfer.concurrency).toBe(128);
  });

  it('says whose backup it is, and which schedule asked for it', () => {
    const source = (marks: Partial<MilvusBackup['metadata']>): unknown => {
      const backup = backupOf();
      const metadata = { ...backup.metadata, ...marks };
      return configOf(backupJob({ ...backup, metadata }, about, parties)).config.backup.source;
    };
    const { namespace } = backupOf().metadata;
    const instance = backupOf().spec.instanceRef.name;
    const byHand = { namespace, instance, schedule: '', scheduleUID: '' };
    const annotations = { 'milvusbackup.dev/schedule': 'nightly' };
    expect(source({})).toEqual(byHand);
    // Without the UID a name says nothing.
    expect(source({ annotations })).toEqual(byHand);
    expect(source({ annotations, labels: { 'milvusbackup.dev/schedule-uid': 'u-1' } })).toEqual({
      ...byHand,
      schedule: 'nightly',
      scheduleUID: 'u-1',
    });
  });

  it('reaches a restore, whatever the names hold', () => {
    const rename = {
      databases: { a: 'b' },
      collections: { 'a.c': 'b.d', 'x:y,\'"#{}': 'z', '數據\u007F\u0085': 'data' },
      suffix: '_again',
    };
    const spec = { include: ['a.*'], exclude: ['a.數*'], rename, limits: { concurrency: 9 } };
    const { config } = configOf(restoreJob(restoreOf(spec), about, parties));
    expect(config.restore).toMatchObject({ include: ['a.*'], exclude: ['a.數*'], rename });
    expect(config.transfer.concurrency).toBe(9);
  });

  it('is nothing in a cleanup, a deletion or a check', () => {
    const backup = backupOf({ include: ['a'], limits: { concurrency: 3 } });
    for (const built of [
      cleanupJob(backup, { number: 1, data: true }, parties),
      deleteJob(backup, { number: 1, backupName: 'b' }, parties),
    ]) {
      expect(configOf(built).config.backup.include).toEqual([]);
    }
  });
});

describe('the keys that a Job needs', () => {
  const token = { name: 'login', tokenKey: 't' };
  const instance = instanceOf({
    authSecretRef: token,
    storage: {
      ...caFrom('configMapKeyRef'),
      auth: { secretRef: { ...secretAuth.secretRef!, name: 'of-milvus' } },
    },
  });
  const parties = { instance, storage: storageOf(), settings };
  const login = { kind: 'Secret', name: 'login', keys: ['t'] };
  const ofMilvus = [
    { kind: 'ConfigMap', name: 'authorities', keys: ['ca.crt'] },
    { kind: 'Secret', name: 'of-milvus', keys: ['accesskey', 'secretkey'] },
  ];
  const ofStorage = { kind: 'Secret', name: 'keys', keys: ['accesskey', 'secretkey'] };

  it.each<[Purpose, Built, unknown[]]>([
    ['backup', backupJob(backupOf(), about, parties), [login, ...ofMilvus, ofStorage]],
    ['restore', restoreJob(restoreOf(), about, parties), [login, ...ofMilvus, ofStorage]],
    ['cleanup of a backup', cleanupJob(backupOf(), { number: 1, data: true }, parties), [login, ofStorage]],
    [
      'cleanup of a restore',
      cleanupJob(restoreOf(), { number: 1, data: true }, parties),
      [login, ...ofMilvus],
    ],
    ['deletion', deleteJob(backupOf(), { number: 1, backupName: 'b' }, parties), [ofStorage]],
    ['instance check', instanceCheckJob(instance, { number: 1 }, settings), [login, ...ofMilvus]],
    ['storage check', storageCheckJob(storageOf(), { number: 1 }, settings), [ofStorage]],
  ])('are those that it mounts: %s', (purpose, built, needed) => {
    const of = purpose === 'storage check' ? { storage: storageOf(), settings } : parties;
    expect(keysNeeded(of, purpose)).toEqual(needed);
    const mounted = keysNeeded(of, purpose).flatMap(({ kind, name, keys: all }) =>
      all.map((key) => `${kind}/${name}/${key}`),
    );
    expect(Object.values(filesOf(built)).toSorted()).toEqual(mounted.toSorted());
    expect(() => configOf(built)).not.toThrow();
  });

  it('are asked for once where both sides name them', () => {
    const both = instanceOf({ authSecretRef: { name: 'keys', tokenKey: 'token' } });
    expect(keysNeeded({ instance: both, storage: storageOf(), settings })).toEqual([
      { kind: 'Secret', name: 'keys', keys: ['token', 'accesskey', 'secretkey'] },
    ]);
  });

  it('are none where nothing is known, or nobody logs in', () => {
    expect(keysNeeded({ settings })).toEqual([]);
    const anonymous = { auth: { anonymous: true } };
    const open = { instance: instanceOf({ storage: anonymous }), storage: storageOf(anonymous), settings };
    expect(keysNeeded(open)).toEqual([]);
  });
});

describe('the place of Milvus', () => {
  it('is known to a deletion and a cleanup, which keep away from it, without a login', () => {
    const parties = {
      instance: instanceOf({ authSecretRef: { name: 'l' } }),
      storage: storageOf(),
      settings,
    };
    const built = deleteJob(backupOf(), { number: 1, backupName: 'b' }, parties);
    expect(configOf(built).config.milvus).toMatchObject({
      userFile: '',
      storage: { bucketName: 'data', rootPath: 'files', auth: { type: 'anonymous' } },
    });
    expect(configOf(built).config.backup.storage.auth.type).toBe('static');
  });
});
