// SPDX-License-Identifier: Apache-2.0
// A collection of a backup as a restore needs it: everything about names and schema, and of each segment only counts and
// sizes. Binlog entries are counted while the meta streams by and are not kept: a backup may hold millions of them.
import type { CollectionMeta } from '../../format/meta.ts';
import type { CollectionName } from '../../milvus/contract.ts';

/** Objects of one kind that the meta names for a segment. */
export type LogCount = { objects: number; bytes: number };

export type SourceSegment = {
  id: bigint;
  /** -1: deletes of all partitions. */
  partition: bigint;
  /** 0: none, in very old backups and for partition -1. */
  group: bigint;
  isL0: boolean;
  rows: number;
  storageVersion: number;
  insert: LogCount;
  delta: LogCount;
};

export type SourceCollection = CollectionName & {
  /** Without partitions, segments and their binlogs. */
  meta: Omit<CollectionMeta, 'partition_backups' | 'l0_segments'>;
  partitions: { id: bigint; name: string }[];
  segments: SourceSegment[];
};

export function bytesOf(collection: SourceCollection): number {
  return collection.segments.reduce((sum, s) => sum + s.insert.bytes + s.delta.bytes, 0);
}

export function objectsOf(collection: SourceCollection): number {
  return collection.segments.reduce((sum, s) => sum + s.insert.objects + s.delta.objects, 0);
}

export function fullName({ database, name }: CollectionName): string {
  return `${database}.${name}`;
}
