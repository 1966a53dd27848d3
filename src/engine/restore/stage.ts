// SPDX-License-Identifier: Apache-2.0
// Brings a group's objects to where the target Milvus can read them. Where the backup lies in Milvus's own bucket its own
// folders are handed over; else they are copied below this run's folder, outside Milvus's root path. What was copied is
// written down nowhere: the bucket is asked, and an object of the right size is done.
import { forEachConcurrent } from '../../base/backoff.ts';
import type { StorageConfig } from '../../contract/config.ts';
import { restoreKeys } from '../../format/paths.ts';
import type { ObjectInfo, ObjectStore } from '../../store/contract.ts';
import { proveCopy } from '../../store/proof.ts';
import { transfer } from '../../store/transfer.ts';
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

async function stageFolder(run: RestoreRun, dir: string, meter: Meter): Promise<void> {
  const { source, target, signal } = run;
  const base = importBase(run);
  const staged = new Map<string, ObjectInfo>();
  for await (const object of objectsBelow(target, base + dir, signal)) staged.set(object.key, object);
  await forEachConcurrent(
    objectsBelow(source.store, source.dir + dir, signal),
    run.engine.config.transfer.concurrency,
    (from) =>
      run.copies(async () => {
        signal.throwIfAborted();
        const key = base + from.key.slice(source.dir.length);
        await stageObject(run, { from, key, there: staged.get(key) });
        meter.add({ objectsDone: 1, bytesDone: from.size });
      }),
    signal,
  );
}

async function stageObject(
  run: RestoreRun,
  { from, key, there }: { from: ObjectInfo; key: string; there: ObjectInfo | undefined },
): Promise<void> {
  const { source, target, signal, engine } = run;
  if (there?.size === from.size) {
    await proveCopy({ source: source.store, from, target, to: there }, signal);
    return;
  }
  const { streamed } = await transfer(
    { source: source.store, from, target, key, mode: engine.config.transfer.mode },
    signal,
    engine.clock,
  );
  const to = await target.head(key, signal);
  await proveCopy({ source: source.store, from, target, to, streamed }, signal);
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
