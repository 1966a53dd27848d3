// SPDX-License-Identifier: Apache-2.0
// Opens the backup that is to be restored: reads its meta as a summary and refuses what cannot be trusted. Nothing here
// looks at Milvus.
import { createHash, type Hash } from 'node:crypto';
import { hasReason, OperatorError } from '../../base/error.ts';
import { collectFullMeta } from '../../format/full-meta-reader.ts';
import { readLevelFiles } from '../../format/level-files-reader.ts';
import type { Manifest } from '../../format/manifest.ts';
import { databaseOf, type BackupMeta } from '../../format/meta.ts';
import { metaFiles, ownFiles } from '../../format/paths.ts';
import type { ReadBackup, ReadCollection, ReadOptions, ReadSegment } from '../../format/read-model.ts';
import type { ObjectStore } from '../../store/contract.ts';
import { openBackup, type BackupFolder } from '../catalog.ts';
import type { Engine } from '../engine.ts';
import { metaChunks } from '../meta-source.ts';
import { assertFullMeta, assertWhole, trustManifest } from './manifest.ts';
import type { SourceCollection, SourceSegment } from './source-collection.ts';

export type BackupSource = {
  folder: BackupFolder;
  /** Undefined for a backup of the established tool. */
  manifest: Manifest | undefined;
  store: ObjectStore;
  /** The backup's folder in its bucket, with a trailing slash. */
  dir: string;
  name: string;
  header: BackupMeta;
  collections: SourceCollection[];
  /** Of full_meta.json; of the level files together where that is missing. */
  metaSha256: string;
};

export async function openSource(
  engine: Engine,
  name: string,
  options: { allowPartial: boolean },
): Promise<BackupSource> {
  const folder = await openBackup(engine, name);
  if (folder.marks.own.has(ownFiles.ledger)) throw unfinished(folder);
  const manifest = await intact(() => trustManifest(engine, folder));
  assertWhole(folder, manifest, options);
  const { read, metaSha256 } = await intact(() => readMeta(engine, folder, manifest));
  return {
    folder,
    manifest,
    store: folder.store,
    dir: folder.dir,
    name,
    header: read.header,
    collections: read.collections.map(toSource),
    metaSha256,
  };
}

async function readMeta(
  engine: Engine,
  folder: BackupFolder,
  manifest: Manifest | undefined,
): Promise<{ read: ReadBackup; metaSha256: string }> {
  const hash = createHash('sha256');
  const isFull = folder.marks.meta.has(metaFiles.full);
  const read = isFull ? await readFull(engine, folder, hash) : await readLevels(engine, folder, hash);
  const metaSha256 = hash.digest('hex');
  if (isFull) assertFullMeta(folder, manifest, metaSha256);
  return { read, metaSha256 };
}

/** Whoever reads a document says what is wrong with it; what follows from that is the same for all. */
async function intact<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!hasReason(error, 'BackupUnreadable')) throw error;
    const message = `${error.message}. Nothing was restored. Put the file back as it was written, or restore another backup.`;
    throw new OperatorError('BackupUnreadable', message, { cause: error });
  }
}

function optionsFor(folder: BackupFolder, file: string): ReadOptions {
  return { file: `${folder.store.label} ${folder.dir}${file}`, segments: 'summary' };
}

function readFull(engine: Engine, folder: BackupFolder, hash: Hash): Promise<ReadBackup> {
  return collectFullMeta(chunksOf(engine, folder, metaFiles.full, hash), optionsFor(folder, metaFiles.full));
}

function readLevels(engine: Engine, folder: BackupFolder, hash: Hash): Promise<ReadBackup> {
  const chunks = (file: string): AsyncIterable<Uint8Array> => chunksOf(engine, folder, file, hash);
  const files = {
    backup: chunks(metaFiles.backup),
    collection: chunks(metaFiles.collection),
    partition: chunks(metaFiles.partition),
    segment: chunks(metaFiles.segment),
  };
  return readLevelFiles(files, optionsFor(folder, ''));
}

async function* chunksOf(
  engine: Engine,
  folder: BackupFolder,
  file: string,
  hash: Hash,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of metaChunks(engine, folder, file)) {
    hash.update(chunk);
    yield chunk;
  }
}

function unfinished(folder: BackupFolder): OperatorError {
  return new OperatorError(
    'BackupUnreadable',
    `${folder.dir} in ${folder.store.label} holds ${ownFiles.ledger}: the run that wrote this backup has not finished it. ` +
      'Let it finish, or continue it with `milvus-backup create --resume`.',
  );
}

function toSource(read: ReadCollection): SourceCollection {
  const { partition_backups, l0_segments, ...meta } = read;
  const segments = [...partition_backups.flatMap((p) => p.segment_backups), ...l0_segments];
  return {
    database: databaseOf(read),
    name: read.collection_name,
    meta,
    partitions: partition_backups.map((p) => ({ id: p.partition_id, name: p.partition_name })),
    segments: segments.map(toSegment),
  };
}

function toSegment(read: ReadSegment): SourceSegment {
  return {
    id: read.segment_id,
    partition: read.partition_id,
    group: read.group_id,
    // Deletes of all partitions hold no rows, whatever the flag says.
    isL0: read.is_l0 || read.partition_id === -1n,
    rows: read.num_of_rows,
    storageVersion: read.storage_version,
    insert: read.counts.insert,
    delta: read.counts.delta,
  };
}
