// SPDX-License-Identifier: Apache-2.0
// Puts an engine together from a configuration. Nothing is connected before the engine asks for it.
import { accessSync, constants } from 'node:fs';
import { messageOf, OperatorError } from '../base/error.ts';
import type { Clock } from '../base/clock.ts';
import type { Config } from '../contract/config.ts';
import type { Engine, Logger, Reporter } from '../engine/engine.ts';
import { openMilvus } from '../milvus/client.ts';
import type { MilvusClient } from '../milvus/contract.ts';
import type { ObjectStore } from '../store/contract.ts';
import { openS3Store } from '../store/s3.ts';
import type { Secrets } from './secrets.ts';
import { isSameStore, milvusOptionsOf, storeOptionsOf } from './store-options.ts';
import { version } from './version.ts';

export type Parts = {
  config: Config;
  secrets: Secrets;
  clock: Clock;
  log: Logger;
  report: Reporter;
  signal: AbortSignal;
  /** Names the proxies on the way to object storage. */
  env?: Readonly<Record<string, string | undefined>>;
};

export type Wired = { engine: Engine; close(): Promise<void> };

/** Throws InvalidConfiguration for files that are named and cannot be read. */
export function wireEngine({ config, secrets, clock, log, report, signal, env = {} }: Parts): Wired {
  checkFiles(config);
  const { transfer } = config;
  const opened: ObjectStore[] = [];
  const open = (section: 'milvus.storage' | 'backup.storage'): ObjectStore => {
    const storage = section === 'milvus.storage' ? config.milvus.storage : config.backup.storage;
    const options = { ...storeOptionsOf(storage, { section, transfer, secrets }), proxies: env };
    const store = openS3Store(options, clock);
    opened.push(store);
    return store;
  };
  const milvusStore = once(() => open('milvus.storage'));
  const milvus = onceResolved(() => openMilvus(milvusOptionsOf(config, secrets), clock));
  const engine: Engine = {
    config,
    version,
    clock,
    log,
    report,
    signal,
    milvusStore,
    backupStore: isSameStore(config) ? milvusStore : once(() => open('backup.storage')),
    milvus: () => milvus.get(),
  };
  return {
    engine,
    async close() {
      for (const store of opened) store.close();
      await milvus.current()?.close();
    },
  };
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** Keeps a client once there is one; a failed opening is tried again by the next caller. */
function onceResolved(make: () => Promise<MilvusClient>): {
  get(): Promise<MilvusClient>;
  current(): MilvusClient | undefined;
} {
  let pending: Promise<MilvusClient> | undefined;
  let client: MilvusClient | undefined;
  const start = async (): Promise<MilvusClient> => {
    try {
      client = await make();
      return client;
    } catch (error) {
      pending = undefined;
      throw error;
    }
  };
  return { get: () => (pending ??= start()), current: () => client };
}

function checkFiles({ milvus, backup }: Config): void {
  const { grpc } = milvus;
  const files = [
    ['milvus.userFile', milvus.userFile],
    ['milvus.passwordFile', milvus.passwordFile],
    ['milvus.tokenFile', milvus.tokenFile],
    ['milvus.grpc.caCertPath', grpc.caCertPath],
    ['milvus.grpc.mtlsCertPath', grpc.mtlsCertPath],
    ['milvus.grpc.mtlsKeyPath', grpc.mtlsKeyPath],
    ...[['milvus.storage', milvus.storage] as const, ['backup.storage', backup.storage] as const].flatMap(
      ([section, { caCertPath, auth }]) => [
        [`${section}.caCertPath`, caCertPath],
        [`${section}.auth.accessKeyIDFile`, auth.accessKeyIDFile],
        [`${section}.auth.secretAccessKeyFile`, auth.secretAccessKeyFile],
        [`${section}.auth.sessionTokenFile`, auth.sessionTokenFile],
      ],
    ),
  ];
  const problems = files.flatMap(([key = '', path = '']) => (path === '' ? [] : unreadable(key, path)));
  if (problems.length > 0) throw new OperatorError('InvalidConfiguration', problems.join('; '));
}

function unreadable(key: string, path: string): string[] {
  try {
    accessSync(path, constants.R_OK);
    return [];
  } catch (error) {
    return [`${key}: ${messageOf(error)}`];
  }
}
