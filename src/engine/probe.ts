// SPDX-License-Identifier: Apache-2.0
// Tries the store of the backups by doing what a backup will do: write, read, overwrite under a condition, copy, delete.
// The probes lie below `<prefix>/milvusbackup.dev/` for as long as that takes: the dot makes it no legal backup name, so
// that no list, ours or the established tool's, takes it for a backup, and nothing is ever written to Milvus's bucket.
import { randomBytes } from 'node:crypto';
import { OperatorError } from '../base/error.ts';
import { ownFolder, rootDir } from '../format/paths.ts';
import type { ObjectInfo, ObjectStore } from '../store/contract.ts';
import type { Engine } from './engine.ts';
import { readSmall } from './objects.ts';

export type Probed = {
  /** 'refused': a second write under If-None-Match was refused, as it must be. */
  conditions: 'refused' | 'ignored' | 'not offered';
  copy: 'server' | 'through this process' | 'untried' | 'not asked';
};

/** A log of Milvus that is larger is not copied for a test. */
const sampleBytes = 64 * 1024 * 1024;
/** Probes are removed even when the run is being stopped. */
const removalMs = 10_000;

/** `sample` is an object of Milvus's bucket for the test of a server-side copy; 'none': that bucket is not looked at. */
export async function probeBackupStore(
  engine: Engine,
  sample: ObjectInfo | 'none' | undefined,
): Promise<Probed> {
  const store = engine.backupStore();
  const root = rootDir(engine.config.backup.storage.rootPath);
  const key = `${root}${ownFolder}probe-${randomBytes(8).toString('hex')}`;
  const copyKey = `${key}-copy`;
  const removeProbes = (): Promise<number> => store.remove([key, copyKey], AbortSignal.timeout(removalMs));
  let probed: Probed;
  try {
    const conditions = await probeWrites(store, key, engine.signal);
    const copy = sample === 'none' ? 'not asked' : await probeCopy(engine, sample, copyKey);
    probed = { conditions, copy };
  } catch (error) {
    // Where writing is refused removing is too, and would be said instead of it.
    await removeProbes().catch(() => undefined);
    throw error;
  }
  await removeProbes();
  return probed;
}

async function probeWrites(
  store: ObjectStore,
  key: string,
  signal: AbortSignal,
): Promise<Probed['conditions']> {
  const bytes = randomBytes(32);
  await store.put(key, bytes, undefined, signal);
  const found = await readSmall(store, key, signal);
  if (!found?.bytes.equals(bytes)) {
    throw new OperatorError(
      'StoreError',
      `${store.label} said that it stored ${key}, but ${found ? 'gave back other bytes' : 'does not have it'}. ` +
        'Something in between caches or changes what is written.',
    );
  }
  if (!store.capabilities.conditionalWrites) return 'not offered';
  const again = await store.put(key, randomBytes(32), { ifNoneMatch: '*' }, signal);
  return again.written ? 'ignored' : 'refused';
}

async function probeCopy(
  engine: Engine,
  sample: ObjectInfo | undefined,
  copyKey: string,
): Promise<Probed['copy']> {
  const store = engine.backupStore();
  const source = engine.milvusStore();
  if (engine.config.transfer.mode === 'streaming') return 'through this process';
  if (!(await store.canCopyFrom(source))) return 'through this process';
  if (!sample || sample.size > sampleBytes) return 'untried';
  await store.copy(source, sample, copyKey, engine.signal);
  const copied = await store.head(copyKey, engine.signal);
  if (copied?.size === sample.size) return 'server';
  throw new OperatorError(
    'StoreError',
    `${store.label} said that it copied ${sample.key}, but the copy has ${copied?.size ?? 'no'} bytes instead of ${sample.size}.`,
  );
}
