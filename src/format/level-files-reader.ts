// SPDX-License-Identifier: Apache-2.0
// Reads a backup from its four level files where full_meta.json is missing: the tree is rebuilt by ids and sizes are
// summed again. Lossy (docs/backup-format.md 1.5, 2.3): without databases, RBAC and deletes of all partitions.
import { OperatorError } from '../base/error.ts';
import { checkHeader, createCollectionCheck } from './consistency.ts';
import { readMessages } from './full-meta-reader.ts';
import type { BackupMeta } from './meta.ts';
import { metaFiles } from './paths.ts';
import type { ReadBackup, ReadCollection, ReadOptions, ReadPartition, ReadSegment } from './read-model.ts';
import { backupRole, collectionRole, levelRole, partitionRole, segmentRole, type Role } from './roles.ts';

export type LevelFiles = Record<'backup' | 'collection' | 'partition' | 'segment', AsyncIterable<Uint8Array>>;

/** Each of `files` is read once, in turn. `options.file` is the folder of the backup. */
export async function readLevelFiles(files: LevelFiles, options: ReadOptions): Promise<ReadBackup> {
  const of = (level: keyof LevelFiles): ReadOptions => ({
    ...options,
    file: options.file + metaFiles[level],
  });
  const header = (await readAll<BackupMeta>(files.backup, backupRole, of('backup'))).at(-1) as BackupMeta;
  checkHeader(header, of('backup').file);
  const collections = await readLevel<ReadCollection>(files.collection, collectionRole, of('collection'));
  for (const collection of collections) collection.partition_backups = [];
  const partitions = await readLevel<ReadPartition>(files.partition, partitionRole, of('partition'));
  attachPartitions(collections, partitions, of('partition').file);
  const segments = await readLevel<ReadSegment>(files.segment, segmentRole, of('segment'));
  attachSegments(partitions, segments, of('segment').file);
  sumSizes(header, collections);
  const check = createCollectionCheck(options.file);
  for (const collection of collections) check(collection);
  return { header, collections };
}

/** The elements of a level file, without its root. */
async function readLevel<T>(
  chunks: AsyncIterable<Uint8Array>,
  role: Role,
  options: ReadOptions,
): Promise<T[]> {
  return (await readAll<T>(chunks, levelRole(role), options)).slice(0, -1);
}

async function readAll<T>(chunks: AsyncIterable<Uint8Array>, root: Role, options: ReadOptions): Promise<T[]> {
  const messages: T[] = [];
  for await (const [, message] of readMessages(chunks, root, options)) messages.push(message as T);
  return messages;
}

function attachPartitions(collections: ReadCollection[], partitions: ReadPartition[], file: string): void {
  const byId = new Map(collections.map((collection) => [collection.collection_id, collection]));
  for (const partition of partitions) {
    partition.segment_backups = [];
    const collection = byId.get(partition.collection_id);
    if (!collection)
      throw orphan(file, `partition ${partition.partition_id}`, `collection ${partition.collection_id}`);
    collection.partition_backups.push(partition);
  }
}

function attachSegments(partitions: ReadPartition[], segments: ReadSegment[], file: string): void {
  const byId = new Map(partitions.map((part) => [`${part.collection_id}/${part.partition_id}`, part]));
  for (const segment of segments) {
    const place = `${segment.collection_id}/${segment.partition_id}`;
    const partition = byId.get(place);
    if (!partition) throw orphan(file, `segment ${segment.segment_id}`, `partition ${place}`);
    partition.segment_backups.push(segment);
  }
}

function sumSizes(header: BackupMeta, collections: ReadCollection[]): void {
  const sum = (parts: { size: number }[]): number => parts.reduce((total, { size }) => total + size, 0);
  for (const collection of collections) {
    for (const partition of collection.partition_backups) partition.size = sum(partition.segment_backups);
    collection.size = sum(collection.partition_backups) + sum(collection.l0_segments);
  }
  header.size = sum(collections);
}

function orphan(file: string, what: string, missing: string): OperatorError {
  return new OperatorError(
    'BackupUnreadable',
    `${file}: ${what} belongs to ${missing}, which is in no level file`,
  );
}
