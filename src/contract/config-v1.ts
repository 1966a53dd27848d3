// SPDX-License-Identifier: Apache-2.0
// The established tool's first layout (no configVersion, or v1), translated into the second as that tool does it.
import type { Given, GivenMap, Origin } from './config-given.ts';

type Via = 'tlsMode' | 'iam' | 'streaming' | 'provider';

/** One key of the first layout. Without `to` it had a meaning there and has none here. */
type OldKey = { key: string; env?: string; to?: string; via?: Via };

/** Where several old keys name one new one, the first given wins. */
export const oldKeys: readonly OldKey[] = [
  ...same('log', ['level', 'console']),
  row('log.file.filename', 'log.file.path'),
  row('log.file.maxSize', 'log.file.maxSizeMiB'),
  ...same('log.file', ['maxDays', 'maxBackups']),
  { key: 'http.enabled' },
  row('http.debugMode', 'server.debugMode'),
  row('http.swaggerBasePath', 'server.swaggerBasePath'),
  row('cloud.address', 'zillizCloud.endpoint'),
  row('cloud.apikey', 'zillizCloud.apiKey'),
  row('milvus.address', 'milvus.grpc.address', 'MILVUS_ADDRESS'),
  row('milvus.port', 'milvus.grpc.port', 'MILVUS_PORT'),
  row('milvus.user', 'milvus.user', 'MILVUS_USER'),
  row('milvus.password', 'milvus.password', 'MILVUS_PASSWORD'),
  { ...row('milvus.tlsMode', 'milvus.grpc.tlsMode', 'MILVUS_TLS_MODE'), via: 'tlsMode' },
  row('milvus.caCertPath', 'milvus.grpc.caCertPath', 'MILVUS_CA_CERT_PATH'),
  row('milvus.serverName', 'milvus.grpc.serverName', 'MILVUS_SERVER_NAME'),
  row('milvus.mtlsCertPath', 'milvus.grpc.mtlsCertPath', 'MILVUS_MTLS_CERT_PATH'),
  row('milvus.mtlsKeyPath', 'milvus.grpc.mtlsKeyPath', 'MILVUS_MTLS_KEY_PATH'),
  row('milvus.rpcChannelName', 'milvus.replicate.rpcChannelName', 'MILVUS_RPC_CHANNEL_NAME'),
  ...same('milvus.etcd', ['endpoints', 'rootPath']),
  { ...row('storage.storageType', 'milvus.storage.provider'), via: 'provider' },
  { ...row('minio.storageType', 'milvus.storage.provider'), via: 'provider' },
  { ...row('minio.cloudProvider', 'milvus.storage.provider'), via: 'provider' },
  { ...row('storage.backupStorageType', 'backup.storage.provider'), via: 'provider' },
  { ...row('minio.backupStorageType', 'backup.storage.provider'), via: 'provider' },
  ...store('', 'MINIO_', 'milvus.storage'),
  ...store('backup', 'MINIO_BACKUP_', 'backup.storage'),
  { key: 'minio.gcpCredentialJSON', env: 'GCP_KEY_JSON' },
  { key: 'minio.backupGcpCredentialJSON', env: 'BACKUP_GCP_KEY_JSON' },
  { ...row('minio.crossStorage', 'transfer.mode'), via: 'streaming' },
  row('minio.multipartCopyThresholdMiB', 'transfer.multipartCopyThresholdMiB'),
  row('backup.parallelism.copydata', 'transfer.concurrency', 'BACKUP_PARALLELISM_COPYDATA'),
  row(
    'backup.parallelism.backupCollection',
    'backup.concurrency.collections',
    'BACKUP_PARALLELISM_BACKUP_COLLECTION',
  ),
  row('backup.parallelism.backupSegment', 'backup.concurrency.segments'),
  row(
    'backup.parallelism.restoreCollection',
    'restore.concurrency.collections',
    'BACKUP_PARALLELISM_RESTORE_COLLECTION',
  ),
  row('backup.parallelism.importJob', 'restore.concurrency.importJobs'),
  row('backup.keepTempFiles', 'restore.keepTempFiles', 'BACKUP_KEEP_TEMP_FILES'),
  row('backup.gcPause.enable', 'backup.pauseGC', 'BACKUP_GC_PAUSE_ENABLE'),
  row('backup.gcPause.address', 'milvus.management.endpoint', 'BACKUP_GC_PAUSE_ADDRESS'),
];

const rank: Record<Origin['kind'], number> = { default: 0, inherited: 1, file: 2, env: 3, set: 4 };

/** The second layout's values for what was given in the first, each with its old origin. */
export function translate(old: ReadonlyMap<string, Given>): GivenMap {
  const given: GivenMap = new Map();
  for (const { key, to, via } of oldKeys) {
    const value = old.get(key);
    if (value === undefined || to === undefined) continue;
    const before = given.get(to);
    if (before && rank[before.origin.kind] >= rank[value.origin.kind]) continue;
    given.set(to, { ...value, text: via === undefined ? value.text : convert[via](value.text) });
  }
  withoutHalfPairs(given);
  withoutUnusedKeys(given);
  lendRootPath(given);
  return given;
}

const aliases: Readonly<Record<string, string>> = {
  ali: 'aliyun',
  alibaba: 'aliyun',
  alicloud: 'aliyun',
  tc: 'tencent',
};

/** A text that fits nothing is left as it is: reading the new key will say so under the old name. */
const convert: Record<Via, (text: string) => string> = {
  tlsMode: (text) => ({ '0': 'disabled', '1': 'server', '2': 'mutual' })[text] ?? text,
  iam: (text) => ({ true: 'iam', false: 'static' })[text.toLowerCase()] ?? text,
  streaming: (text) => ({ true: 'streaming', false: 'auto' })[text.toLowerCase()] ?? text,
  provider: (text) => aliases[text.toLowerCase()] ?? text,
};

/** Mode 2 without a pair of ours is mode 1. */
function withoutHalfPairs(given: GivenMap): void {
  const mode = given.get('milvus.grpc.tlsMode');
  const pair = ['milvus.grpc.mtlsCertPath', 'milvus.grpc.mtlsKeyPath'];
  if (mode?.text !== 'mutual' || pair.some((key) => (given.get(key)?.text ?? '') !== '')) return;
  given.set('milvus.grpc.tlsMode', { ...mode, text: 'server' });
}

/** useIAM beside keys meant: ignore the keys. The second layout refuses the two together. */
function withoutUnusedKeys(given: GivenMap): void {
  const type = (section: string): string | undefined => given.get(`${section}.auth.type`)?.text;
  const drop = (section: string): void => {
    for (const key of ['accessKeyID', 'secretAccessKey', 'sessionToken'])
      given.delete(`${section}.auth.${key}`);
  };
  if (type('milvus.storage') === 'iam') drop('milvus.storage');
  if ((type('backup.storage') ?? type('milvus.storage')) === 'iam') drop('backup.storage');
}

/** Without backupRootPath the first layout keeps backups in Milvus's own folder; old backups are found there only so. */
function lendRootPath(given: GivenMap): void {
  if (given.has('backup.storage.rootPath')) return;
  const origin: Origin = { kind: 'inherited', key: 'minio.rootPath', where: 'minio.rootPath' };
  const text = given.get('milvus.storage.rootPath')?.text ?? 'files';
  given.set('backup.storage.rootPath', { text, origin });
}

function row(key: string, to: string, env?: string): OldKey {
  return { key, to, ...(env === undefined ? {} : { env }) };
}

function same(section: string, names: string[]): OldKey[] {
  return names.map((name) => row(`${section}.${name}`, `${section}.${name}`));
}

function store(prefix: '' | 'backup', env: string, to: string): OldKey[] {
  const old = (name: string): string =>
    `minio.${prefix === '' ? name : `${prefix}${name[0]?.toUpperCase()}${name.slice(1)}`}`;
  return [
    row(old('address'), `${to}.address`, `${env}ADDRESS`),
    row(old('port'), `${to}.port`, `${env}PORT`),
    row(old('region'), `${to}.region`, `${env}REGION`),
    row(old('accessKeyID'), `${to}.auth.accessKeyID`, `${env}ACCESS_KEY`),
    row(old('secretAccessKey'), `${to}.auth.secretAccessKey`, `${env}SECRET_KEY`),
    row(old('token'), `${to}.auth.sessionToken`, `${env}TOKEN`),
    row(old('useSSL'), `${to}.useSSL`, `${env}USE_SSL`),
    row(old('bucketName'), `${to}.bucketName`, `${env}BUCKET_NAME`),
    row(old('rootPath'), `${to}.rootPath`, `${env}ROOT_PATH`),
    { ...row(old('useIAM'), `${to}.auth.type`, `${env}USE_IAM`), via: 'iam' },
    row(old('iamEndpoint'), `${to}.auth.endpoint`, `${env}IAM_ENDPOINT`),
  ];
}
