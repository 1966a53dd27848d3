// SPDX-License-Identifier: Apache-2.0
// Deletes one backup, finished or not, of ours or of the established tool. What is not known to be a backup stays, and
// so does everything at, above or below Milvus's own root path.
import { OperatorError } from '../base/error.ts';
import type { Result } from '../contract/result.ts';
import { assertBackupName } from '../format/names.ts';
import { backupDir } from '../format/paths.ts';
import { assertDeletable } from './overlap.ts';
import { findFolder, isBackup, orphanedBinlogs, type BackupFolder } from './catalog.ts';
import type { Engine } from './engine.ts';
import { fenceRun } from './fence.ts';
import type { DeleteOptions } from './options.ts';
import { ownerOf } from './owner.ts';
import { removeFolder, type Removed } from './removal.ts';

/** Nothing there is a success that says so: a deletion that was killed at its end is asked for again. */
export async function deleteBackup(
  engine: Engine,
  { name, runId, madeBy = runId }: DeleteOptions,
): Promise<Result> {
  assertBackupName(name);
  const startTime = new Date(engine.clock.now()).toISOString();
  const dir = backupDir(engine.config.backup.storage.rootPath, name);
  assertDeletable(engine.config, dir);
  engine.report.progress({ step: 'Deleting' });
  const folder = await findFolder(engine, name);
  const about = {
    backupName: name,
    path: dir,
    ...(runId === undefined ? {} : { runId }),
    engineVersion: engine.version,
    startTime,
  };
  const result = (message: string): Result => ({
    v: 1,
    command: 'delete',
    outcome: 'Succeeded',
    reason: 'Completed',
    message,
    ...about,
    endTime: new Date(engine.clock.now()).toISOString(),
  });
  if (!folder)
    return result(
      `nothing stands below ${dir} in ${engine.backupStore().label}: there was nothing to delete`,
    );
  if (!isBackup(folder)) throw refusal(folder);
  const other = await otherOwner(engine, folder, madeBy);
  if (other !== undefined)
    return result(`${dir} in ${folder.store.label} holds nothing of run ${madeBy} any more: ${other} stays`);
  const fenced = await fenceRun(engine, folder);
  const removed = await removeFolder(engine, folder, fenced ?? madeBy);
  const { objects, bytes } = removed;
  return { ...result(`deleted backup ${name}: ${objects} objects, ${bytes} bytes`), ...removalOf(removed) };
}

function removalOf({ objects, bytes, warnings }: Removed): Pick<Result, 'size' | 'warnings'> {
  return { size: { objects, bytes }, ...(warnings.length > 0 ? { warnings } : {}) };
}

/** Who else has put a backup there, in words; undefined if it is this run's, or nobody asks. */
async function otherOwner(
  engine: Engine,
  folder: BackupFolder,
  madeBy: string | undefined,
): Promise<string | undefined> {
  if (madeBy === undefined) return undefined;
  const owner = await ownerOf(engine, folder);
  if (owner === 'Nobody') return madeBy === 'Nobody' ? undefined : 'the backup of another tool';
  return owner.run === undefined || owner.run === madeBy ? undefined : `the backup of run ${owner.run}`;
}

function refusal(folder: BackupFolder): OperatorError {
  const what = folder.marks.hasBinlogs
    ? orphanedBinlogs
    : 'holds neither meta nor a ledger: it is no backup.';
  return new OperatorError(
    'BackupUnreadable',
    `${folder.dir} in ${folder.store.label} ${what} Nothing was deleted.`,
  );
}
