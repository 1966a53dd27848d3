// SPDX-License-Identifier: Apache-2.0
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OperatorError } from '../../../src/base/error.ts';
import { parseConfig, type ConfigInput, type ParsedConfig } from '../../../src/contract/config-parse.ts';
import { parameters } from '../../../src/contract/config-schema.ts';
import { configTable, maskSecret, showSettings } from '../../../src/contract/config-show.ts';

function parse(text: string | undefined, more: Partial<ConfigInput> = {}): ParsedConfig {
  const file = text === undefined ? {} : { file: { name: 'backup.yaml', text } };
  return parseConfig({ ...file, env: {}, sets: [], ...more });
}

function problemsOf(text: string | undefined, more: Partial<ConfigInput> = {}): string[] {
  try {
    parse(text, more);
  } catch (error) {
    expect(error).toBeInstanceOf(OperatorError);
    expect((error as OperatorError).reason).toBe('InvalidConfiguration');
    return (error as OperatorError).message.split('\n').map((line) => line.trim());
  }
  return [];
}

const codePoint = fc
  .oneof(fc.nat({ max: 0x7f }), fc.nat({ max: 0x10ffff }))
  .map((code) => String.fromCodePoint(code));

const v2 = (body: string): string => `configVersion: v2\n${body}`;

describe('defaults', () => {
  const { config, settings, warnings } = parse(undefined);

  it('are those of the established tool', () => {
    expect(config.milvus.grpc).toMatchObject({ address: 'localhost', port: 19530, tlsMode: 'disabled' });
    expect(config.milvus.management.endpoint).toBe('http://localhost:9091');
    expect(config.milvus.storage).toMatchObject({
      provider: 'minio',
      address: 'localhost',
      port: 9000,
      bucketName: 'a-bucket',
      rootPath: 'files',
      useSSL: false,
      auth: { type: 'static', accessKeyID: 'minioadmin', secretAccessKey: 'minioadmin' },
    });
    expect(config.backup).toMatchObject({ pauseGC: true, concurrency: { collections: 4, segments: 1024 } });
    expect(config.backup.storage.rootPath).toBe('backup');
    expect(config.restore).toEqual({
      concurrency: { collections: 2, importJobs: 768 },
      maxSegmentsPerImportJob: 256,
      keepTempFiles: false,
      include: [],
      exclude: [],
      rename: { databases: {}, collections: {}, suffix: '' },
    });
    expect(config.transfer).toEqual({ mode: 'auto', concurrency: 128, multipartCopyThresholdMiB: 500 });
    expect(warnings).toEqual([]);
  });

  it('have a setting for every parameter, each of them readable', () => {
    expect(settings.map(({ parameter }) => parameter.key)).toEqual(parameters.map(({ key }) => key));
    expect(new Set(parameters.map(({ key }) => key.toLowerCase())).size).toBe(parameters.length);
  });
});

describe('precedence', () => {
  it('is --set, environment, file, default', () => {
    const file = v2('milvus: {user: of-file, password: of-file}\nlog: {level: debug}');
    const env = { MILVUS_USER: 'of-env', MILVUS_PASSWORD: 'of-env' };
    const { config } = parse(file, { env, sets: ['milvus.user=of-set'] });
    expect(config.milvus).toMatchObject({ user: 'of-set', password: 'of-env' });
    expect(config.log.level).toBe('debug');
  });

  it.each([
    ['a key', ['milvus.user=a']],
    ['a key in another case', ['MILVUS.User=a']],
    ['the name of a variable', ['MILVUS_USER=a']],
    ['the last of several', ['milvus.user=b', 'milvus.user=a']],
    ['one of several in one text', ['log.level=warn,milvus.user=a']],
    ['one before a variable name', ['milvus.user=a,MILVUS_PASSWORD=x']],
  ])('takes by --set %s', (_, sets) => {
    expect(parse(undefined, { sets }).config.milvus.user).toBe('a');
  });

  it('leaves commas in a value', () => {
    expect(parse(undefined, { sets: ['milvus.password=a,b=c,d'] }).config.milvus.password).toBe('a,b=c,d');
    const { settings } = parse(undefined, { sets: ['milvus.etcd.endpoints=a:1,b:2,log.level=warn'] });
    expect(settings.find(({ parameter }) => parameter.key === 'milvus.etcd.endpoints')?.value).toBe(
      'a:1,b:2',
    );
  });

  it('takes only credentials from the environment: MILVUS_PORT is a Kubernetes Service', () => {
    const env = { MILVUS_PORT: 'tcp://10.0.0.1:19530', MILVUS_GRPC_PORT: '1', MILVUS_STORAGE_PORT: '2' };
    const { config } = parse(undefined, { env });
    expect(config.milvus.grpc.port).toBe(19530);
    expect(config.milvus.storage.port).toBe(9000);
  });

  it('takes an empty variable for none', () => {
    const { config } = parse(v2('milvus: {user: a}'), { env: { MILVUS_USER: '' } });
    expect(config.milvus.user).toBe('a');
  });
});

describe('values', () => {
  it.each([
    ['a password of digits', 'milvus: {password: 0123}', 'milvus.password', '0123'],
    ['a password like a number', 'milvus: {password: 1e5}', 'milvus.password', '1e5'],
    ['a password like a boolean', 'milvus: {password: yes}', 'milvus.password', 'yes'],
    ['a quoted number', 'milvus: {grpc: {port: "19531"}}', 'milvus.grpc.port', '19531'],
    ['a boolean in capitals', 'backup: {pauseGC: False}', 'backup.pauseGC', 'false'],
    ['a choice in another case', 'transfer: {mode: STREAMING}', 'transfer.mode', 'streaming'],
    [
      'a provider in another case',
      'milvus: {storage: {provider: MinIO}}',
      'milvus.storage.provider',
      'minio',
    ],
    ['a key in another case', 'MILVUS: {GRPC: {Port: 1}}', 'milvus.grpc.port', '1'],
    ['a dotted key', 'milvus.grpc.port: 2', 'milvus.grpc.port', '2'],
    ['nothing', 'milvus: {grpc: {address: }}', 'milvus.grpc.address', 'localhost'],
    ['an empty section', 'milvus:', 'milvus.grpc.address', 'localhost'],
    ['an IPv6 address', 'milvus: {grpc: {address: "fd00::1"}}', 'milvus.grpc.address', 'fd00::1'],
    ['one in brackets', 'milvus: {grpc: {address: "[fd00::1]"}}', 'milvus.grpc.address', 'fd00::1'],
    ['slashes around a folder', 'backup: {storage: {rootPath: /a//b/}}', 'backup.storage.rootPath', 'a/b'],
    ['an empty root path', 'milvus: {storage: {rootPath: ""}}', 'milvus.storage.rootPath', ''],
    ['no management port', 'milvus: {management: {endpoint: ""}}', 'milvus.management.endpoint', ''],
    [
      'a slash after an endpoint',
      'milvus: {management: {endpoint: "http://m:1/"}}',
      'milvus.management.endpoint',
      'http://m:1',
    ],
    ['a merged section', 'milvus: {grpc: &g {port: 7}, storage: {<<: *g}}', 'milvus.storage.port', '7'],
  ])('reads %s', (_, body, key, value) => {
    const { settings } = parse(v2(body));
    expect(settings.find(({ parameter }) => parameter.key === key)?.value).toBe(value);
  });

  it.each([['# a comment\n'], [''], ['configVersion: v2'], ['---\nconfigVersion: V2\n']])(
    'reads %j',
    (text) => {
      expect(parse(text).config.milvus.grpc.port).toBe(19530);
    },
  );
});

describe('inheritance', () => {
  const milvus =
    'milvus: {storage: {provider: aws, address: s3.local, port: 443, useSSL: true, bucketName: m, rootPath: r, ' +
    'caCertPath: /ca, auth: {accessKeyID: A, secretAccessKey: B, sessionToken: C}}}';

  it('lends every key but the root path', () => {
    const { milvus: lender, backup } = parse(v2(milvus)).config;
    expect(backup.storage).toEqual({ ...lender.storage, rootPath: 'backup' });
  });

  it('is overridden key by key', () => {
    const { storage } = parse(v2(`${milvus}\nbackup: {storage: {bucketName: b, port: 444}}`)).config.backup;
    expect(storage).toMatchObject({ bucketName: 'b', port: 444, address: 's3.local' });
  });

  it('does not lend a session token to another key, nor a file beside a text', () => {
    const { auth } = parse(
      v2(`${milvus}\nbackup: {storage: {auth: {accessKeyID: X, secretAccessKeyFile: /k}}}`),
    ).config.backup.storage;
    expect(auth).toMatchObject({
      accessKeyID: 'X',
      secretAccessKey: '',
      secretAccessKeyFile: '/k',
      sessionToken: '',
    });
  });

  it('lends files of a login', () => {
    const text = v2('milvus: {storage: {auth: {accessKeyIDFile: /a, secretAccessKeyFile: /s}}}');
    const { milvus: lender, backup } = parse(text).config;
    expect(lender.storage.auth).toMatchObject({
      accessKeyID: '',
      accessKeyIDFile: '/a',
      secretAccessKey: '',
    });
    expect(backup.storage.auth).toEqual(lender.storage.auth);
  });

  it('leaves no key beside a login that needs none', () => {
    const { auth } = parse(v2('milvus: {storage: {auth: {type: iam}}}')).config.backup.storage;
    expect(auth).toMatchObject({ type: 'iam', accessKeyID: '', secretAccessKey: '' });
  });

  it.each([
    ['aws', ''],
    ['gcp', ''],
    ['minio', 'localhost'],
  ])('leaves the address of %s, where it is not given, to %j', (provider, address) => {
    expect(parse(v2(`milvus: {storage: {provider: ${provider}}}`)).config.backup.storage.address).toBe(
      address,
    );
  });
});

describe('problems', () => {
  it.each<[string, string, string]>([
    [
      'a misspelt key',
      'milvus: {grpc: {adress: a}}',
      'milvus.grpc.adress (backup.yaml:2): no such key; did you mean milvus.grpc.address?',
    ],
    [
      'a misspelt section',
      'milvus: {storge: {port: 1}}',
      'milvus.storge (backup.yaml:2): no such key; did you mean milvus.storage?',
    ],
    ['a strange key', 'colour: blue', 'colour (backup.yaml:2): no such key'],
    [
      'a key of v1',
      'backup: {gcPause: {enable: true}}',
      'backup.gcPause (backup.yaml:2): a section of configVersion v1; this file says v2',
    ],
    [
      'a section of v1',
      'minio: {address: a}',
      'minio (backup.yaml:2): a section of configVersion v1; this file says v2',
    ],
    [
      'a key twice',
      'log: {level: info, Level: warn}',
      'log.Level (backup.yaml:2): stands there twice, in another spelling; keep one',
    ],
    [
      'a list for a value',
      'milvus: {user: [a]}',
      'milvus.user (backup.yaml:2): found a list; allowed: one value',
    ],
    [
      'a section for a value',
      'milvus: {user: {a: b}}',
      'milvus.user (backup.yaml:2): found a section; allowed: one value',
    ],
    [
      'a value for a section',
      'milvus: here',
      'milvus (backup.yaml:2): found a text; allowed: a section of keys',
    ],
    [
      'a list of lists',
      'milvus: {etcd: {endpoints: [[a]]}}',
      'milvus.etcd.endpoints (backup.yaml:2): found a list; allowed: a list of texts',
    ],
    [
      'a word for a number',
      'milvus: {grpc: {port: abc}}',
      'milvus.grpc.port (backup.yaml:2): found "abc"; allowed: a whole number from 1 to 65535',
    ],
    [
      'a port beyond',
      'milvus: {grpc: {port: 65536}}',
      'milvus.grpc.port (backup.yaml:2): found "65536"; allowed: a whole number from 1 to 65535',
    ],
    [
      'a broken number',
      'transfer: {concurrency: 1.5}',
      'transfer.concurrency (backup.yaml:2): found "1.5"; allowed: a whole number of at least 1',
    ],
    [
      'a zero',
      'transfer: {concurrency: 0}',
      'transfer.concurrency (backup.yaml:2): found "0"; allowed: a whole number of at least 1',
    ],
    [
      'a word for a boolean',
      'backup: {pauseGC: yes}',
      'backup.pauseGC (backup.yaml:2): found "yes"; allowed: true or false',
    ],
    [
      'a strange choice',
      'log: {level: loud}',
      'log.level (backup.yaml:2): found "loud"; allowed: debug, info, warn, error',
    ],
    [
      'a provider of later',
      'milvus: {storage: {provider: azure}}',
      'milvus.storage.provider (backup.yaml:2): found "azure"; allowed: minio, s3, aws, ceph, gcp, aliyun, tencent, hwc ("azure": not driven by this version)',
    ],
    [
      'an address with a scheme',
      'milvus: {grpc: {address: "http://m"}}',
      'milvus.grpc.address (backup.yaml:2): found "http://m"; allowed: a host name or an IP address alone; scheme and port stand in keys of their own',
    ],
    [
      'an address with a port',
      'milvus: {grpc: {address: "m:1"}}',
      'milvus.grpc.address (backup.yaml:2): found "m:1"; allowed: a host name or an IP address alone; scheme and port stand in keys of their own',
    ],
    [
      'an endpoint without a scheme',
      'milvus: {management: {endpoint: "m:9091"}}',
      'milvus.management.endpoint (backup.yaml:2): found "m:9091"; allowed: an address such as http://milvus:9091',
    ],
    [
      'half a pair',
      'milvus: {grpc: {tlsMode: mutual, mtlsKeyPath: /k}}',
      'milvus.grpc.mtlsCertPath (default): found nothing; tlsMode mutual needs our certificate and key',
    ],
    [
      'no bucket',
      'milvus: {storage: {bucketName: ""}}',
      'milvus.storage.bucketName (backup.yaml:2): found nothing; allowed: a bucket',
    ],
    [
      'no key',
      'milvus: {storage: {auth: {secretAccessKey: ""}}}',
      'milvus.storage.auth.secretAccessKey (backup.yaml:2): found nothing; auth.type static needs both keys',
    ],
    [
      'a key beside iam',
      'milvus: {storage: {auth: {type: iam, accessKeyID: a}}}',
      'milvus.storage.auth.accessKeyID (backup.yaml:2): a key beside auth.type iam; allowed: one or the other',
    ],
    [
      'a file beside iam',
      'milvus: {storage: {auth: {type: iam, secretAccessKeyFile: /a}}}',
      'milvus.storage.auth.secretAccessKeyFile (backup.yaml:2): a key beside auth.type iam; allowed: one or the other',
    ],
    [
      'a text and a file',
      'milvus: {password: a, passwordFile: /a}',
      'milvus.passwordFile (backup.yaml:2): stands beside milvus.password; keep one of the two',
    ],
    [
      'an account',
      'milvus: {storage: {accountName: a}}',
      'milvus.storage.accountName (backup.yaml:2): belongs to a provider that this version does not drive; remove it',
    ],
    [
      'a local path',
      'backup: {storage: {localPath: /a}}',
      'backup.storage.localPath (backup.yaml:2): belongs to a provider that this version does not drive; remove it',
    ],
    [
      'half of an address for snapshots',
      'milvus: {storage: {milvusPort: 1}}',
      'milvus.storage.milvusPort (backup.yaml:2): needs milvusAddress beside it',
    ],
  ])('name %s', (_, body, problem) => {
    expect(problemsOf(v2(body))).toContain(problem);
  });

  it.each<[string, string[], string]>([
    ['a misspelt key', ['milvus.usr=a'], 'milvus.usr (--set): no such key; did you mean milvus.user?'],
    ['a text without =', ['milvus.user'], '--set: found a text without =; allowed: KEY=VALUE'],
    ['no key', ['=a'], '--set: found no key; allowed: KEY=VALUE'],
    [
      'a key of v1',
      ['minio.address=a'],
      'minio.address (--set): a key of configVersion v1; in v2 it is milvus.storage.address',
    ],
    [
      'a dropped key of v1',
      ['http.enabled=true'],
      'http.enabled (--set): a key of configVersion v1 that has no meaning any more; remove it',
    ],
    ['a bad value', ['log.level=x'], 'log.level (--set): found "x"; allowed: debug, info, warn, error'],
  ])('name %s given by --set', (_, sets, problem) => {
    expect(problemsOf(undefined, { sets })).toContain(problem);
  });

  it.each<[string, string, RegExp]>([
    ['broken YAML', 'a: [', /^backup\.yaml:1: not valid YAML: /],
    [
      'a key that stands there twice',
      'a: 1\na: 2',
      /^backup\.yaml:2: not valid YAML: duplicated mapping key$/,
    ],
    ['two documents', 'a: 1\n---\nb: 1', /^backup\.yaml.*: not valid YAML: /],
    ['a list', '- a', /^backup\.yaml: found a list; allowed: keys and values$/],
    [
      'an unknown layout',
      'configVersion: v3',
      /^configVersion \(backup\.yaml:1\): found "v3"; allowed: v1, v2$/,
    ],
    ['a list as layout', 'configVersion: [v2]', /found a list or a section; allowed: v1, v2$/],
    [
      'keys of v2 without saying so',
      'milvus: {grpc: {port: 1}}',
      /^milvus\.grpc \(backup\.yaml:1\): belongs to configVersion v2; say/,
    ],
  ])('name %s', (_, text, problem) => {
    expect(problemsOf(text).some((line) => problem.test(line))).toBe(true);
  });

  it('are told all at once, with their lines', () => {
    const text = v2('milvus:\n  grpc:\n    port: x\n  usr: a\nlog:\n  level: loud\n');
    const problems = problemsOf(text, { sets: ['a.b=c'] });
    expect(problems[0]).toBe('configuration: 4 problems');
    for (const where of ['backup.yaml:4', 'backup.yaml:5', 'backup.yaml:7', '--set']) {
      expect(problems.some((line) => line.includes(`(${where})`))).toBe(true);
    }
  });

  it('never show a secret', () => {
    const text =
      'milvus: {password: [hunter2]}\nmilvus2: hunter2\nbackup: {storage: {auth: {type: iam, secretAccessKey: hunter2}}}';
    expect(problemsOf(v2(text)).join('\n')).not.toContain('hunter2');
    expect(problemsOf(`${text}\n  hunter2: [`).join('\n')).not.toContain('hunter2');
  });

  it('are all that a garbled text leads to', () => {
    fc.assert(
      fc.property(fc.string({ unit: codePoint, maxLength: 200 }), (text) => {
        problemsOf(text);
        problemsOf(v2(text));
        problemsOf(undefined, { sets: [text] });
      }),
    );
  });

  it('are found soon in a text of aliases to aliases', () => {
    const rows = Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`);
    const start = performance.now();
    expect(problemsOf(v2(`a0: &a0 [x]\n${rows.join('\n')}`)).length).toBeGreaterThan(1);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

describe('the first layout', () => {
  const text = [
    'milvus: {address: m, port: 19531, authorizationEnabled: true, user: u, password: p, tlsMode: 1}',
    'minio:',
    '  storageType: minio',
    '  address: s',
    '  port: 9001',
    '  accessKeyID: a',
    '  secretAccessKey: b',
    '  useSSL: true',
    '  bucketName: mb',
    '  rootPath: mr',
    '  backupBucketName: bb',
    '  backupRootPath: br',
    '  crossStorage: true',
    'backup:',
    '  parallelism: {backupCollection: 5, copydata: 64, restoreCollection: 3}',
    '  gcPause: {enable: false, address: "http://m:9091"}',
  ]
    .join('\n')
    .replace(' authorizationEnabled: true,', '');

  it('is translated, with a warning', () => {
    const { config, version, warnings } = parse(text);
    expect(version).toBe('v1');
    expect(warnings).toEqual([expect.stringContaining('backup.yaml has the layout v1')]);
    expect(config.milvus).toMatchObject({ user: 'u', password: 'p' });
    expect(config.milvus.grpc).toMatchObject({ address: 'm', port: 19531, tlsMode: 'server' });
    expect(config.milvus.management.endpoint).toBe('http://m:9091');
    expect(config.milvus.storage).toMatchObject({
      address: 's',
      port: 9001,
      useSSL: true,
      bucketName: 'mb',
      rootPath: 'mr',
    });
    expect(config.backup.storage).toMatchObject({
      address: 's',
      useSSL: true,
      bucketName: 'bb',
      rootPath: 'br',
    });
    expect(config.backup).toMatchObject({ pauseGC: false, concurrency: { collections: 5 } });
    expect(config.restore.concurrency.collections).toBe(3);
    expect(config.transfer).toMatchObject({ mode: 'streaming', concurrency: 64 });
  });

  it('takes its own variables, and v2 keys by --set on top', () => {
    const env = {
      MILVUS_ADDRESS: 'e',
      MINIO_BACKUP_BUCKET_NAME: 'eb',
      MILVUS_STORAGE_AUTH_ACCESS_KEY_ID: 'no',
    };
    const { config } = parse(text, { env, sets: ['milvus.grpc.port=7', 'MINIO_PORT=8'] });
    expect(config.milvus.grpc).toMatchObject({ address: 'e', port: 7 });
    expect(config.milvus.storage).toMatchObject({ port: 8, auth: { accessKeyID: 'a' } });
    expect(config.backup.storage.bucketName).toBe('eb');
  });

  it('passes over the variables of a Kubernetes Service', () => {
    const { config, warnings } = parse(text, { env: { MILVUS_PORT: 'tcp://10.0.0.1:19530' } });
    expect(config.milvus.grpc.port).toBe(19531);
    expect(warnings.join()).toContain("is a Kubernetes Service's");
  });

  it.each<[string, string, (parsed: ParsedConfig) => unknown, unknown]>([
    ['no backupRootPath', 'minio: {rootPath: r}', ({ config }) => config.backup.storage.rootPath, 'r'],
    ['neither root path', 'minio: {}', ({ config }) => config.backup.storage.rootPath, 'files'],
    ['tlsMode 2 alone', 'milvus: {tlsMode: 2}', ({ config }) => config.milvus.grpc.tlsMode, 'server'],
    [
      'tlsMode 2 with a pair',
      'milvus: {tlsMode: 2, mtlsCertPath: /c, mtlsKeyPath: /k}',
      ({ config }) => config.milvus.grpc.tlsMode,
      'mutual',
    ],
    [
      'an alias',
      'minio: {cloudProvider: alicloud}',
      ({ config }) => config.backup.storage.provider,
      'aliyun',
    ],
    [
      'three names',
      'minio: {cloudProvider: tc, storageType: aws}\nstorage: {storageType: gcp}',
      ({ config }) => config.milvus.storage.provider,
      'gcp',
    ],
    [
      'useIAM beside keys',
      'minio: {useIAM: true, accessKeyID: a, backupAccessKeyID: b}',
      ({ config }) => config.backup.storage.auth,
      expect.objectContaining({ type: 'iam', accessKeyID: '' }),
    ],
    [
      'backupUseIAM false',
      'minio: {useIAM: true, backupUseIAM: false, backupAccessKeyID: b, backupSecretAccessKey: c}',
      ({ config }) => config.backup.storage.auth,
      expect.objectContaining({ type: 'static', accessKeyID: 'b' }),
    ],
    ['etcd as a text', 'milvus: {etcd: {endpoints: "a:1,b:2"}}', ({ version }) => version, 'v1'],
    ['what is gone', 'http: {enabled: true}\nminio: {gcpCredentialJSON: x}', ({ version }) => version, 'v1'],
  ])('reads %s', (_, body, take, value) => {
    expect(take(parse(body))).toEqual(value);
  });

  it('warns where backups would lie in the folder of Milvus', () => {
    expect(parse('minio: {rootPath: r}').warnings.join()).toContain('backups go into the folder');
  });

  it.each([
    ['minio: {adress: a}', 'minio.adress (backup.yaml:1): no such key; did you mean minio.address?'],
    ['minio: {port: a}', 'minio.port (backup.yaml:1): found "a"; allowed: a whole number from 1 to 65535'],
    ['milvus: {tlsMode: 3}', 'milvus.tlsMode (backup.yaml:1): found "3"; allowed: disabled, server, mutual'],
    [
      'minio: {useIAM: perhaps}',
      'minio.useIAM (backup.yaml:1): found "perhaps"; allowed: static, iam, default, anonymous',
    ],
    [
      'minio: {storageType: local}',
      'minio.storageType (backup.yaml:1): found "local"; allowed: minio, s3, aws, ceph, gcp, aliyun, tencent, hwc ("local": not driven by this version)',
    ],
  ])('names the problem of %s by its old name', (body, problem) => {
    expect(problemsOf(body)).toContain(problem);
  });
});

describe('showing', () => {
  it('masks secrets and tells sources', () => {
    const { settings } = parse(v2('milvus: {password: swordfish, user: root}'), {
      env: { BACKUP_STORAGE_AUTH_SECRET_ACCESS_KEY: 'abc' },
    });
    const lines = showSettings(settings).split('\n');
    const row = (key: string): string[] =>
      lines.find((line) => line.startsWith(`${key} `))?.split(/ {2,}/) ?? [];
    expect(row('PARAMETER')).toEqual(['PARAMETER', 'VALUE', 'SOURCE', 'SOURCE_KEY']);
    expect(row('milvus.password')).toEqual([
      'milvus.password',
      'sw****sh',
      'file',
      'milvus.password (backup.yaml:2)',
    ]);
    expect(row('milvus.user')[1]).toBe('root');
    expect(row('backup.storage.auth.secretAccessKey')).toEqual([
      'backup.storage.auth.secretAccessKey',
      '****',
      'env',
      'BACKUP_STORAGE_AUTH_SECRET_ACCESS_KEY',
    ]);
  });

  it.each([
    ['', ''],
    ['abcd', '****'],
    ['abcde', 'ab****de'],
  ])('masks %j as %j', (secret, masked) => {
    expect(maskSecret(secret)).toBe(masked);
  });

  it('documents every key once', () => {
    const table = configTable();
    for (const { key } of parameters) expect(table.split(`\`${key}\``)).toHaveLength(2);
    for (const line of table.split('\n').filter((row) => row.startsWith('|'))) {
      expect(line.replaceAll('\\|', '').split('|')).toHaveLength(7);
    }
  });
});

describe('what is selected and renamed', () => {
  const file = v2(`
backup:
  include: [a.*, b.c]
  exclude: ['*.tmp']
restore:
  include: [a.*]
  rename:
    databases: { a: b }
    collections:
      a.c: b.d
      'odd,a:b.c': b.e
    suffix: _x
`);

  it('is read from sections and lists', () => {
    const { backup, restore } = parse(file).config;
    expect(backup).toMatchObject({ include: ['a.*', 'b.c'], exclude: ['*.tmp'] });
    expect(restore).toMatchObject({
      include: ['a.*'],
      exclude: [],
      rename: { databases: { a: 'b' }, collections: { 'a.c': 'b.d', 'odd,a:b.c': 'b.e' }, suffix: '_x' },
    });
  });

  it('is read from JSON as well, and from --set', () => {
    const document = { configVersion: 'v2', restore: { rename: { collections: { 'a.c': 'b.d' } } } };
    expect(parse(JSON.stringify(document)).config.restore.rename.collections).toEqual({ 'a.c': 'b.d' });
    const { config } = parse(file, { sets: ['restore.rename.collections=x:y, p.q:r.s,restore.include='] });
    expect(config.restore).toMatchObject({
      include: [],
      rename: { collections: { x: 'y', 'p.q': 'r.s' }, databases: { a: 'b' } },
    });
  });

  it.each([
    ['a list', 'collections: [a]', 'found a list; allowed: a section of texts'],
    ['half a pair', 'collections: a', 'allowed: a section of old and new names'],
    ['a section in it', 'collections: { a: { b: c } }', 'found a section; allowed: a section of texts'],
    ['a name twice', "collections: 'a:b,a:c'", 'each old name once'],
    ['broken JSON', "collections: '{'", 'allowed: a section of old and new names'],
    ['JSON of more than texts', `collections: '{"a":1}'`, 'allowed: a section of old and new names'],
  ])('is refused as %s', (_, line, words) => {
    expect(problemsOf(v2(`restore: { rename: { ${line} } }`)).join(' ')).toContain(words);
  });
});

describe('a token of Milvus', () => {
  it('stands instead of user and password', () => {
    expect(parse(v2('milvus: { tokenFile: /t }')).config.milvus).toMatchObject({
      token: '',
      tokenFile: '/t',
    });
    const both = problemsOf(v2('milvus: { token: t, tokenFile: /t }'));
    expect(both.join(' ')).toContain('stands beside milvus.token; keep one of the two');
    const beside = problemsOf(v2('milvus: { tokenFile: /t, userFile: /u, password: p }')).join(' ');
    expect(beside).toContain('milvus.userFile (backup.yaml:2): stands beside a token');
    expect(beside).toContain('milvus.password (backup.yaml:2): stands beside a token');
  });

  it('is not shown', () => {
    expect(showSettings(parse(v2('milvus: { token: root:0xhush }')).settings)).not.toContain('hush');
  });
});
