// SPDX-License-Identifier: Apache-2.0
// Every backup below the prefix, one after the other as they are found. Costs three small requests for a finished one,
// whatever its size; the size of an unfinished one is counted, because nothing in it says so.
import { hasReason } from '../base/error.ts';
import { metaFiles, ownFiles } from '../format/paths.ts';
import { listFolders, type BackupFolder, type FolderState } from './catalog.ts';
import { mapConcurrent } from './concurrent.ts';
import type { Engine } from './engine.ts';
import { readKnownLedger } from './fence.ts';
import { measure } from './listing.ts';
import { readScalars } from './scalars.ts';

export type BackupSummary = {
  /** Of the folder: what get, restore and delete are asked for. */
  name: string;
  state: Exclude<FolderState, 'Foreign'>;
  /** Bytes. */
  size?: number;
  id?: string;
  milvusVersion?: string;
  /** What a person should know: why it is not complete, or what is odd about it. */
  message?: string;
};

const summariesAtOnce = 8;

/** In the order of their names. A folder that cannot be read is listed with the reason; it hides no other. */
export async function* listBackups(engine: Engine): AsyncGenerator<BackupSummary> {
  yield* mapConcurrent(backupsOf(engine), summariesAtOnce, (folder) => summarize(engine, folder));
}

async function* backupsOf(engine: Engine): AsyncGenerator<BackupFolder> {
  for await (const folder of listFolders(engine)) if (folder.state !== 'Foreign') yield folder;
}

async function summarize(engine: Engine, folder: BackupFolder): Promise<BackupSummary> {
  const state = folder.state as BackupSummary['state'];
  try {
    const details =
      state === 'Complete'
        ? await describeComplete(engine, folder)
        : await describeUnfinished(engine, folder);
    return { name: folder.name, state, ...details };
  } catch (error) {
    if (!hasReason(error, 'BackupUnreadable')) throw error;
    return { name: folder.name, state, message: error.message };
  }
}

async function describeComplete(engine: Engine, folder: BackupFolder): Promise<Partial<BackupSummary>> {
  const scalars = await readScalars(engine, folder);
  const message = oddity(folder, scalars);
  return {
    size: scalars.size,
    ...(scalars.id === '' ? {} : { id: scalars.id }),
    ...(scalars.milvus_version === '' ? {} : { milvusVersion: scalars.milvus_version }),
    ...(message === undefined ? {} : { message }),
  };
}

function oddity(
  { name, marks }: BackupFolder,
  scalars: { name: string; format: string },
): string | undefined {
  if (scalars.format !== '')
    return `format ${JSON.stringify(scalars.format)}: this version neither verifies nor restores it`;
  if (!marks.meta.has(metaFiles.full))
    return 'meta/full_meta.json is missing: deletes of all partitions, databases and roles are lost';
  if (scalars.name !== name)
    return `calls itself ${JSON.stringify(scalars.name)}: the folder was copied or renamed`;
  return undefined;
}

async function describeUnfinished(engine: Engine, folder: BackupFolder): Promise<Partial<BackupSummary>> {
  const { store, dir, marks } = folder;
  const { bytes: size } = await measure(store, dir, engine.signal);
  if (folder.state === 'Deleting') return { size, message: 'its deletion has not ended: delete it again' };
  if (!marks.own.has(ownFiles.ledger)) {
    return {
      size,
      message: 'no ledger and no complete meta: what an ended run left, or a run of the established tool',
    };
  }
  const stored = await readKnownLedger(engine, folder);
  if (!stored)
    return { size, message: 'unfinished; its ledger is gone or of another version of this program' };
  const { runId, attempt, startTime } = stored.ledger;
  return { size, id: runId, message: `unfinished: run ${runId}, attempt ${attempt}, begun ${startTime}` };
}
