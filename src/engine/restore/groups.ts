// SPDX-License-Identifier: Apache-2.0
// Cuts a collection's segments into what one import takes: folders, because Milvus imports whatever lies in the folder it
// is given. One per segment group; the whole partition where the backup is older than groups. Pure.
import { OperatorError } from '../../base/error.ts';
import { groupDir, l0Dir } from '../../format/paths.ts';
import type { KeyValue } from '../../format/meta.ts';
import { fullName, type SourceCollection, type SourceSegment } from './source-collection.ts';

export type ImportGroup = {
  /** Names the group in the ledger and in messages; unique within the collection. */
  id: string;
  /** Data first, then the deletes of a partition, then those of all partitions. */
  stage: 'data' | 'partitionDeletes' | 'collectionDeletes';
  /** '' for deletes of all partitions. */
  partition: string;
  /** Below the backup's folder; '' where there is nothing of the kind. */
  insertDir: string;
  deltaDir: string;
  rows: number;
  storageVersion: number;
  objects: number;
  bytes: number;
};

/** In the order in which they may be imported. Segments without rows have no objects and are left out. */
export function importGroups(collection: SourceCollection): ImportGroup[] {
  const data: ImportGroup[] = [];
  const deletes: ImportGroup[] = [];
  for (const partition of collection.partitions) {
    const own = collection.segments.filter((s) => s.partition === partition.id && hasObjects(s));
    data.push(
      ...dataGroups(
        collection,
        partition,
        own.filter((s) => !s.isL0),
      ),
    );
    deletes.push(...own.filter((s) => s.isL0).map((s) => deleteGroup(collection, partition.name, s)));
  }
  const everywhere = collection.segments.filter((s) => s.partition === -1n && hasObjects(s));
  return [...data, ...deletes, ...everywhere.map((s) => deleteGroup(collection, '', s))];
}

function hasObjects({ isL0, insert, delta }: SourceSegment): boolean {
  return (isL0 ? delta : insert).objects > 0;
}

function dataGroups(
  collection: SourceCollection,
  partition: { id: bigint; name: string },
  segments: SourceSegment[],
): ImportGroup[] {
  const byGroup = Map.groupBy(segments, (s) => s.group);
  const at = { collection: collection.meta.collection_id, partition: partition.id };
  if (byGroup.has(0n) && byGroup.size > 1) {
    throw new OperatorError(
      'BackupUnreadable',
      `${fullName(collection)}, partition ${partition.name}: some of its segments have a group and some have none; ` +
        'no known version writes that, so nothing says which folders to import.',
    );
  }
  return [...byGroup].map(([group, own]) => {
    const where = group === 0n ? at : { ...at, group };
    return {
      id: group === 0n ? `${partition.id}` : `${partition.id}/${group}`,
      stage: 'data',
      partition: partition.name,
      insertDir: groupDir('insert', where),
      deltaDir: own.some((s) => s.delta.objects > 0) ? groupDir('delta', where) : '',
      ...totals(own),
    };
  });
}

function deleteGroup(collection: SourceCollection, partition: string, segment: SourceSegment): ImportGroup {
  const at = { collection: collection.meta.collection_id, partition: segment.partition, segment: segment.id };
  return {
    id: `${segment.partition}/L0/${segment.id}`,
    stage: segment.partition === -1n ? 'collectionDeletes' : 'partitionDeletes',
    partition,
    insertDir: '',
    deltaDir: l0Dir(at),
    ...totals([segment]),
  };
}

function totals(
  segments: SourceSegment[],
): Pick<ImportGroup, 'rows' | 'storageVersion' | 'objects' | 'bytes'> {
  const sum = (of: (segment: SourceSegment) => number): number => segments.reduce((n, s) => n + of(s), 0);
  return {
    rows: sum((s) => (s.isL0 ? 0 : s.rows)),
    storageVersion: Math.max(...segments.map((s) => s.storageVersion)),
    objects: sum((s) => s.insert.objects + s.delta.objects),
    bytes: sum((s) => s.insert.bytes + s.delta.bytes),
  };
}

/** The options of the import call; the same for both of Milvus's import interfaces. */
export function importOptions(group: ImportGroup): KeyValue[] {
  return [
    { key: 'skip_disk_quota_check', value: 'true' },
    { key: group.stage === 'data' ? 'backup' : 'l0_import', value: 'true' },
    ...(group.storageVersion > 0 ? [{ key: 'storage_version', value: String(group.storageVersion) }] : []),
  ];
}

/** What Milvus is given: prefixes with a trailing slash; a data import always has two, the second may be ''. */
export function importFiles(group: ImportGroup, base: string): string[] {
  const delta = group.deltaDir === '' ? '' : base + group.deltaDir;
  return group.stage === 'data' ? [base + group.insertDir, delta] : [delta];
}
