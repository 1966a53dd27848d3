// SPDX-License-Identifier: Apache-2.0
// Copies the planned objects of one collection and proves each. What was copied is not written down anywhere: the target
// is asked by listing, and a planned object of the planned size is done, also one of an earlier attempt.
import { forEachConcurrent } from '../base/backoff.ts';
import type { CollectionMeta, SegmentMeta } from '../format/meta.ts';
import { binlogKey, binlogsFolder } from '../format/paths.ts';
import { proveCopy } from '../store/proof.ts';
import { transfer, type Fingerprint } from '../store/transfer.ts';
import type { ObjectInfo } from '../store/contract.ts';
import type { BackupRun } from './backup-run.ts';
import type { LogsBySegment } from './segment-logs.ts';
import type { Meter } from './tally.ts';

/** One object of the plan: where it comes from, and its key in the backup store. */
export type PlannedObject = { from: ObjectInfo; to: string };

/** Size of each planned object by its key in the backup store, from the meta alone. */
export function plannedSizes(dir: string, meta: CollectionMeta): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const segment of segmentsOf(meta)) {
    for (const { key, size } of logsOf(segment)) sizes.set(dir + key, size);
  }
  return sizes;
}

export function segmentsOf(meta: CollectionMeta): SegmentMeta[] {
  return [...meta.partition_backups.flatMap((p) => p.segment_backups), ...meta.l0_segments];
}

/** The segment's logs: key below the backup's folder, size, and the key they came from. */
export function* logsOf(segment: SegmentMeta): Generator<{ key: string; size: number; from: string }> {
  const at = {
    collection: segment.collection_id,
    partition: segment.partition_id,
    segment: segment.segment_id,
  };
  for (const { fieldID, binlogs } of segment.binlogs) {
    for (const b of binlogs) {
      const key = binlogKey({ ...at, kind: 'insert', field: fieldID, log: b.log_id }, segment.group_id);
      yield { key, size: b.log_size, from: b.log_path };
    }
  }
  for (const { binlogs } of segment.deltalogs) {
    for (const b of binlogs) {
      const key = binlogKey({ ...at, kind: 'delta', log: b.log_id }, segment.group_id);
      yield { key, size: b.log_size, from: b.log_path };
    }
  }
}

/** The planned objects that the source still has as planned; undefined if one is gone or has changed. */
export function matchSource(
  dir: string,
  meta: CollectionMeta,
  logs: LogsBySegment,
): PlannedObject[] | undefined {
  const planned: PlannedObject[] = [];
  for (const segment of segmentsOf(meta)) {
    const own = logs.get(segment.segment_id);
    const there = new Map([...(own?.insert ?? []), ...(own?.delta ?? [])].map((log) => [log.key, log]));
    for (const { key, size, from } of logsOf(segment)) {
      const log = there.get(from);
      if (log?.size !== size) return undefined;
      planned.push({ from: log, to: dir + key });
    }
  }
  return planned;
}

/** Removes objects of an abandoned plan. Asks for the ledger at the last moment: a newer attempt may want them. */
export async function removeCopied(run: BackupRun, keys: Iterable<string>): Promise<void> {
  const extra = [...keys];
  if (extra.length === 0) return;
  await run.ledger.assertOwned();
  await run.place.store.remove(extra, run.engine.signal);
}

/** What is to be copied of one collection; `name` is for people. */
export type CopyWork = { id: bigint; name: string; planned: PlannedObject[]; meter: Meter };

/** Everything of a collection that lies in the backup, by key. */
export async function listCopied(run: BackupRun, collectionId: bigint): Promise<Map<string, ObjectInfo>> {
  const found = new Map<string, ObjectInfo>();
  for (const kind of ['insert', 'delta'] as const) {
    const prefix = `${run.place.dir}${binlogsFolder}${kind}_log/${collectionId}/`;
    for await (const entry of run.place.store.list(prefix, {}, run.engine.signal)) {
      if (entry.kind === 'object') found.set(entry.key, entry);
    }
  }
  return found;
}

/**
 * Copies what is missing, removes what is not of the plan, lists again and proves every object by size and content.
 * 'gone': a planned object vanished from the source meanwhile, so the collection must be planned anew.
 */
export async function copyObjects(run: BackupRun, work: CopyWork): Promise<'done' | 'gone'> {
  const { engine, place } = run;
  const { name, planned, id, meter } = work;
  const { mode } = engine.config.transfer;
  const before = await listCopied(run, id);
  const wanted = new Set(planned.map((o) => o.to));
  await removeCopied(
    run,
    [...before.keys()].filter((key) => !wanted.has(key)),
  );
  const missing = planned.filter((o) => before.get(o.to)?.size !== o.from.size);
  meter.add({ objectsDone: planned.length - missing.length, bytesDone: bytesOf(planned) - bytesOf(missing) });
  run.tally.say('Copying', name);
  const streamed = new Map<string, Fingerprint>();
  const copied = await forEachThere(run, missing, async ({ from, to }) => {
    const done = await transfer(
      { source: run.source, from, target: place.store, key: to, mode },
      engine.signal,
    );
    if (done.streamed) streamed.set(to, done.streamed);
    meter.add({ objectsDone: 1, bytesDone: from.size });
    run.tally.say('Copying', name);
  });
  if (!copied) return 'gone';
  run.tally.say('Verifying', name);
  const there = await listCopied(run, id);
  const proven = await forEachThere(run, planned, async ({ from, to }) => {
    const copy = {
      source: run.source,
      from,
      target: place.store,
      to: there.get(to),
      streamed: streamed.get(to),
    };
    const proof = await proveCopy({ ...copy, readBack: run.options.verify === 'Checksum' }, engine.signal);
    if (there.get(to)?.contentHash === undefined)
      run.checksums.set(to.slice(place.dir.length), proof.checksum);
  });
  return proven ? 'done' : 'gone';
}

/**
 * Does something with each object. False if one failed and the source does not have it any more: then nothing is wrong
 * with the stores, Milvus has removed it.
 */
async function forEachThere(
  run: BackupRun,
  objects: PlannedObject[],
  action: (object: PlannedObject) => Promise<void>,
): Promise<boolean> {
  const { engine, source } = run;
  let gone = false;
  await forEachConcurrent(
    objects,
    engine.config.transfer.concurrency,
    async (object) => {
      if (gone) return;
      try {
        await action(object);
      } catch (error) {
        if (engine.signal.aborted) throw error;
        const there = await source.head(object.from.key, engine.signal);
        if (there?.size === object.from.size) throw error;
        gone = true;
      }
    },
    engine.signal,
  );
  return !gone;
}

function bytesOf(objects: readonly PlannedObject[]): number {
  return objects.reduce((sum, o) => sum + o.from.size, 0);
}
