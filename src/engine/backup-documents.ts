// SPDX-License-Identifier: Apache-2.0
// The documents of a backup: spooled to disk first, so that each is put with a known size and digest and a document of a
// million binlogs is never in memory. What was put is remembered, to be read back after the commit.
import { OperatorError } from '../base/error.ts';
import type { BackupMeta, CollectionMeta } from '../format/meta.ts';
import {
  writeBackupMeta,
  writeCollectionLevel,
  writeFullMeta,
  writePartitionLevel,
  writeSegmentLevel,
} from '../format/meta-writer.ts';
import { metaFiles } from '../format/paths.ts';
import { readPlan, type PlanHead, type StoredPlan } from './backup-plan-file.ts';
import { fullName, type BackupPlace, type BackupRun } from './backup-run.ts';
import type { Engine } from './engine.ts';
import type { Document, DocumentWriter } from './backup-writer.ts';
import { digestOf, type Spooled } from './objects.ts';

export type Head = PlanHead &
  Pick<CollectionMeta, 'collection_id' | 'db_name' | 'collection_name' | 'backup_timestamp'>;

/** Every copied collection's plan, one at a time, in the order of the ledger. */
export async function* storedPlans(run: BackupRun): AsyncGenerator<StoredPlan> {
  for (const entry of run.ledger.current().collections) {
    if (entry.state !== 'copied') continue;
    const plan = await readPlan(run, entry.id, entry.planSha256 ?? '');
    if (plan) yield plan;
    else {
      throw new OperatorError(
        'ObjectMissing',
        `${run.place.store.label} no longer has the plan of ${fullName(entry)} as it was written. ` +
          'This store loses objects: the backup was not finished. Check the store before running again.',
      );
    }
  }
}

export async function* storedCollections(run: BackupRun): AsyncGenerator<CollectionMeta> {
  for await (const { meta } of storedPlans(run)) yield meta;
}

/** What the header and the manifest need of each collection. */
export async function readHeads(run: BackupRun): Promise<Head[]> {
  const heads: Head[] = [];
  for await (const { head, meta } of storedPlans(run)) {
    const { collection_id, db_name, collection_name, backup_timestamp } = meta;
    heads.push({ ...head, collection_id, db_name, collection_name, backup_timestamp });
  }
  return heads;
}

/** Puts the level files and spools full_meta.json, which is put by the commit alone. */
export async function writeMetaFiles(
  run: BackupRun,
  writer: DocumentWriter,
  header: BackupMeta,
): Promise<{ level: Document[]; full: Spooled }> {
  const { spool } = run;
  const level = [
    await writer.put(metaFiles.backup, await spool.write('backup', once(writeBackupMeta(header)))),
    await writer.put(
      metaFiles.collection,
      await spool.write('collection', writeCollectionLevel(storedCollections(run))),
    ),
    await writer.put(
      metaFiles.partition,
      await spool.write('partition', writePartitionLevel(storedCollections(run))),
    ),
    await writer.put(
      metaFiles.segment,
      await spool.write('segment', writeSegmentLevel(storedCollections(run))),
    ),
  ];
  return { level, full: await spool.write('full', writeFullMeta(header, storedCollections(run))) };
}

export async function* once(chunk: Buffer | string): AsyncGenerator<Buffer | string> {
  yield chunk;
}

/** Reads each document back from the store. Throws ObjectMissing or ChecksumMismatch naming the first that is not as written. */
export async function readBack(
  engine: Engine,
  place: BackupPlace,
  documents: readonly Document[],
): Promise<void> {
  for (const { path, size, sha256 } of documents) {
    const found = await digestOf(place.store, place.dir + path, engine.signal);
    if (found?.sha256 === sha256) continue;
    const what = found
      ? `gives back ${found.size} bytes that are not the ${size} that were written`
      : 'does not have it';
    throw new OperatorError(
      found ? 'ChecksumMismatch' : 'ObjectMissing',
      `${place.dir}${path}: ${place.store.label} said that it was stored, but ${what}. ` +
        'The backup is not proven and must not be relied on. Check the store, then run again.',
    );
  }
}
