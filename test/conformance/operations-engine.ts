// SPDX-License-Identifier: Apache-2.0
// An engine over real stores that records what it reports, and stores that record or fail where a test says so.
import { systemClock } from '../../src/base/clock.ts';
import { parseConfig } from '../../src/contract/config-parse.ts';
import type { Config } from '../../src/contract/config.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { MilvusClient } from '../../src/milvus/contract.ts';
import type { ObjectStore } from '../../src/store/contract.ts';

export type Recorded = { items: Record<string, unknown>[]; warnings: string[]; steps: string[] };

export type TestEngine = Engine & { recorded: Recorded };

const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };

function ignore(): void {}

/** `sets` are keys of the configuration; the buckets are those of the stores. */
export function testEngine(
  stores: { milvus: ObjectStore; backup: ObjectStore },
  sets: Record<string, string> = {},
  milvus?: MilvusClient,
): TestEngine {
  const recorded: Recorded = { items: [], warnings: [], steps: [] };
  return {
    config: configOf({
      'milvus.storage.bucketName': stores.milvus.bucket,
      'backup.storage.bucketName': stores.backup.bucket,
      ...sets,
    }),
    version: 'test',
    clock: systemClock,
    log: silent,
    report: {
      progress: ({ step }) => void recorded.steps.push(step),
      warn: ({ message }) => void recorded.warnings.push(message),
      item: (_list, item) => void recorded.items.push(item),
    },
    signal: new AbortController().signal,
    milvusStore: () => stores.milvus,
    backupStore: () => stores.backup,
    async milvus() {
      if (!milvus) throw new Error('no Milvus in this test');
      return milvus;
    },
    recorded,
  };
}

function configOf(sets: Record<string, string>): Config {
  return parseConfig({ sets: Object.entries(sets).map(([key, value]) => `${key}=${value}`), env: {} }).config;
}

/** The same store; `before` is told of each call that changes something or reads an object, and may throw. */
export function watched(store: ObjectStore, before: (call: string, key: string) => void): ObjectStore {
  return {
    ...store,
    get: (key, ...rest) => {
      before('get', key);
      return store.get(key, ...rest);
    },
    put: async (key, ...rest) => {
      before('put', key);
      return store.put(key, ...rest);
    },
    async remove(keys, signal) {
      let removed = 0;
      for await (const key of keys) {
        before('remove', key);
        removed += await store.remove([key], signal);
      }
      return removed;
    },
  };
}

export async function keysOf(store: ObjectStore, prefix = ''): Promise<string[]> {
  const keys: string[] = [];
  for await (const entry of store.list(prefix)) if (entry.kind === 'object') keys.push(entry.key);
  return keys;
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
