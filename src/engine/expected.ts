// SPDX-License-Identifier: Apache-2.0
// Which objects a collection's meta names, and from which folders a restore would import: Milvus takes whatever lies in
// those, so nothing else may lie there. Pure.
import type { BinlogMeta } from '../format/meta.ts';
import { groupDir, l0Dir } from '../format/paths.ts';
import type { ReadCollection, ReadPartition, ReadSegment } from '../format/read-model.ts';

/** Keys are relative to the backup's folder. `checksum` as in the manifest. */
export type ExpectedObject = { key: string; size: number; checksum?: string };

/** Every log that the meta names, in no order. */
export function* expectedObjects(collection: ReadCollection): Generator<ExpectedObject> {
  for (const partition of collection.partition_backups) {
    const hasGroups = isGrouped(partition);
    for (const segment of partition.segment_backups) yield* segmentObjects(segment, hasGroups);
  }
  for (const segment of collection.l0_segments) yield* segmentObjects(segment, true);
}

/** Backups from before groups have none in their keys and none in their meta (docs/backup-format.md 1.1). */
function isGrouped(partition: ReadPartition): boolean {
  return partition.segment_backups.some((segment) => !segment.is_l0 && segment.group_id !== 0n);
}

function* segmentObjects(segment: ReadSegment, hasGroups: boolean): Generator<ExpectedObject> {
  for (const { fieldID, binlogs } of segment.binlogs) {
    yield* logsIn(`${insertFolder(segment, hasGroups)}${fieldID}/`, binlogs);
  }
  for (const { binlogs } of segment.deltalogs) yield* logsIn(deltaFolder(segment, hasGroups), binlogs);
}

/** Old writers left the id out; it is the last element of the key that the log came from. */
function* logsIn(folder: string, logs: readonly BinlogMeta[]): Generator<ExpectedObject> {
  for (const { log_id: id, log_size: size, log_path: path } of logs) {
    yield { key: folder + (id === 0n ? path.slice(path.lastIndexOf('/') + 1) : id), size };
  }
}

function insertFolder(segment: ReadSegment, hasGroups: boolean): string {
  const { collection_id: collection, partition_id: partition, segment_id, group_id } = segment;
  return `${groupDir('insert', { collection, partition, group: hasGroups ? group_id : undefined })}${segment_id}/`;
}

function deltaFolder(segment: ReadSegment, hasGroups: boolean): string {
  const { collection_id: collection, partition_id: partition, segment_id, group_id } = segment;
  if (partition === -1n) return l0Dir({ collection, partition, segment: segment_id });
  const group = hasGroups || segment.is_l0 ? group_id : undefined;
  return `${groupDir('delta', { collection, partition, group })}${segment_id}/`;
}

/** The folders that a restore hands to Milvus, each with a trailing slash. */
export function importFolders(collection: ReadCollection): Set<string> {
  const folders = new Set<string>();
  for (const partition of collection.partition_backups) {
    const hasGroups = isGrouped(partition);
    for (const segment of partition.segment_backups) {
      const { collection_id, partition_id, group_id, segment_id } = segment;
      const at = { collection: collection_id, partition: partition_id };
      const group = hasGroups ? group_id : undefined;
      if (segment.is_l0) folders.add(l0Dir({ ...at, segment: segment_id }));
      else for (const kind of ['insert', 'delta'] as const) folders.add(groupDir(kind, { ...at, group }));
    }
  }
  for (const { collection_id, segment_id } of collection.l0_segments) {
    folders.add(l0Dir({ collection: collection_id, partition: -1n, segment: segment_id }));
  }
  return folders;
}

/** True if `key` lies in one of the folders, at any depth. */
export function liesIn(folders: ReadonlySet<string>, key: string): boolean {
  for (let end = key.lastIndexOf('/'); end > 0; end = key.lastIndexOf('/', end - 1)) {
    if (folders.has(key.slice(0, end + 1))) return true;
  }
  return false;
}
