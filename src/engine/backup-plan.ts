// SPDX-License-Identifier: Apache-2.0
// Plans one collection as one consistent set: flush, look at its segments and their logs, look again; if anything
// differs, from the start. Never a single segment: a compaction's inputs and its result are the same rows twice.
import { retrying } from '../base/backoff.ts';
import { hasReason, OperatorError } from '../base/error.ts';
import type { CollectionMeta, PartitionMeta, SegmentMeta } from '../format/meta.ts';
import { sourcePrefix } from '../format/source-key.ts';
import type {
  CollectionInfo,
  CollectionName,
  CollectionRef,
  FlushInfo,
  IndexList,
  LoadState,
  SegmentInfo,
} from '../milvus/contract.ts';
import { fullName, type BackupRun } from './backup-run.ts';
import {
  defectOf,
  fieldBinlogs,
  isSameLook,
  listLogs,
  type LogsBySegment,
  type Look,
} from './segment-logs.ts';

/** A planned collection: its meta with every binlog, what Milvus said in bytes, and the objects as the source lists them. */
export type CollectionPlan = {
  meta: CollectionMeta;
  describe: Uint8Array;
  indexes: Uint8Array;
  logs: LogsBySegment;
  /** Everything before it is in the plan; 0 where nothing was flushed. */
  flushTimestamp: bigint;
};

const looks = 3;
const patience = { attempts: 8, minMs: 1000, maxMs: 15_000 };

/** Undefined if the collection is gone. Throws CollectionChanging when three looks in a row did not agree. */
export async function planCollection(
  run: BackupRun,
  ref: CollectionRef,
): Promise<CollectionPlan | undefined> {
  let changed = '';
  for (let look = 1; look <= looks; look++) {
    const name = await locate(run, ref);
    if (!name) return undefined;
    const outcome = await planOnce(run, { ...ref, ...name }).catch(async (error: unknown) => {
      const now = await locate(run, ref);
      if (now && fullName(now) === fullName(name)) throw error;
      return now && 'it was renamed';
    });
    if (outcome === undefined) return undefined;
    if (typeof outcome !== 'string') return outcome;
    changed = outcome;
    run.engine.log.info(
      { collection: fullName(name), look, changed },
      'collection changed while it was planned',
    );
  }
  throw restless(run, ref, changed);
}

/** Mostly the others are at work on it; but a file that Milvus has lost looks the same, at every look. */
function restless({ engine, source }: BackupRun, ref: CollectionRef, changed: string): OperatorError {
  const { rootPath } = engine.config.milvus.storage;
  const dir = `${sourcePrefix(rootPath)}insert_log/${ref.id}/`;
  return new OperatorError(
    'CollectionChanging',
    `${fullName(ref)}: none of ${looks} looks at it was consistent, the last: ${changed}, under ${dir} in ${source.label}. ` +
      'Nothing of it is in the backup. Run again when compaction and writing have calmed down; if the same is said then, ' +
      'files of Milvus are missing there: leave the collection out with --exclude.',
  );
}

/** Where the collection of this id stands now; it may have been renamed. Undefined: its id is gone. */
async function locate(run: BackupRun, ref: CollectionRef): Promise<CollectionName | undefined> {
  const there = await run.milvus.describeCollection(ref);
  if (there?.id === ref.id) return { database: ref.database, name: there.schema.name };
  for (const database of await run.milvus.listDatabases()) {
    const found = (await run.milvus.listCollections(database)).find((c) => c.id === ref.id);
    if (!found) continue;
    run.warn({
      reason: 'InProgress',
      message: `${fullName(ref)} was renamed to ${fullName(found)} while the backup ran; it is backed up under the new name.`,
    });
    return { database, name: found.name };
  }
  return undefined;
}

const moved = 'its name is that of another collection now, or of none';

/** A plan, or in a word what changed. */
async function planOnce(run: BackupRun, ref: CollectionRef): Promise<CollectionPlan | string> {
  const flush = await flushCollection(run, ref);
  run.tally.say('Listing', fullName(ref));
  const info = await run.milvus.describeCollection(ref);
  if (info?.id !== ref.id) return moved;
  const look = run.options.scope === 'Full' ? await lookTwice(run, info) : { segments: [], logs: new Map() };
  if (typeof look === 'string') return look;
  const around = await lookAround(run, info, look);
  if (typeof around === 'string') return around;
  return {
    meta: collectionMeta(run, { info, flush, look, ...around }),
    describe: info.raw,
    indexes: around.indexes.raw,
    logs: look.logs,
    flushTimestamp: flush?.flushTimestamp ?? 0n,
  };
}

async function lookTwice(run: BackupRun, info: CollectionInfo): Promise<Look | string> {
  const first = await lookAt(run, info);
  const second = first && (await lookAt(run, info));
  if (!first || !second) return moved;
  return isSameLook(first, second) ? first : 'segments or logs differ';
}

/** What belongs to the segments that were seen. */
async function lookAround(
  run: BackupRun,
  info: CollectionInfo,
  look: Look,
): Promise<Pick<Seen, 'partitions' | 'load' | 'indexes'> | string> {
  const partitions = await run.milvus.listPartitions(info);
  const stray = look.segments.find(
    (s) => s.partitionId !== -1n && !partitions.some((p) => p.id === s.partitionId),
  );
  if (stray) return `segment ${stray.id} belongs to partition ${stray.partitionId}, which is not listed`;
  const defect = findDefect(run, info, look);
  if (defect) return defect;
  const load = await run.milvus.loadState(info);
  const indexes = await run.milvus.listIndexes(info);
  // All of this was asked by name: at both ends it must be the name of the same collection.
  if (!(await stands(run, info))) return moved;
  return { load, indexes, partitions: partitions.map((p) => ({ ...p, load })) };
}

async function stands(run: BackupRun, ref: CollectionRef | CollectionInfo): Promise<boolean> {
  return (await run.milvus.describeCollection(ref))?.id === ref.id;
}

/** Repeats a call for as long as its collection has its name; undefined if it has lost it, which no repetition helps. */
async function whileThere<T>(
  run: BackupRun,
  ref: CollectionRef | CollectionInfo,
  call: () => Promise<T>,
): Promise<T | undefined> {
  const { clock, signal } = run.engine;
  const attempt = async (): Promise<T | undefined> => {
    try {
      return await call();
    } catch (error) {
      if (hasReason(error, 'MilvusError') && !(await stands(run, ref))) return undefined;
      throw error;
    }
  };
  return retrying(attempt, patience, clock, signal);
}

async function lookAt(run: BackupRun, info: CollectionInfo): Promise<Look | undefined> {
  const { engine, milvus, source } = run;
  const listed = await whileThere(run, info, () => milvus.listSegments(info));
  // Sealed and flushing segments hold rows that came after this collection's flush; empty ones hold none.
  const segments = listed?.filter((s) => s.state === 'Flushed' && (s.rows > 0 || s.isL0));
  if (!segments) return undefined;
  const rootPath = engine.config.milvus.storage.rootPath;
  const wanted = new Set(segments.map((s) => s.id));
  const logs = await listLogs({ store: source, rootPath, collectionId: info.id }, wanted, engine.signal);
  return { segments, logs };
}

function findDefect(run: BackupRun, info: CollectionInfo, look: Look): string | undefined {
  const rows = look.segments.reduce((sum, s) => sum + s.rows, 0);
  const logs = [...look.logs.values()].reduce((sum, l) => sum + l.insert.length, 0);
  const { rootPath } = run.engine.config.milvus.storage;
  if (rows > 0 && logs === 0) {
    throw new OperatorError(
      'StorageMismatch',
      `${fullName(info)} has ${rows} rows in ${look.segments.length} segments, but ${run.source.label} holds no insert log of it ` +
        `under "${rootPath}/insert_log/${info.id}/". Milvus writes elsewhere: correct milvus.storage.bucketName and rootPath ` +
        '(minio.bucketName and minio.rootPath in the configuration of Milvus).',
    );
  }
  for (const segment of look.segments) {
    const defect = defectOf(segment, look.logs.get(segment.id) ?? { insert: [], delta: [] }, info.schema);
    if (defect) return defect;
  }
  return undefined;
}

async function flushCollection(run: BackupRun, ref: CollectionRef): Promise<FlushInfo | undefined> {
  const { engine, milvus, options } = run;
  if (options.flush === 'Skip' || options.scope === 'MetadataOnly') return undefined;
  run.tally.say('Flushing', fullName(ref));
  const flush = await whileThere(run, ref, () => milvus.flush(ref));
  if (!flush) return undefined;
  for (let wait = 100; !(await milvus.isFlushed(ref, flush)); wait = Math.min(1000, wait * 2)) {
    await engine.clock.sleep(wait, engine.signal);
    run.tally.say('Flushing', fullName(ref));
  }
  return flush;
}

type Seen = {
  info: CollectionInfo;
  flush: FlushInfo | undefined;
  look: Look;
  indexes: IndexList;
  load: LoadState;
  partitions: { id: bigint; name: string; load: LoadState }[];
};

function collectionMeta(run: BackupRun, seen: Seen): CollectionMeta {
  const { info, flush, indexes } = seen;
  const segments = seen.look.segments.map((s) => segmentMeta(s, seen.look.logs));
  const partitions = seen.partitions.map((p): PartitionMeta => {
    const own = segments.filter((s) => s.partition_id === p.id);
    return {
      partition_id: p.id,
      partition_name: p.name,
      collection_id: info.id,
      segment_backups: own,
      size: sizeOf(own),
      load_state: p.load,
    };
  });
  const checkpoints = Object.entries(flush?.checkpoints ?? {});
  return {
    id: run.ledger.current().runId,
    collection_id: info.id,
    db_name: info.database,
    collection_name: info.schema.name,
    schema: info.schema,
    shards_num: info.shards,
    consistency_level: info.consistencyLevel,
    partition_backups: partitions,
    backup_timestamp: checkpoints.reduce((max, [, c]) => (c.timestamp > max ? c.timestamp : max), 0n),
    size: sizeOf(segments),
    has_index: indexes.indexes.length > 0,
    index_infos: indexes.indexes,
    load_state: seen.load,
    backup_physical_timestamp: flush?.sealTime ?? 0n,
    channel_checkpoints: Object.fromEntries(checkpoints.map(([channel, c]) => [channel, c.base64])),
    l0_segments: segments.filter((s) => s.partition_id === -1n),
    properties: info.properties,
    db_id: info.databaseId,
    created_timestamp: info.createdTimestamp,
    virtual_channel_names: info.virtualChannels,
    physical_channel_names: info.physicalChannels,
    aliases: info.aliases,
  };
}

function segmentMeta(segment: SegmentInfo, logs: LogsBySegment): SegmentMeta {
  const own = logs.get(segment.id) ?? { insert: [], delta: [] };
  const deltalogs = fieldBinlogs(own.delta);
  return {
    segment_id: segment.id,
    collection_id: segment.collectionId,
    partition_id: segment.partitionId,
    num_of_rows: segment.rows,
    binlogs: fieldBinlogs(own.insert),
    // The established tool writes one element even where there is no delta log.
    deltalogs: deltalogs.length > 0 ? deltalogs : [{ fieldID: 0n, binlogs: [] }],
    size: [...own.insert, ...own.delta].reduce((sum, o) => sum + o.size, 0),
    group_id: segment.partitionId === -1n ? 0n : segment.id,
    is_l0: segment.isL0,
    v_channel: '',
    storage_version: segment.storageVersion,
  };
}

function sizeOf(segments: readonly SegmentMeta[]): number {
  return segments.reduce((sum, s) => sum + s.size, 0);
}
