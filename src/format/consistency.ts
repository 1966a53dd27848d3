// SPDX-License-Identifier: Apache-2.0
// What must hold between the parts of a backup's meta, whoever wrote it. Restore builds folders from these ids and imports
// what lies there, so a segment under a wrong id or twice would put wrong rows into a collection.
import { OperatorError } from '../base/error.ts';
import { elementProblem } from './guards.ts';
import { databaseOf, type BackupMeta, type SegmentMeta } from './meta.ts';
import { foundNameProblem } from './names.ts';
import type { ReadCollection, ReadPartition } from './read-model.ts';

/** The formats that this version reads; `''` is the binlog format. */
const knownFormats: readonly string[] = [''];

/** Refuses a backup of another format, such as the Go tool's `snapshot`, and a name that is none. */
export function checkHeader(header: Pick<BackupMeta, 'format' | 'name'>, file: string): void {
  if (!knownFormats.includes(header.format)) {
    throw unreadable(file, `the format ${JSON.stringify(header.format)} is not known to this version`);
  }
  checkName(file, 'backup', header.name === '' ? undefined : elementProblem(header.name), header.name);
}

/** Checks collections one by one, each against itself and against those before it. */
export function createCollectionCheck(file: string): (collection: ReadCollection) => void {
  const ids = new Set<bigint>();
  const names = new Set<string>();
  return (collection) => {
    const db = databaseOf(collection);
    const name = `${db}.${collection.collection_name}`;
    checkName(file, 'database', foundNameProblem(db), db);
    checkName(file, 'collection', foundNameProblem(collection.collection_name), collection.collection_name);
    const at = `${file}: collection ${name}`;
    if (collection.snapshot_backup !== undefined && collection.snapshot_backup !== null) {
      throw unreadable(at, 'the format "snapshot" is not known to this version');
    }
    checkUnique(at, 'collection id', ids, collection.collection_id);
    checkUnique(at, 'name', names, name);
    checkParts(at, collection);
  };
}

function checkParts(at: string, collection: ReadCollection): void {
  const partitions = new Set<bigint>();
  const names = new Set<string>();
  const segments = new Set<bigint>();
  for (const partition of collection.partition_backups) {
    checkUnique(at, 'partition id', partitions, partition.partition_id);
    checkUnique(at, 'partition name', names, partition.partition_name);
    checkPartition(at, collection, partition);
    for (const segment of partition.segment_backups) {
      checkSegment(at, segment, { collection: collection.collection_id, partition: partition.partition_id });
      checkUnique(at, 'segment id', segments, segment.segment_id);
    }
  }
  for (const segment of collection.l0_segments) {
    checkSegment(at, segment, { collection: collection.collection_id, partition: -1n });
    checkUnique(at, 'segment id', segments, segment.segment_id);
  }
}

function checkPartition(at: string, collection: ReadCollection, partition: ReadPartition): void {
  checkName(at, 'partition', elementProblem(partition.partition_name), partition.partition_name);
  if (partition.collection_id !== collection.collection_id) {
    const what = `partition ${partition.partition_id} says it belongs to collection ${partition.collection_id}`;
    throw unreadable(at, `${what}, but stands in ${collection.collection_id}`);
  }
}

function checkSegment(
  at: string,
  segment: SegmentMeta,
  place: { collection: bigint; partition: bigint },
): void {
  if (segment.collection_id !== place.collection || segment.partition_id !== place.partition) {
    const said = `collection ${segment.collection_id}, partition ${segment.partition_id}`;
    const where = `collection ${place.collection}, partition ${place.partition}`;
    throw unreadable(at, `segment ${segment.segment_id} says it belongs to ${said}, but stands in ${where}`);
  }
  if (segment.group_id < 0n) {
    throw unreadable(at, `segment ${segment.segment_id} has the negative group ${segment.group_id}`);
  }
}

function checkUnique<T extends bigint | string>(at: string, kind: string, seen: Set<T>, value: T): void {
  if (typeof value === 'bigint' && value < 0n) throw unreadable(at, `the ${kind} ${value} is negative`);
  if (seen.has(value)) throw unreadable(at, `the ${kind} ${value} is there twice`);
  seen.add(value);
}

function checkName(at: string, kind: string, problem: string | undefined, name: string): void {
  if (problem !== undefined) throw unreadable(at, `the ${kind} name ${JSON.stringify(name)} ${problem}`);
}

function unreadable(at: string, what: string): OperatorError {
  return new OperatorError('BackupUnreadable', `${at}: ${what}`);
}
