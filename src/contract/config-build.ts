// SPDX-License-Identifier: Apache-2.0
// Settings, already read and checked, as the Config that the code sees.
import type { SettingMap } from './config-settings.ts';
import type { Config, MilvusConfig, StorageConfig } from './config.ts';

/** The casts are safe: every choice comes from the table, in its own spelling. */
export function configOf(settings: SettingMap): Config {
  const number = (key: string): number => Number(settings.value(key));
  const flag = (key: string): boolean => settings.value(key) === 'true';
  const list = (key: string): string[] => settings.value(key).split(',').filter(Boolean);
  return {
    log: { level: settings.value('log.level') as Config['log']['level'] },
    milvus: milvusOf(settings),
    backup: {
      storage: storageOf(settings, 'backup.storage'),
      concurrency: {
        collections: number('backup.concurrency.collections'),
        segments: number('backup.concurrency.segments'),
      },
      pauseGC: flag('backup.pauseGC'),
      include: list('backup.include'),
      exclude: list('backup.exclude'),
      source: sourceOf(settings),
    },
    restore: {
      concurrency: {
        collections: number('restore.concurrency.collections'),
        importJobs: number('restore.concurrency.importJobs'),
      },
      maxSegmentsPerImportJob: number('restore.maxSegmentsPerImportJob'),
      keepTempFiles: flag('restore.keepTempFiles'),
      include: list('restore.include'),
      exclude: list('restore.exclude'),
      rename: renameOf(settings),
    },
    transfer: {
      mode: settings.value('transfer.mode') as Config['transfer']['mode'],
      concurrency: number('transfer.concurrency'),
      multipartCopyThresholdMiB: number('transfer.multipartCopyThresholdMiB'),
    },
  };
}

function sourceOf(settings: SettingMap): Config['backup']['source'] {
  const value = (name: string): string => settings.value(`backup.source.${name}`);
  return {
    instance: value('instance'),
    namespace: value('namespace'),
    schedule: value('schedule'),
    scheduleUID: value('scheduleUID'),
  };
}

function renameOf(settings: SettingMap): Config['restore']['rename'] {
  const map = (key: string): Record<string, string> =>
    JSON.parse(settings.value(key) || '{}') as Record<string, string>;
  return {
    databases: map('restore.rename.databases'),
    collections: map('restore.rename.collections'),
    suffix: settings.value('restore.rename.suffix'),
  };
}

function milvusOf(settings: SettingMap): MilvusConfig {
  const value = (key: string): string => settings.value(key);
  return {
    user: value('milvus.user'),
    password: value('milvus.password'),
    userFile: value('milvus.userFile'),
    passwordFile: value('milvus.passwordFile'),
    token: value('milvus.token'),
    tokenFile: value('milvus.tokenFile'),
    grpc: {
      address: value('milvus.grpc.address'),
      port: Number(value('milvus.grpc.port')),
      tlsMode: value('milvus.grpc.tlsMode') as MilvusConfig['grpc']['tlsMode'],
      caCertPath: value('milvus.grpc.caCertPath'),
      serverName: value('milvus.grpc.serverName'),
      mtlsCertPath: value('milvus.grpc.mtlsCertPath'),
      mtlsKeyPath: value('milvus.grpc.mtlsKeyPath'),
    },
    management: { endpoint: value('milvus.management.endpoint') },
    storage: storageOf(settings, 'milvus.storage'),
  };
}

function storageOf(settings: SettingMap, section: string): StorageConfig {
  const value = (name: string): string => settings.value(`${section}.${name}`);
  const type = value('auth.type') as StorageConfig['auth']['type'];
  const login = (name: string): string => (type === 'static' ? value(`auth.${name}`) : '');
  return {
    provider: value('provider') as StorageConfig['provider'],
    address: addressOf(settings, section),
    port: Number(value('port')),
    region: value('region'),
    useSSL: value('useSSL') === 'true',
    caCertPath: value('caCertPath'),
    insecureSkipVerify: value('insecureSkipVerify') === 'true',
    addressing: value('addressing') as StorageConfig['addressing'],
    bucketName: value('bucketName'),
    rootPath: value('rootPath'),
    auth: {
      type,
      accessKeyID: login('accessKeyID'),
      secretAccessKey: login('secretAccessKey'),
      sessionToken: login('sessionToken'),
      accessKeyIDFile: login('accessKeyIDFile'),
      secretAccessKeyFile: login('secretAccessKeyFile'),
      sessionTokenFile: login('sessionTokenFile'),
    },
  };
}

/** The default is localhost, which is never where AWS or Google is: left out, they are asked for at their own addresses. */
function addressOf(settings: SettingMap, section: string): string {
  const { value, origin } = settings.of(`${section}.address`);
  const hasOwn = ['aws', 'gcp'].includes(settings.value(`${section}.provider`));
  return hasOwn && origin.kind === 'default' ? '' : value;
}
