// SPDX-License-Identifier: Apache-2.0
// The end of a backup: level files, object lists, manifest, then full_meta.json as the very last write; everything read
// back; only then plans and ledger go. Success is what was proven here, never what was merely written.
import { createHash } from 'node:crypto';
import { OperatorError } from '../base/error.ts';
import type { Config } from '../contract/config.ts';
import type { Result } from '../contract/result.ts';
import { decodeManifest, encodeManifest, type Manifest } from '../format/manifest.ts';
import type { BackupMeta } from '../format/meta.ts';
import { metaFiles, ownFiles, planKey } from '../format/paths.ts';
import { once, readBack, readHeads, writeMetaFiles, type Head } from './backup-documents.ts';
import { writeObjectLists, type ObjectLists } from './backup-objects.ts';
import type { BackupPlace, BackupRun } from './backup-run.ts';
import { describeDatabases } from './backup-select.ts';
import { openDocuments, type Document } from './backup-writer.ts';
import type { Engine } from './engine.ts';
import { digestOf, putSpooled, readSmall, type Spooled } from './objects.ts';

export async function commitBackup(run: BackupRun, databases: string[]): Promise<Result> {
  run.tally.say('WritingMeta');
  const heads = await readHeads(run);
  const header = await headerOf(run, heads, databases);
  const writer = await openDocuments(run);
  const { level, full } = await writeMetaFiles(run, writer, header);
  const lists = await writeObjectLists(run, writer, heads);
  const metaDocuments = [...level, { path: metaFiles.full, size: full.size, sha256: full.sha256 }];
  const manifest = manifestOf(run, heads, { meta: metaDocuments, lists });
  const document = await writer.put(
    ownFiles.manifest,
    await run.spool.write('manifest', once(encodeManifest(manifest))),
  );
  run.tally.say('Committing');
  await run.ledger.assertOwned();
  await putFullMeta(run, full);
  return settle(run, manifest, document);
}

/** Of an attempt that died between the commit and the removal of its ledger; undefined if it did not get that far. */
export async function finishCommitted(run: BackupRun): Promise<Result | undefined> {
  const { engine, place } = run;
  if (!(await place.store.head(place.dir + metaFiles.full, engine.signal))) return undefined;
  const { manifest, document } = await readManifest(engine, place);
  return settle(run, manifest, document);
}

/** The result of a run that finished before, told again after everything was read back. */
export async function tellFinished(engine: Engine, place: BackupPlace): Promise<Result> {
  const { manifest, document } = await readManifest(engine, place);
  engine.report.progress({ step: 'ReadingBack' });
  await readBack(engine, place, documentsOf(manifest, document));
  return resultOf(place, manifest, document);
}

async function settle(run: BackupRun, manifest: Manifest, document: Document): Promise<Result> {
  run.tally.say('ReadingBack');
  await readBack(run.engine, run.place, documentsOf(manifest, document));
  run.tally.say('RemovingLedger');
  const plans = run.ledger.current().collections.map((c) => run.place.dir + planKey(c.id));
  await run.ledger.assertOwned();
  await run.place.store.remove(plans, run.engine.signal);
  await run.ledger.remove();
  return { ...resultOf(run.place, manifest, document), attempt: run.ledger.current().attempt };
}

/** A refusal is read back first: our own bytes there mean that the answer was lost, not the race. */
async function putFullMeta(run: BackupRun, full: Spooled): Promise<void> {
  const { place, engine } = run;
  const key = place.dir + metaFiles.full;
  const conditional = place.store.capabilities.conditionalWrites;
  const outcome = await putSpooled(place.store, key, full, {
    ...(conditional ? { condition: { ifNoneMatch: '*' as const } } : {}),
    signal: engine.signal,
  });
  if (outcome.written || (await digestOf(place.store, key, engine.signal))?.sha256 === full.sha256) return;
  throw new OperatorError(
    'BackupExists',
    `another run has committed ${key} in ${place.store.label} meanwhile; this one is not it. Its backup stands, this run ends without one.`,
  );
}

async function readManifest(
  engine: Engine,
  place: BackupPlace,
): Promise<{ manifest: Manifest; document: Document }> {
  const path = ownFiles.manifest;
  const found = await readSmall(place.store, place.dir + path, engine.signal);
  if (!found)
    throw new OperatorError('BackupUnreadable', `${place.dir}${path} is not in ${place.store.label}`);
  const sha256 = createHash('sha256').update(found.bytes).digest('hex');
  const manifest = decodeManifest(found.bytes.toString('utf8'), place.dir + path);
  return { manifest, document: { path, size: found.bytes.length, sha256 } };
}

function documentsOf(manifest: Manifest, document: Document): Document[] {
  return [...manifest.metaFiles, ...manifest.objects.parts, document];
}

async function headerOf(run: BackupRun, heads: Head[], databases: string[]): Promise<BackupMeta> {
  return {
    id: run.ledger.current().runId,
    state_code: 0,
    name: run.place.name,
    size: heads.reduce((sum, h) => sum + h.bytes, 0),
    milvus_version: run.milvus.server.version,
    database_backups: await describeDatabases(run.milvus, databases),
    format: '',
  };
}

function manifestOf(
  run: BackupRun,
  heads: Head[],
  written: { meta: Document[]; lists: ObjectLists },
): Manifest {
  const { runId, startTime, collections } = run.ledger.current();
  const flushed = heads.map((h) => BigInt(h.flushTimestamp)).filter((ts) => ts > 0n);
  const earliest = flushed.toSorted((a, b) => (a < b ? -1 : 1))[0];
  return {
    v: 1,
    runId,
    backupName: run.place.name,
    engineVersion: run.engine.version,
    milvusVersion: run.milvus.server.version,
    startTime,
    endTime: new Date(run.engine.clock.now()).toISOString(),
    ...(earliest === undefined ? {} : { consistencyTimestamp: String(earliest) }),
    metaFiles: written.meta,
    objects: written.lists,
    collections: heads.map((h) => ({
      id: h.collection_id,
      db: h.db_name,
      name: h.collection_name,
      rows: h.rows,
      segments: h.segments,
      objects: h.objects,
      bytes: h.bytes,
      describeCollection: h.describe,
      describeIndex: h.indexes,
    })),
    dropped: collections
      .filter((c) => c.state === 'dropped')
      .map((c) => ({ db: c.db, name: c.name, id: c.id })),
    skipped: run.failures,
    warnings: run.warnings,
    ...sourceOf(run.engine.config.backup.source),
  };
}

function sourceOf({ instance, ...more }: Config['backup']['source']): Pick<Manifest, 'source'> {
  if (instance === '') return {};
  const said = Object.entries(more).filter(([, value]) => value !== '');
  return { source: { instance, ...Object.fromEntries(said) } };
}

function resultOf(place: BackupPlace, manifest: Manifest, document: Document): Result {
  const { collections, dropped, skipped, warnings, objects } = manifest;
  const first = skipped[0];
  const rows = collections.reduce((sum, c) => sum + c.rows, 0);
  const done = `${numbered(collections.length, 'collection')}, ${numbered(rows, 'row')} and ${numbered(objects.count, 'object')} are in ${place.dir} of ${place.store.label}`;
  return {
    v: 1,
    command: 'create',
    outcome: first ? 'PartiallyFailed' : 'Succeeded',
    reason: first ? first.reason : 'Completed',
    message: first
      ? `${done}; ${skipped.length} were skipped, the first: ${first.name}: ${first.message}`
      : `${done}, each proven.`,
    runId: manifest.runId,
    backupName: manifest.backupName,
    path: place.dir,
    manifestDigest: document.sha256,
    collections: {
      total: collections.length + dropped.length + skipped.length,
      succeeded: collections.length,
      dropped: dropped.length,
      skipped: skipped.length,
      failed: 0,
    },
    ...(first ? { failures: skipped.slice(0, 20) } : {}),
    rows: { planned: rows },
    size: { bytes: objects.bytes, objects: objects.count },
    milvusVersion: manifest.milvusVersion,
    formatVersion: String(manifest.v),
    engineVersion: manifest.engineVersion,
    ...(manifest.consistencyTimestamp === undefined
      ? {}
      : { consistencyTimestamp: manifest.consistencyTimestamp }),
    startTime: manifest.startTime,
    endTime: manifest.endTime,
    ...(warnings.length > 0 ? { warnings: warnings.slice(0, 20) } : {}),
  };
}

function numbered(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
