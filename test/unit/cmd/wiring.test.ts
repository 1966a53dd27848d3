// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { loadConfig } from '../../../src/cmd/config-file.ts';
import { createLogger } from '../../../src/cmd/log.ts';
import { createSecrets, secretsOf } from '../../../src/cmd/secrets.ts';
import { isSameStore, milvusOptionsOf, storeOptionsOf } from '../../../src/cmd/store-options.ts';
import { wireEngine } from '../../../src/cmd/wiring.ts';
import { parseConfig } from '../../../src/contract/config-parse.ts';
import type { Config } from '../../../src/contract/config.ts';
import type { StoreOptions } from '../../../src/store/contract.ts';
import { fakeWorld } from './fake-world.ts';

const folder = mkdtempSync(join(tmpdir(), 'milvus-backup-wiring-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

const configOf = (...sets: string[]): Config => parseConfig({ env: {}, sets }).config;

function storeOf(...sets: string[]): StoreOptions {
  const { milvus, transfer } = configOf(
    'transfer.concurrency=7',
    'transfer.multipartCopyThresholdMiB=9',
    ...sets,
  );
  return storeOptionsOf(milvus.storage, { section: 'milvus.storage', transfer, secrets: createSecrets() });
}

describe('store options', () => {
  it.each<[string, string[], Partial<StoreOptions>]>([
    [
      'defaults',
      [],
      {
        provider: 'Minio',
        endpoint: 'localhost:9000',
        bucket: 'a-bucket',
        addressing: 'Auto',
        concurrency: 7,
        copyInPartsAbove: 9 * 1024 ** 2,
        tls: { enabled: false, insecureSkipVerify: false },
      },
    ],
    ['an address', ['address=minio.ns', 'port=443', 'useSSL=true'], { endpoint: 'minio.ns:443' }],
    ['an IPv6 address', ['address=fd00::1'], { endpoint: '[fd00::1]:9000' }],
    [
      'TLS of its own',
      ['useSSL=true', 'caCertPath=/ca', 'insecureSkipVerify=true'],
      { tls: { enabled: true, caFile: '/ca', insecureSkipVerify: true } },
    ],
    ['addressing', ['addressing=path'], { addressing: 'Path' }],
    ['a region', ['region=r-1'], { region: 'r-1' }],
    ['S3 of another', ['provider=s3', 'address=x'], { provider: 'S3', endpoint: 'x:9000' }],
    ['ceph', ['provider=ceph'], { provider: 'Ceph' }],
    ['tencent', ['provider=tencent'], { provider: 'Tencent' }],
    ['hwc', ['provider=hwc'], { provider: 'Huawei' }],
    ['aliyun', ['provider=aliyun'], { provider: 'Aliyun' }],
    [
      'a private endpoint of AWS',
      ['provider=aws', 'address=vpce-1.s3.eu-west-1.vpce.amazonaws.com', 'port=443'],
      { provider: 'S3', endpoint: 'vpce-1.s3.eu-west-1.vpce.amazonaws.com:443' },
    ],
    [
      'a stand-in for AWS',
      ['provider=aws', 'address=localhost', 'port=4566'],
      { endpoint: 'localhost:4566' },
    ],
  ])('of %s', (_, sets, options) => {
    expect(storeOf(...sets.map((set) => `milvus.storage.${set}`))).toMatchObject(options);
  });

  it.each<[string, string[], string | undefined]>([
    ['AWS without an address', ['provider=aws', 'region=eu-west-1'], 'eu-west-1'],
    ['AWS by its name', ['provider=aws', 'address=s3.amazonaws.com', 'port=443'], undefined],
    ['AWS by a region', ['provider=aws', 'address=s3.us-west-2.amazonaws.com', 'port=443'], 'us-west-2'],
    ['AWS in China', ['provider=aws', 'address=s3.cn-north-1.amazonaws.com.cn'], 'cn-north-1'],
    ['Google without an address', ['provider=gcp'], undefined],
  ])('leave the endpoint of %s to its driver', (_, sets, region) => {
    const options = storeOf(...sets.map((set) => `milvus.storage.${set}`));
    expect(options).not.toHaveProperty('endpoint');
    expect(options.region).toBe(region);
  });

  it('give keys as they stand, or none', async () => {
    expect(await storeOf().credentials()).toEqual({
      accessKeyId: 'minioadmin',
      secretAccessKey: 'minioadmin',
    });
    expect(await storeOf('milvus.storage.auth.sessionToken=t').credentials()).toMatchObject({
      sessionToken: 't',
    });
    expect(await storeOf('milvus.storage.auth.type=iam').credentials()).toBeUndefined();
    expect(await storeOf('milvus.storage.auth.type=default').credentials()).toBeUndefined();
    expect(await storeOf('milvus.storage.auth.type=anonymous').credentials()).toBe('anonymous');
  });

  it('read keys in files anew each time, without their last newline, and remember them as secrets', async () => {
    const path = (name: string): string => join(folder, name);
    for (const name of ['id', 'key', 'token']) writeFileSync(path(name), `${name} 1\n`);
    const secrets = createSecrets();
    const auth = 'milvus.storage.auth';
    const { milvus, transfer } = configOf(
      `${auth}.accessKeyIDFile=${path('id')}`,
      `${auth}.secretAccessKeyFile=${path('key')}`,
      `${auth}.sessionTokenFile=${path('token')}`,
    );
    const options = storeOptionsOf(milvus.storage, { section: 'milvus.storage', transfer, secrets });
    expect(await options.credentials()).toEqual({
      accessKeyId: 'id 1',
      secretAccessKey: 'key 1',
      sessionToken: 'token 1',
    });
    writeFileSync(path('key'), 'key 2\r\n');
    expect(await options.credentials()).toMatchObject({ secretAccessKey: 'key 2' });
    expect(secrets.clean('it was key 1, then key 2, by id 1')).toBe('it was ******, then ******, by id 1');
    rmSync(path('key'));
    await expect(options.credentials()).rejects.toThrow(
      /milvus\.storage\.auth\.secretAccessKeyFile: the file .*key cannot be read/,
    );
  });
});

describe('one store for both', () => {
  it.each<[string, string[], boolean]>([
    ['nothing is said', [], true],
    ['the root path differs', ['backup.storage.rootPath=x'], true],
    ['the bucket differs', ['backup.storage.bucketName=x'], false],
    ['the address differs', ['backup.storage.address=x'], false],
    ['the provider differs', ['backup.storage.provider=s3'], false],
    ['the login differs', ['backup.storage.auth.accessKeyID=x'], false],
    ['the region differs', ['backup.storage.region=x'], false],
  ])('where %s', (_, sets, isSame) => {
    const config = configOf(...sets);
    expect(isSameStore(config)).toBe(isSame);
    const { engine } = wire(config);
    expect(engine.milvusStore() === engine.backupStore()).toBe(isSame);
    expect(engine.milvusStore()).toBe(engine.milvusStore());
  });
});

describe('milvus options', () => {
  it('of defaults', async () => {
    const options = milvusOptionsOf(configOf(), createSecrets());
    expect(options).toMatchObject({
      address: 'localhost:19530',
      tls: { mode: 'Disabled' },
      managementAddress: 'http://localhost:9091',
    });
    expect(await options.login()).toBeUndefined();
  });

  it('of TLS, IPv6 and a login in files', async () => {
    writeFileSync(join(folder, 'password'), 'swordfish\n');
    const secrets = createSecrets();
    const config = configOf(
      'milvus.grpc.address=fd00::1',
      'milvus.grpc.tlsMode=mutual',
      'milvus.grpc.mtlsCertPath=/c',
      'milvus.grpc.mtlsKeyPath=/k',
      'milvus.grpc.caCertPath=/ca',
      'milvus.grpc.serverName=m',
      'milvus.management.endpoint=',
      'milvus.user=root',
      `milvus.passwordFile=${join(folder, 'password')}`,
    );
    const options = milvusOptionsOf(config, secrets);
    expect(options.address).toBe('[fd00::1]:19530');
    expect(options.tls).toEqual({
      mode: 'Mutual',
      caFile: '/ca',
      certFile: '/c',
      keyFile: '/k',
      serverName: 'm',
    });
    expect(options).not.toHaveProperty('managementAddress');
    expect(await options.login()).toEqual({ user: 'root', password: 'swordfish' });
    expect(secrets.clean('swordfish')).toBe('******');
  });
});

function wire(config: Config): ReturnType<typeof wireEngine> {
  const { clock } = fakeWorld();
  const log = createLogger('error', createSecrets(), () => {});
  const report = { progress: () => {}, warn: () => {}, item: () => {} };
  return wireEngine({
    config,
    secrets: createSecrets(),
    clock,
    log,
    report,
    signal: new AbortController().signal,
  });
}

describe('a token', () => {
  it('is the login, as text or in a file, and a secret with its password', async () => {
    const file = join(folder, 'token');
    writeFileSync(file, 'root:0xhush\n');
    const secrets = createSecrets();
    const login = (...sets: string[]) => milvusOptionsOf(configOf(...sets), secrets).login();
    expect(await login('milvus.token=key')).toEqual({ token: 'key' });
    expect(await login(`milvus.tokenFile=${file}`)).toEqual({ token: 'root:0xhush' });
    expect(secrets.clean('root:0xhush, 0xhush')).not.toContain('0xhush');
    expect(secretsOf(configOf('milvus.token=a:b'))).toEqual(expect.arrayContaining(['a:b', 'b']));
  });
});

describe('files that are named and cannot be read', () => {
  it('are all told before anything is connected', () => {
    const config = configOf(
      'milvus.passwordFile=/no/such/password',
      'milvus.grpc.caCertPath=/no/such/ca',
      'backup.storage.auth.secretAccessKeyFile=/no/such/key',
    );
    expect(() => wire(config)).toThrow(
      /milvus\.passwordFile: ENOENT.*; milvus\.grpc\.caCertPath: ENOENT.*; backup\.storage\.auth\.secretAccessKeyFile: ENOENT/,
    );
  });
});

describe('the configuration file', () => {
  const found = (config: string, env = {}): string => loadConfig({ config, set: [] }, env).config.milvus.user;

  it('is looked for as given, below MILVUSCONF, below configs', () => {
    const here = join(folder, 'here');
    const conf = join(folder, 'conf');
    for (const at of [here, conf, join(here, 'configs')]) mkdirSync(at, { recursive: true });
    const write = (path: string, user: string): void =>
      writeFileSync(path, `configVersion: v2\nmilvus: {user: ${user}}\n`);
    vi.spyOn(process, 'cwd').mockReturnValue(here);
    write(join(conf, 'backup.yaml'), 'conf');
    expect(found(join('x', 'backup.yaml'), { MILVUSCONF: conf })).toBe('conf');
    write(join(folder, 'given.yaml'), 'given');
    expect(found(join(folder, 'given.yaml'), { MILVUSCONF: conf })).toBe('given');
    expect(() => found(join(here, 'none.yaml'))).toThrow(
      /no configuration file: looked for .*none\.yaml, configs\/none\.yaml/,
    );
  });

  it('that is a folder cannot be read', () => {
    expect(() => found(folder)).toThrow(/cannot be read: EISDIR/);
  });

  it('is none at all where that is asked for', () => {
    expect(found('', { MILVUS_USER: 'env' })).toBe('env');
  });
});

describe('secrets', () => {
  it('of a configuration are its passwords and keys, not its names', () => {
    const config = configOf('milvus.password=p1', 'milvus.user=u1', 'backup.storage.auth.secretAccessKey=s1');
    expect(new Set(secretsOf(config))).toEqual(new Set(['p1', 'minioadmin', 's1', '']));
  });

  it('are masked whole, also where one begins like another', () => {
    expect(createSecrets('abcd', 'abcdefgh', '').clean('abcdefgh abcd')).toBe('****** ******');
  });

  it('are none where it is the password that Milvus comes with', () => {
    expect(createSecrets('Milvus').clean('Connect at Milvus failed')).toBe('Connect at Milvus failed');
  });

  it('never stand in a log, however deep', () => {
    const lines: string[] = [];
    const log = createLogger('debug', createSecrets('swordfish'), (line) => lines.push(line));
    const error = Object.assign(new Error('login swordfish failed'), { request: { headers: ['swordfish'] } });
    log.warn({ err: error, at: { deep: { deeper: 'x swordfish y' } } }, 'said swordfish"');
    log.debug({ id: 9n }, 'fine');
    expect(lines.join('')).not.toContain('swordfish');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'warn',
      msg: 'said ******"',
      err: { message: 'login ****** failed' },
      at: { deep: { deeper: 'x ****** y' } },
    });
  });

  it('do not make a log endless', () => {
    const lines: string[] = [];
    const log = createLogger('info', createSecrets(), (line) => lines.push(line));
    const round: Record<string, unknown> = {};
    round['round'] = round;
    log.info({ round }, 'once');
    log.debug({}, 'not at this level');
    expect(lines).toHaveLength(1);
  });
});
