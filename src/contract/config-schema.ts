// SPDX-License-Identifier: Apache-2.0
// The table of every key of the configuration, layout v2: the established tool's keys with its defaults and its names of
// environment variables, and ours. Parsing, `config show` and the documentation all read this table and nothing else.
import type { Parameter } from './parameter.ts';
import { providerNames } from './provider.ts';

const later = 'not driven by this version';
const port = { kind: 'integer', min: 1, max: 65_535 } as const;

const general: Parameter[] = [
  {
    key: 'log.level',
    kind: 'choice',
    default: 'info',
    choices: ['debug', 'info', 'warn', 'error'],
    about: 'Least level that is logged, always on stderr. Not given, and with --report text: warn.',
  },
  flag('log.console', 'true', 'Logs go to stderr in any case.', { unused: true }),
  text('log.file.path', 'logs/backup.log', 'No log file is written.', { unused: true }),
  count('log.file.maxSizeMiB', 300, 'No log file is written.', { unused: true, min: 0 }),
  count('log.file.maxDays', 0, 'No log file is written.', { unused: true, min: 0 }),
  count('log.file.maxBackups', 0, 'No log file is written.', { unused: true, min: 0 }),
  flag('server.debugMode', 'false', 'Of the REST server.', { unused: true }),
  text('server.swaggerBasePath', '', 'Of the REST server.', { unused: true }),
];

const milvus: Parameter[] = [
  text('milvus.user', '', 'User name; empty: no login.', { env: 'MILVUS_USER' }),
  text('milvus.password', '', 'Password.', {
    env: 'MILVUS_PASSWORD',
    secret: true,
  }),
  text('milvus.userFile', '', 'File that holds the user name; read again at each connection.', {
    ours: true,
  }),
  text('milvus.passwordFile', '', 'File that holds the password; read again at each connection.', {
    ours: true,
  }),
  text('milvus.token', '', 'Token instead of user and password: user:password, or an API key.', {
    ours: true,
    secret: true,
  }),
  text('milvus.tokenFile', '', 'File that holds the token; read again at each connection.', { ours: true }),
  text('milvus.grpc.address', 'localhost', 'Host of the gRPC service.', { kind: 'host' }),
  { key: 'milvus.grpc.port', ...port, default: '19530', about: 'Port of the gRPC service.' },
  {
    key: 'milvus.grpc.tlsMode',
    kind: 'choice',
    default: 'disabled',
    choices: ['disabled', 'server', 'mutual'],
    about: 'server: the server shows a certificate. mutual: so do we.',
  },
  text('milvus.grpc.caCertPath', '', 'PEM file of the authorities trusted; empty: those of the system.'),
  text('milvus.grpc.serverName', '', 'Name expected in the certificate; empty: the address.'),
  text('milvus.grpc.mtlsCertPath', '', 'PEM file of our certificate (mutual).'),
  text('milvus.grpc.mtlsKeyPath', '', 'PEM file of our key (mutual).'),
  url('milvus.rest.endpoint', '', 'Imports go through gRPC.', { unused: true }),
  url(
    'milvus.management.endpoint',
    'http://localhost:9091',
    'Management port, for pausing garbage collection. Empty: it is not paused.',
  ),
  text('milvus.replicate.rpcChannelName', 'by-dev-replicate-msg', 'Of the CDC standby.', { unused: true }),
  text('milvus.etcd.endpoints', 'localhost:2379', 'Milvus is asked, never its etcd.', {
    kind: 'list',
    unused: true,
  }),
  text('milvus.etcd.rootPath', 'by-dev', 'Milvus is asked, never its etcd.', { unused: true }),
];

const work: Parameter[] = [
  count('backup.concurrency.collections', 4, 'Collections backed up at once.'),
  count(
    'backup.concurrency.segments',
    1024,
    'Accepted and without effect: transfer.concurrency bounds the objects in flight.',
  ),
  flag('backup.pauseGC', 'true', 'Pause garbage collection while copying. --gc-pause has the last word.'),
  ...selection('backup', 'are backed up'),
  ...source(),
  count('restore.concurrency.collections', 2, 'Collections restored at once.'),
  count('restore.concurrency.importJobs', 768, 'Import jobs given to Milvus at once.'),
  count(
    'restore.maxSegmentsPerImportJob',
    256,
    'Accepted and without effect: a 2.3 target takes one segment group per job.',
  ),
  flag('restore.keepTempFiles', 'false', 'Leave staged objects in the Milvus bucket.'),
  ...selection('restore', 'are restored, by their names in the backup'),
  names('restore.rename.databases', 'Databases by their new names.'),
  names('restore.rename.collections', 'Collections by their new names: db.collection to db2.collection2.'),
  text('restore.rename.suffix', '', 'Appended to the name of every collection that is not named there.', {
    ours: true,
  }),
  {
    key: 'transfer.mode',
    kind: 'choice',
    default: 'auto',
    choices: ['auto', 'direct', 'streaming'],
    about: 'auto: server-side copy if one login sees both ends. direct: always. streaming: through us.',
  },
  count('transfer.concurrency', 128, 'Objects in flight at once.'),
  count('transfer.multipartCopyThresholdMiB', 500, 'Larger objects are copied by parts.'),
  url('zillizCloud.endpoint', 'https://api.cloud.zilliz.com', 'Of the migrate command.', { unused: true }),
  text('zillizCloud.apiKey', '', 'Of the migrate command.', {
    env: 'ZILLIZ_CLOUD_API_KEY',
    secret: true,
    unused: true,
  }),
];

/** Every key there is, in the order of the documentation. */
export const parameters: readonly Parameter[] = [
  ...general,
  ...milvus,
  ...storage('milvus.storage', 'MILVUS_STORAGE', 'files'),
  ...storage('backup.storage', 'BACKUP_STORAGE', 'backup'),
  ...work,
];

/** Keys of backup.storage that milvus.storage does not lend. */
export const notInherited: ReadonlySet<string> = new Set([
  'rootPath',
  'localPath',
  'milvusAddress',
  'milvusPort',
]);

function storage(section: string, env: string, rootPath: string): Parameter[] {
  return [...place(section, env, rootPath), ...login(section, env)];
}

function place(section: string, env: string, rootPath: string): Parameter[] {
  const unused = true;
  const folder =
    section === 'milvus.storage' ? "Milvus's own minio.rootPath." : 'Folder that holds the backups.';
  return [
    provider(section),
    text(`${section}.address`, 'localhost', 'Host of the store.', { kind: 'host' }),
    { key: `${section}.port`, ...port, default: '9000', about: 'Port of the store.' },
    text(`${section}.region`, '', 'Region; empty: what the provider takes by default.'),
    flag(`${section}.useSSL`, 'false', 'TLS to the store.'),
    ...ourTls(section),
    text(`${section}.accountName`, '', `Of azure, ${later}.`, { env: `${env}_ACCOUNT_NAME`, unused }),
    text(`${section}.bucketName`, 'a-bucket', 'Bucket.'),
    text(`${section}.rootPath`, rootPath, folder, { kind: 'folder' }),
    text(`${section}.localPath`, '', `Of local, ${later}.`, { unused }),
    text(`${section}.milvusAddress`, '', 'It serves snapshots, which are not offered.', {
      kind: 'host',
      unused,
    }),
    count(`${section}.milvusPort`, 0, 'It serves snapshots, which are not offered.', {
      min: 0,
      max: 65_535,
      unused,
    }),
  ];
}

function provider(section: string): Parameter {
  return {
    key: `${section}.provider`,
    kind: 'choice',
    default: 'minio',
    choices: providerNames,
    refused: { local: later, azure: later, gcpnative: `${later}; gcp speaks to GCS with HMAC keys` },
    about: 'Kind of object store.',
  };
}

function ourTls(section: string): Parameter[] {
  const ours = true;
  return [
    text(`${section}.caCertPath`, '', "PEM file of the authorities that sign the store's certificate.", {
      ours,
    }),
    flag(`${section}.insecureSkipVerify`, 'false', "Take any certificate of the store's. For tests.", {
      ours,
    }),
    {
      key: `${section}.addressing`,
      kind: 'choice',
      default: 'Auto',
      choices: ['Auto', 'Path', 'VirtualHosted'],
      ours,
      about: 'Where the bucket stands in the address; Auto: as the provider likes it.',
    },
  ];
}

function login(section: string, env: string): Parameter[] {
  const secret = true;
  const ours = true;
  return [
    {
      key: `${section}.auth.type`,
      kind: 'choice',
      default: 'static',
      choices: ['static', 'iam', 'default', 'anonymous'],
      refused: { sharedkey: `of azure, ${later}`, serviceaccount: `of gcpnative, ${later}` },
      about: "static: the keys below. iam, default: the provider's own chain. anonymous (ours): no login.",
    },
    text(`${section}.auth.accessKeyID`, 'minioadmin', 'Access key.', { env: `${env}_AUTH_ACCESS_KEY_ID` }),
    text(`${section}.auth.secretAccessKey`, 'minioadmin', 'Secret key.', {
      env: `${env}_AUTH_SECRET_ACCESS_KEY`,
      secret,
    }),
    text(`${section}.auth.sessionToken`, '', 'Session token.', { env: `${env}_AUTH_SESSION_TOKEN`, secret }),
    text(`${section}.auth.accessKeyIDFile`, '', 'File that holds the access key; read again on refusal.', {
      ours,
    }),
    text(`${section}.auth.secretAccessKeyFile`, '', 'File that holds the secret key.', { ours }),
    text(`${section}.auth.sessionTokenFile`, '', 'File that holds the session token.', { ours }),
    text(`${section}.auth.accountKey`, '', `Of azure, ${later}.`, {
      env: `${env}_AUTH_ACCOUNT_KEY`,
      secret,
      unused: true,
    }),
    text(`${section}.auth.credentialsFile`, '', `Of gcpnative, ${later}.`, {
      env: `${env}_AUTH_CREDENTIALS_FILE`,
      unused: true,
    }),
    text(`${section}.auth.endpoint`, '', 'IAM endpoint; the chain finds its own.', { unused: true }),
  ];
}

function selection(section: string, what: string): Parameter[] {
  const ours = true;
  return [
    text(
      `${section}.include`,
      '',
      `Collections that ${what}: db.collection, db.*, globs; empty: all. Flags win.`,
      {
        kind: 'list',
        ours,
      },
    ),
    text(`${section}.exclude`, '', 'Collections that are not, even if include names them.', {
      kind: 'list',
      ours,
    }),
  ];
}

/** Set by the operator, so that another cluster can tell whose backup it finds in a bucket. */
function source(): Parameter[] {
  const what = 'Recorded in the manifest: ';
  const ours = true;
  return [
    text('backup.source.instance', '', `${what}the MilvusInstance that is backed up; empty: nothing is.`, {
      ours,
    }),
    text('backup.source.namespace', '', `${what}its namespace.`, { ours }),
    text('backup.source.schedule', '', `${what}the MilvusBackupSchedule that asked for the backup.`, {
      ours,
    }),
    text('backup.source.scheduleUID', '', `${what}the UID of that schedule.`, { ours }),
  ];
}

function names(key: string, about: string): Parameter {
  return { key, kind: 'map', default: '', about: `${about} The flags for it win.`, ours: true };
}

function text(key: string, value: string, about: string, more: Partial<Parameter> = {}): Parameter {
  return { key, kind: 'text', default: value, about, ...more };
}

function url(key: string, value: string, about: string, more: Partial<Parameter> = {}): Parameter {
  return { key, kind: 'url', default: value, about, ...more };
}

function flag(key: string, value: 'true' | 'false', about: string, more: Partial<Parameter> = {}): Parameter {
  return { key, kind: 'boolean', default: value, about, ...more };
}

function count(key: string, value: number, about: string, more: Partial<Parameter> = {}): Parameter {
  return { key, kind: 'integer', default: String(value), about, ...more };
}
