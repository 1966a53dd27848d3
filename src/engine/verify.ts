// SPDX-License-Identifier: Apache-2.0
// Proves that a backup is still what was written: its documents, every object that they name, nothing beside them, and
// as much of the contents as can be compared. Changes nothing. Works for backups of the established tool, of which there
// is less to compare with; the result says how far the proof goes.
import { hasReason, messageOf } from '../base/error.ts';
import type { Result } from '../contract/result.ts';
import { readLevelFiles } from '../format/level-files-reader.ts';
import type { BackupMeta } from '../format/meta.ts';
import { metaFiles, ownFiles } from '../format/paths.ts';
import { openBackup, type BackupFolder } from './catalog.ts';
import type { Engine } from './engine.ts';
import { createFailureList, type FailureList } from './failure-list.ts';
import { manifestObjects, readManifest, type StoredManifest } from './manifest-source.ts';
import { walkFullMeta } from './meta-walk.ts';
import { openSpool, type Spool } from './objects.ts';
import type { VerifyOptions } from './options.ts';
import { noEvidence, type Evidence, type Verification } from './verify-content.ts';
import { readScalars } from './scalars.ts';
import {
  addCollection,
  addSegmentLevel,
  chunksOf,
  compareDigests,
  compareLevels,
  emptyLevels,
  fetchMeta,
  type FetchedMeta,
} from './verify-meta.ts';
import { createListedInventory, createNamedInventory, type Inventory } from './verify-inventory.ts';
import { verifyListed, type NamedObjects } from './verify-objects.ts';

type Work = {
  engine: Engine;
  folder: BackupFolder;
  mode: VerifyOptions['mode'];
  failures: FailureList;
  evidence: Evidence;
  stored?: StoredManifest | undefined;
  header?: BackupMeta;
  bytesTotal: number;
  collections: number;
};

/** Throws BackupUnreadable if no finished backup of that name is there; what is wrong with one is its result. */
export async function verifyBackup(engine: Engine, { name, mode }: VerifyOptions): Promise<Result> {
  const startTime = new Date(engine.clock.now()).toISOString();
  engine.report.progress({ step: 'Verifying' });
  const folder = await openBackup(engine, name);
  const failures = createFailureList(engine.report);
  const work: Work = {
    engine,
    folder,
    mode,
    failures,
    evidence: noEvidence(),
    bytesTotal: 0,
    collections: 0,
  };
  const spool = await openSpool();
  try {
    await verifyParts(work, spool);
  } finally {
    await spool.close();
  }
  return resultOf(work, startTime);
}

async function verifyParts(work: Work, spool: Spool): Promise<void> {
  const { engine, folder, failures } = work;
  work.stored = await orFailure(work, ownFiles.manifest, () => readManifest(engine, folder));
  const meta = await fetchMeta(engine, folder, spool);
  work.bytesTotal = (await orFailure(work, metaFiles.backup, () => readScalars(engine, folder)))?.size ?? 0;
  if (work.stored) compareDigests(meta, work.stored.manifest.metaFiles, failures);
  const named: NamedObjects = new Map();
  const isFull = meta.has(metaFiles.full);
  const isRead = await orFailure(work, isFull ? metaFiles.full : metaFiles.collection, async () => {
    await (isFull ? verifyFull(work, meta, named) : verifyLevels(work, meta, named));
    return true;
  });
  if (!work.stored) return;
  const objects = manifestObjects(engine, folder, work.stored.manifest);
  await orFailure(work, ownFiles.manifest, () =>
    verifyListed(pairWork(work), objects, isRead ? named : undefined),
  );
}

/** A document that cannot be read is a failure among others. */
async function orFailure<T>(work: Work, object: string, action: () => Promise<T>): Promise<T | undefined> {
  try {
    return await action();
  } catch (error) {
    if (!hasReason(error, 'BackupUnreadable')) throw error;
    work.failures.add({ object, reason: error.reason, message: messageOf(error) });
    return undefined;
  }
}

function inventoryOf(work: Work, named: NamedObjects): Inventory {
  return work.stored ? createNamedInventory(named) : createListedInventory(pairWork(work));
}

function pairWork(work: Work): Omit<Verification, 'mayNotStand'> {
  const { engine, folder, mode, failures, evidence, bytesTotal } = work;
  return { engine, store: folder.store, dir: folder.dir, mode, failures, evidence, bytesTotal };
}

async function verifyFull(work: Work, meta: FetchedMeta, named: NamedObjects): Promise<void> {
  const levels = emptyLevels();
  const inventory = inventoryOf(work, named);
  const items = walkFullMeta(chunksOf(meta, metaFiles.full), metaFiles.full, (segment) => {
    addSegmentLevel(levels, segment);
    inventory.add(segment);
  });
  for await (const item of items) {
    if (item.kind === 'header') {
      work.header = item.header;
      continue;
    }
    addCollection(levels, item.collection);
    work.collections++;
    await inventory.verify(item.collection);
  }
  await compareLevels(meta, { header: work.header!, levels }, work.failures);
}

/** Only of damaged backups: without full_meta.json the level files are all there is. */
async function verifyLevels(work: Work, meta: FetchedMeta, named: NamedObjects): Promise<void> {
  const { backup, collection, partition, segment } = metaFiles;
  const files = {
    backup: chunksOf(meta, backup),
    collection: chunksOf(meta, collection),
    partition: chunksOf(meta, partition),
    segment: chunksOf(meta, segment),
  };
  const read = await readLevelFiles(files, { file: '', segments: 'full' });
  work.header = read.header;
  const inventory = inventoryOf(work, named);
  for (const found of read.collections) {
    for (const { segment_backups } of found.partition_backups) segment_backups.forEach(inventory.add);
    work.collections++;
    await inventory.verify(found);
  }
  const message =
    'is missing: deletes of all partitions, databases and roles are lost; nothing else says what they were';
  work.failures.add({ object: metaFiles.full, reason: 'ObjectMissing', message });
}

function resultOf(work: Work, startTime: string): Result {
  const { engine, folder, failures, evidence, stored, header } = work;
  const { first, count } = failures;
  return {
    v: 1,
    command: 'verify',
    outcome: first ? 'Failed' : 'Succeeded',
    reason: first?.reason ?? 'Completed',
    message: first
      ? `${count} failures in ${folder.dir} of ${folder.store.label}, the first: ${first.object} ${first.message}`.slice(
          0,
          512,
        )
      : describeProof(work),
    backupName: folder.name,
    path: folder.dir,
    ...(stored ? { manifestDigest: stored.sha256, runId: stored.manifest.runId } : {}),
    size: { bytes: evidence.bytes, objects: evidence.objects },
    ...(header && header.milvus_version !== '' ? { milvusVersion: header.milvus_version } : {}),
    engineVersion: engine.version,
    startTime,
    endTime: new Date(engine.clock.now()).toISOString(),
  };
}

function describeProof({ evidence, stored, collections, folder }: Work): string {
  const { byHash, byBytes, byOwnHash, bySize } = evidence;
  const ways = [
    [byHash, "by the store's own hash"],
    [byBytes, 'by reading it back'],
    [byOwnHash, "by reading it back, against the store's own hash"],
    [bySize, 'by size alone'],
  ] as const;
  const said = ways.filter(([objects]) => objects > 0).map(([objects, way]) => `${objects} ${way}`);
  const proof = said.length === 0 ? '' : `: ${said.join(', ')}`;
  const note = stored
    ? describeSkipped(stored)
    : '. It has no manifest of ours: there is no older checksum to compare contents with';
  return `${collections} collections and ${evidence.objects} objects with ${evidence.bytes} bytes of ${folder.name} are there${proof}${note}`;
}

function describeSkipped({ manifest }: StoredManifest): string {
  const { skipped } = manifest;
  return skipped.length === 0
    ? ''
    : `. It is partial: ${skipped.length} collections were skipped when it was made`;
}
