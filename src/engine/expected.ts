// SPDX-License-Identifier: Apache-2.0
// Which objects the meta of a segment names, and from which folders a restore would import: Milvus takes whatever lies in
// those, so nothing else may lie there. Pure.
import type { BinlogMeta, SegmentMeta } from '../format/meta.ts';
import { groupDir, l0Dir } from '../format/paths.ts';

/** Keys are relative to the backup's folder. `checksum` as in the manifest. */
export type ExpectedObject = { key: string; size: number; checksum?: string };

/** Every log that the meta names of a segment. */
export function* expectedObjects(segment: SegmentMeta): Generator<ExpectedObject> {
  const folder = `${folderOf('insert', segment)}${segment.segment_id}/`;
  for (const { fieldID, binlogs } of segment.binlogs) yield* logsIn(`${folder}${fieldID}/`, binlogs);
  const { partition_id, segment_id } = segment;
  const deletes = partition_id === -1n ? '' : `${segment_id}/`;
  for (const { binlogs } of segment.deltalogs) yield* logsIn(folderOf('delta', segment) + deletes, binlogs);
}

/** The folders of this segment that a restore hands to Milvus, each with a trailing slash. */
export function importFolders(segment: SegmentMeta): string[] {
  if (segment.is_l0 || segment.partition_id === -1n) return [folderOf('delta', segment)];
  return [folderOf('insert', segment), folderOf('delta', segment)];
}

/**
 * Backups from before groups have none in their keys and 0 in their meta: the partition is their folder. Deletes of all
 * partitions have a folder per segment (docs/backup-format.md 1.1).
 */
function folderOf(kind: 'insert' | 'delta', segment: SegmentMeta): string {
  const { collection_id: collection, partition_id: partition, segment_id, group_id } = segment;
  if (partition === -1n) return l0Dir({ collection, partition, segment: segment_id });
  return groupDir(kind, { collection, partition, group: group_id === 0n ? undefined : group_id });
}

/** Old writers left the id out; it is the last element of the key that the log came from. */
function* logsIn(folder: string, logs: readonly BinlogMeta[]): Generator<ExpectedObject> {
  for (const { log_id: id, log_size: size, log_path: path } of logs) {
    yield { key: folder + (id === 0n ? path.slice(path.lastIndexOf('/') + 1) : id), size };
  }
}

/** True if `key` lies in one of the folders, at any depth. */
export function liesIn(folders: ReadonlySet<string>, key: string): boolean {
  for (let end = key.lastIndexOf('/'); end > 0; end = key.lastIndexOf('/', end - 1)) {
    if (folders.has(key.slice(0, end + 1))) return true;
  }
  return false;
}
