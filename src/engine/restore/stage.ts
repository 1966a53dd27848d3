// SPDX-License-Identifier: Apache-2.0
// Brings a group's objects to where the target Milvus can read them. Where the backup lies in Milvus's own bucket its own
// folders are handed over; else they are copied below this run's folder, outside Milvus's root path. What was copied is
// written down nowhere: the bucket is asked, and an object of the right size is done.
import { forEachConcurrent } from '../../base/backoff.ts';
import type { StorageConfig } from '../../contract/config.ts';
import { restoreKeys } from '../../format/paths.ts';
import type { ObjectInfo, ObjectStore } from '../../store/contract.ts';
import { proveCopy } from '../../store/proof.ts';
import { transfer, type Fingerprint } from '../../store/transfer.ts';
import type { Meter } from '../tally.ts';
import type { ImportGroup } from './groups.ts';
import type { RestoreRun } from './run.ts';

/** True if both name one bucket of one server, whatever login each uses. */
export function isOneBucket(milvus: StorageConfig, backup: StorageConfig): boolean {
  const place = ({ address, port, bucketName, provider }: StorageConfig): string =>
    `${provider}/${address.toLowerCase()}:${port}/${bucketName}`;
  return place(milvus) === place(backup);
}

/** What stands before a group's folders in the bucket of Milvus. */
export function importBase(run: RestoreRun): string {
  return isStaged(run) ? restoreKeys(run.options.run.runId).stage : run.source.dir;
}

export function isStaged({ engine }: Pick<RestoreRun, 'engine'>): boolean {
  return !isOneBucket(engine.config.milvus.storage, engine.config.backup.storage);
}

/** Resolves when Milvus can read the group, every object of it proven. */
export async function stageGroup(run: RestoreRun, group: ImportGroup, meter: Meter): Promise<void> {
  if (!isStaged(run)) {
    meter.add({ objectsDone: group.objects, bytesDone: group.bytes });
    return;
  }
  for (const dir of [group.insertDir, group.deltaDir]) {
    if (dir !== '') await stageFolder(run, dir, meter);
  }
}

type Staged = { from: ObjectInfo; streamed: Fingerprint | undefined };

/** Copies what is not there with its size, lists again, and proves every object by what the listing tells of it. */
async function stageFolder(run: RestoreRun, dir: string, meter: Meter): Promise<void> {
  const { source, target, signal, engine } = run;
  const base = importBase(run);
  const before = await listFolder(target, base + dir, signal);
  const wanted = new Map<string, Staged>();
  const stage = async (from: ObjectInfo): Promise<void> => {
    signal.throwIfAborted();
    const key = base + from.key.slice(source.dir.length);
    const isThere = before.get(key)?.size === from.size;
    wanted.set(key, { from, streamed: isThere ? undefined : await copyOne(run, from, key) });
    meter.add({ objectsDone: 1, bytesDone: from.size });
  };
  const objects = objectsBelow(source.store, source.dir + dir, signal);
  const { concurrency } = engine.config.transfer;
  await forEachConcurrent(objects, concurrency, (from) => run.copies(() => stage(from)), signal);
  await proveFolder(run, base + dir, wanted);
}

async function copyOne(run: RestoreRun, from: ObjectInfo, key: string): Promise<Fingerprint | undefined> {
  const { source, target, signal, engine } = run;
  const work = { source: source.store, from, target, key, mode: engine.config.transfer.mode };
  return (await transfer(work, signal, engine.clock)).streamed;
}

async function proveFolder(
  run: RestoreRun,
  prefix: string,
  wanted: ReadonlyMap<string, Staged>,
): Promise<void> {
  const { source, target, signal, engine } = run;
  const after = await listFolder(target, prefix, signal);
  const { concurrency } = engine.config.transfer;
  await forEachConcurrent(
    wanted,
    concurrency,
    async ([key, { from, streamed }]) => {
      const copied = { source: source.store, from, target, to: after.get(key), streamed };
      await run.copies(() => proveCopy(copied, signal));
    },
    signal,
  );
  // Milvus would import them too; nothing but this run writes here.
  const strange = [...after.keys()].filter((key) => !wanted.has(key));
  if (strange.length > 0) await target.remove(strange, signal);
}

async function listFolder(
  store: ObjectStore,
  prefix: string,
  signal: AbortSignal,
): Promise<Map<string, ObjectInfo>> {
  const found = new Map<string, ObjectInfo>();
  for await (const object of objectsBelow(store, prefix, signal)) found.set(object.key, object);
  return found;
}

/** Folder markers are none: Milvus would take one for a log. */
export async function* objectsBelow(
  store: ObjectStore,
  prefix: string,
  signal: AbortSignal,
): AsyncGenerator<ObjectInfo> {
  for await (const entry of store.list(prefix, {}, signal)) {
    if (entry.kind === 'object' && !entry.key.endsWith('/')) yield entry;
  }
}

/** Removes everything staged, or that of one collection of the backup. Gives the number of objects. */
export async function removeStaged(
  store: ObjectStore,
  runId: string,
  collectionId: bigint | undefined,
  signal: AbortSignal,
): Promise<number> {
  const { stage } = restoreKeys(runId);
  const prefixes =
    collectionId === undefined
      ? [stage]
      : [`${stage}binlogs/insert_log/${collectionId}/`, `${stage}binlogs/delta_log/${collectionId}/`];
  let removed = 0;
  for (const prefix of prefixes) removed += await store.remove(keysBelow(store, prefix, signal), signal);
  return removed;
}

export async function* keysBelow(
  store: ObjectStore,
  prefix: string,
  signal: AbortSignal,
): AsyncGenerator<string> {
  for await (const entry of store.list(prefix, {}, signal)) {
    if (entry.kind === 'object') yield entry.key;
  }
}
