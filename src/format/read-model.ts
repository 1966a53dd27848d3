// SPDX-License-Identifier: Apache-2.0
// What reading a backup's meta gives: the meta tree, with counts on every segment. Restore wants names, ids and counts
// but not a million binlog entries, so the entries themselves are optional.
import type { BackupMeta, CollectionMeta, PartitionMeta, SegmentMeta } from './meta.ts';

export type LogCount = { objects: number; bytes: number };

export type SegmentCounts = { insert: LogCount; delta: LogCount };

/** `binlogs` and `deltalogs` are empty when only a summary was asked for; the counts are there in any case. */
export type ReadSegment = SegmentMeta & { counts: SegmentCounts };

export type ReadPartition = Omit<PartitionMeta, 'segment_backups'> & { segment_backups: ReadSegment[] };

export type ReadCollection = Omit<CollectionMeta, 'partition_backups' | 'l0_segments'> & {
  partition_backups: ReadPartition[];
  l0_segments: ReadSegment[];
};

export type ReadBackup = { header: BackupMeta; collections: ReadCollection[] };

export type ReadOptions = {
  /** How messages call the file; for level files the backup's folder. */
  file: string;
  /** `summary` drops the binlog entries as they stream by. A summary must not be written back. */
  segments: 'full' | 'summary';
};
