// SPDX-License-Identifier: Apache-2.0
// Puts away what an ended or canceled run left: pauses of garbage collection, unfinished uploads, and where it is asked
// for the unfinished backup itself; of a restore what its own cleanup removes. May be repeated, and killed, at will.
import { messageOf, OperatorError } from '../base/error.ts';
import type { Warning } from '../contract/event.ts';
import type { Result } from '../contract/result.ts';
import { metaFiles, ownFiles, ownFolder, restoreKeys } from '../format/paths.ts';
import type { BackupLedger } from '../format/ledger.ts';
import { findFolder, listFolders, type BackupFolder } from './catalog.ts';
import type { Engine } from './engine.ts';
import { readKnownLedger, takeOver } from './fence.ts';
import type { LedgerFile } from './ledger-file.ts';
import type { CleanupOptions } from './options.ts';
import { assertDeletable } from './overlap.ts';
import { abortUploads, readDeletingRun, removeFolder } from './removal.ts';
import { cleanupRestore } from './restore/cleanup.ts';

/** What was done, for the message, and what could not be. */
type Account = { done: string[]; warnings: Warning[]; runningImports: string[] };

export async function cleanupRun(engine: Engine, options: CleanupOptions): Promise<Result> {
  const startTime = new Date(engine.clock.now()).toISOString();
  const account: Account = { done: [], warnings: [], runningImports: [] };
  const folder = options.of === 'Restore' ? undefined : await cleanUpBackups(engine, options, account);
  if (options.of !== 'Backup') await cleanUpRestore(engine, options, account);
  const { done, warnings, runningImports } = account;
  return {
    v: 1,
    command: 'cleanup',
    outcome: 'Succeeded',
    reason: 'Completed',
    message: done.length === 0 ? `run ${options.runId} left nothing to clean up` : done.join('; '),
    runId: options.runId,
    ...(options.name === undefined ? {} : { backupName: options.name }),
    ...(folder ? { backupName: folder.name, path: folder.dir } : {}),
    engineVersion: engine.version,
    startTime,
    endTime: new Date(engine.clock.now()).toISOString(),
    ...(warnings.length > 0 ? { warnings: warnings.slice(0, 20) } : {}),
    ...(runningImports.length > 0 ? { runningImports } : {}),
  };
}

/** Gives the folder of the run's backup, if there is one. */
async function cleanUpBackups(
  engine: Engine,
  options: CleanupOptions,
  account: Account,
): Promise<BackupFolder | undefined> {
  const folder = await findRun(engine, options);
  if (folder) await leaving(folder, () => cleanUpBackup(engine, { folder, options, account }));
  else if (options.name !== undefined) await removeProbes(engine, options.name, options.runId);
  return folder;
}

/** What fails says what it leaves. */
async function leaving({ dir, store }: BackupFolder, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    throw new OperatorError(error.reason, `${dir} in ${store.label} is not cleaned up: ${error.message}`, {
      cause: error,
    });
  }
}

/** The folder in which this run is at work or was: by the name that was given, else by looking at every unfinished one. */
async function findRun(engine: Engine, { runId, name }: CleanupOptions): Promise<BackupFolder | undefined> {
  if (name !== undefined) {
    const folder = await findFolder(engine, name);
    return folder && (await isOf(engine, folder, runId)) ? folder : undefined;
  }
  for await (const folder of listFolders(engine)) {
    if (await isOf(engine, folder, runId)) return folder;
  }
  return undefined;
}

async function isOf(engine: Engine, folder: BackupFolder, runId: string): Promise<boolean> {
  const { own } = folder.marks;
  if (own.has(ownFiles.ledger) && (await readKnownLedger(engine, folder))?.ledger.runId === runId)
    return true;
  return own.has(ownFiles.deleting) && (await readDeletingRun(engine, folder)) === runId;
}

type Work = { folder: BackupFolder; options: CleanupOptions; account: Account };

async function cleanUpBackup(engine: Engine, { folder, options, account }: Work): Promise<void> {
  const { runId, data } = options;
  const ledger = folder.marks.own.has(ownFiles.ledger) ? await takeOver(engine, folder) : undefined;
  if (ledger && ledger.current().runId !== runId) throw stolen(folder, runId, ledger.current().runId);
  if (ledger) await releaseTickets(engine, ledger, account);
  account.warnings.push(...(await abortUploads(engine, folder)));
  // Looked at again: the run may have committed just before it ended.
  const isCommitted = await folder.store.head(folder.dir + metaFiles.full, engine.signal);
  if (!data || (isCommitted && folder.state !== 'Deleting')) {
    account.done.push(`backup ${folder.name} stays as it is, its run is cleaned up`);
    return;
  }
  assertDeletable(engine.config, folder.dir);
  const { objects, bytes, warnings } = await removeFolder(engine, folder, runId);
  account.warnings.push(...warnings);
  account.done.push(`removed the unfinished backup ${folder.name}: ${objects} objects, ${bytes} bytes`);
}

function stolen({ dir, store }: BackupFolder, runId: string, owner: string): OperatorError {
  return new OperatorError(
    'Fenced',
    `${dir} in ${store.label} was taken by run ${owner} while run ${runId} was being cleaned up. Nothing was removed.`,
  );
}

/** A ticket that cannot be resumed lapses by itself within a quarter of an hour: that is said and holds nobody up. */
async function releaseTickets(
  engine: Engine,
  ledger: LedgerFile<BackupLedger>,
  account: Account,
): Promise<void> {
  const { gcTickets } = ledger.current();
  if (gcTickets.length === 0) return;
  try {
    const milvus = await engine.milvus();
    for (const ticket of gcTickets) {
      await milvus.resumeGC(ticket);
      await ledger.update((now) => ({
        ...now,
        gcTickets: now.gcTickets.filter((open) => open.ticket !== ticket.ticket),
      }));
    }
    account.done.push(`resumed garbage collection of ${gcTickets.length} collections`);
  } catch (error) {
    engine.signal.throwIfAborted();
    if (!(error instanceof OperatorError)) throw error;
    const message = `a pause of garbage collection was not resumed and lapses by itself: ${messageOf(error)}`;
    account.warnings.push({ reason: error.reason, message });
  }
}

/** A run that died before its ledger stood has left at most the probe with which it tried the store. */
async function removeProbes(engine: Engine, name: string, runId: string): Promise<void> {
  const folder = await findFolder(engine, name);
  if (!folder) return;
  const probes = [...folder.marks.own].filter((key) => key.startsWith(`${ownFolder}probe-${runId}-`));
  await folder.store.remove(
    probes.map((key) => folder.dir + key),
    engine.signal,
  );
}

async function cleanUpRestore(engine: Engine, { runId }: CleanupOptions, account: Account): Promise<void> {
  if (!(await engine.milvusStore().head(restoreKeys(runId).ledger, engine.signal))) return;
  const { collections, objects, uploads, runningImports } = await cleanupRestore(engine, runId);
  account.runningImports.push(...runningImports);
  account.done.push(
    `restore: dropped ${collections.length} temporary collections, removed ${objects} staged objects and ${uploads} uploads`,
  );
}
