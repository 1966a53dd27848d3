// SPDX-License-Identifier: Apache-2.0
// Empties the folder of one backup so that a death at any line leaves something that says "I am being deleted": a mark
// first, then what makes others take it for a backup, then the data, then what is ours, the mark last of all.
import { hasReason, messageOf, OperatorError } from '../base/error.ts';
import type { Warning } from '../contract/event.ts';
import { parseJson } from '../format/json.ts';
import { isRecord } from '../format/numeral.ts';
import { binlogsFolder, metaFiles, metaFolder, ownFiles, ownFolder } from '../format/paths.ts';
import type { ObjectStore } from '../store/contract.ts';
import type { BackupFolder } from './catalog.ts';
import type { Engine } from './engine.ts';
import { firstObject, measure, type Extent } from './listing.ts';
import { readSmall } from './objects.ts';
import { readScalars } from './scalars.ts';

/** Somebody who keeps writing into the folder is met by emptying it again, but not for ever. */
const rounds = 3;
const keysPerReport = 1000;

export type Removed = Extent & { warnings: Warning[] };

/**
 * Removes everything below the folder. The caller has made sure that it is a backup and may go. `runId` is the run whose
 * unfinished backup it is: it finds a removal that was killed by it.
 */
export async function removeFolder(engine: Engine, folder: BackupFolder, runId?: string): Promise<Removed> {
  const { store, dir } = folder;
  const counter = await startCounter(engine, folder);
  await mark(engine, folder, runId);
  await store.remove([dir + metaFiles.backup], engine.signal);
  const warnings = await abortUploads(engine, folder);
  for (let round = 1; ; round++) {
    for (const part of [metaFolder, binlogsFolder, '']) {
      await store.remove(
        counter.keys(dir + part, (key) => !key.startsWith(dir + ownFolder)),
        engine.signal,
      );
    }
    const left = await outsideOwn(store, dir, engine.signal);
    if (left === undefined) break;
    if (round >= rounds) throw stillWritten(folder, left);
  }
  await store.remove(
    counter.keys(dir + ownFolder, (key) => key !== dir + ownFiles.deleting),
    engine.signal,
  );
  await store.remove([dir + ownFiles.deleting], engine.signal);
  return { ...counter.extent, warnings };
}

async function mark(engine: Engine, { store, dir, name }: BackupFolder, runId?: string): Promise<void> {
  if (await store.head(dir + ownFiles.deleting, engine.signal)) return;
  const since = new Date(engine.clock.now()).toISOString();
  const text = JSON.stringify({ v: 1, backupName: name, runId, since, engineVersion: engine.version });
  await store.put(dir + ownFiles.deleting, Buffer.from(text), undefined, engine.signal);
}

/** The run whose unfinished backup is being removed there; undefined if none is, or nobody's. */
export async function readDeletingRun(
  engine: Engine,
  { store, dir }: BackupFolder,
): Promise<string | undefined> {
  const found = await readSmall(store, dir + ownFiles.deleting, engine.signal);
  if (!found) return undefined;
  const mark = parseJson(found.bytes.toString('utf8'), dir + ownFiles.deleting);
  return isRecord(mark) && typeof mark.runId === 'string' ? mark.runId : undefined;
}

/** The first key of the folder that is not ours; undefined when only ours are left. */
async function outsideOwn(store: ObjectStore, dir: string, signal: AbortSignal): Promise<string | undefined> {
  for await (const entry of store.list(dir, { delimiter: '/' }, signal)) {
    if (entry.kind === 'object') return entry.key;
    // A bucket with versions goes on naming a folder from which everything was removed.
    if (entry.prefix !== dir + ownFolder && (await firstObject(store, entry.prefix, signal)))
      return entry.prefix;
  }
  return undefined;
}

function stillWritten({ store, dir }: BackupFolder, left: string): OperatorError {
  return new OperatorError(
    'StoreError',
    `${left} in ${store.label} came back while ${dir} was being deleted: something still writes there. ` +
      'Stop that run, then delete again; what is left says that it is being deleted.',
  );
}

/** Parts of uploads cost space and show in no listing. Where they cannot be listed, that is said and nothing more. */
export async function abortUploads(engine: Engine, { store, dir }: BackupFolder): Promise<Warning[]> {
  try {
    for await (const upload of store.listUploads(dir, engine.signal))
      await store.abortUpload(upload, engine.signal);
    return [];
  } catch (error) {
    engine.signal.throwIfAborted();
    if (!(error instanceof OperatorError)) throw error;
    const message = `unfinished multipart uploads below ${dir} may be left: ${messageOf(error)}`;
    return [{ reason: error.reason, message }];
  }
}

type Counter = {
  extent: Extent;
  /** The keys below `prefix` that pass, counted and reported as they are taken. */
  keys(prefix: string, passes: (key: string) => boolean): AsyncGenerator<string>;
};

async function startCounter(engine: Engine, folder: BackupFolder): Promise<Counter> {
  const { store } = folder;
  const bytesTotal = await expectedBytes(engine, folder);
  const extent: Extent = { objects: 0, bytes: 0 };
  const report = (): void =>
    engine.report.progress({
      step: 'Deleting',
      objectsDone: extent.objects,
      bytesDone: extent.bytes,
      bytesTotal,
      percent: bytesTotal > 0 ? Math.min(99, Math.floor((100 * extent.bytes) / bytesTotal)) : 0,
    });
  report();
  return {
    extent,
    async *keys(prefix, passes) {
      for await (const entry of store.list(prefix, {}, engine.signal)) {
        if (entry.kind !== 'object' || !passes(entry.key)) continue;
        extent.objects++;
        extent.bytes += entry.size;
        if (extent.objects % keysPerReport === 0) report();
        yield entry.key;
      }
      report();
    },
  };
}

/** For the percentage alone: what the backup says of its size, or for an unfinished one what the listing says. */
async function expectedBytes(engine: Engine, folder: BackupFolder): Promise<number> {
  const { store, dir, marks } = folder;
  if (!marks.meta.has(metaFiles.backup)) return (await measure(store, dir, engine.signal)).bytes;
  try {
    return (await readScalars(engine, folder)).size;
  } catch (error) {
    if (hasReason(error, 'BackupUnreadable')) return 0;
    throw error;
  }
}
