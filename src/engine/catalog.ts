// SPDX-License-Identifier: Apache-2.0
// What stands below the prefix of the backups: one listing of names, and for each folder two short listings that say
// what it is. No document is read here, so that a thousand backups cost a thousand small requests and no more.
import { OperatorError } from '../base/error.ts';
import { folder as cleanFolder } from '../format/guards.ts';
import { assertBackupName, backupNameProblem } from '../format/names.ts';
import { backupDir, binlogsFolder, metaFiles, metaFolder, ownFiles, ownFolder } from '../format/paths.ts';
import type { ObjectStore } from '../store/contract.ts';
import { mapConcurrent } from './concurrent.ts';
import type { Engine } from './engine.ts';
import { entriesIn, firstObject } from './listing.ts';

/**
 * Complete: can be read, verified and restored. Incomplete: a run has begun it and not committed it, or it is what an
 * ended run left. Deleting: a deletion has begun. Foreign: no backup.
 */
export type FolderState = 'Complete' | 'Incomplete' | 'Deleting' | 'Foreign';

/** What was seen in a folder: names below `meta/` and `milvusbackup.dev/`, and whether binlogs lie there. */
export type Marks = { meta: ReadonlySet<string>; own: ReadonlySet<string>; hasBinlogs: boolean };

/**
 * `dir` is the folder in the bucket, with a trailing slash. `committedAt`: when its last meta file was written,
 * milliseconds; undefined where the store does not tell, or there is none.
 */
export type BackupFolder = {
  store: ObjectStore;
  name: string;
  dir: string;
  state: FolderState;
  marks: Marks;
  committedAt?: number;
};

const foldersAtOnce = 16;
/** A backup has five meta files; ours has one manifest and as many parts as it needs. */
const namesSeen = 1000;
const levelFiles = [metaFiles.backup, metaFiles.collection, metaFiles.partition, metaFiles.segment];

export function stateOf(marks: Marks): FolderState {
  if (marks.own.has(ownFiles.deleting)) return 'Deleting';
  if (marks.meta.has(metaFiles.full)) return 'Complete';
  // Our own run writes the level files too, long before it commits.
  if (marks.own.size > 0) return 'Incomplete';
  if (levelFiles.every((file) => marks.meta.has(file))) return 'Complete';
  const isMeta = levelFiles.some((file) => marks.meta.has(file));
  return isMeta || marks.hasBinlogs ? 'Incomplete' : 'Foreign';
}

/** True if the folder says by itself that it is a backup: meta, or something of ours. Binlogs alone say nothing. */
export function isBackup({ marks }: BackupFolder): boolean {
  return marks.own.size > 0 || [...levelFiles, metaFiles.full].some((file) => marks.meta.has(file));
}

/** Every folder with a legal name below the prefix, in the order of their names; Foreign ones among them. */
export async function* listFolders(engine: Engine): AsyncGenerator<BackupFolder> {
  const looked = mapConcurrent(folderNames(engine), foldersAtOnce, (name) => lookInto(engine, name));
  for await (const found of looked) yield found;
}

async function* folderNames(engine: Engine): AsyncGenerator<string> {
  const root = cleanFolder(engine.config.backup.storage.rootPath);
  for await (const entry of engine.backupStore().list(root, { delimiter: '/' }, engine.signal)) {
    if (entry.kind !== 'prefix') continue;
    const name = entry.prefix.slice(root.length, -1);
    if (backupNameProblem(name) === undefined) yield name;
  }
}

/** Looks at one folder; undefined if nothing lies there. Throws InvalidConfiguration for an illegal name. */
export async function findFolder(engine: Engine, name: string): Promise<BackupFolder | undefined> {
  assertBackupName(name);
  const found = await lookInto(engine, name);
  if (found.state !== 'Foreign') return found;
  return (await firstObject(found.store, found.dir, engine.signal)) ? found : undefined;
}

async function lookInto(engine: Engine, name: string): Promise<BackupFolder> {
  const store = engine.backupStore();
  const dir = backupDir(engine.config.backup.storage.rootPath, name);
  const [inMeta, inOwn] = await Promise.all(
    [metaFolder, ownFolder].map((sub) => entriesIn(store, dir + sub, namesSeen, engine.signal)),
  );
  const meta = new Set([...inMeta!.keys()].map((found) => metaFolder + found));
  const own = new Set([...inOwn!.keys()].map((found) => ownFolder + found));
  const isClear = meta.size + own.size > 0;
  const hasBinlogs = !isClear && (await firstObject(store, dir + binlogsFolder, engine.signal)) !== undefined;
  const marks: Marks = { meta, own, hasBinlogs };
  const found = { store, name, dir, state: stateOf(marks), marks };
  const committedAt = committedOf(inMeta!);
  return committedAt === undefined ? found : { ...found, committedAt };
}

/** full_meta.json is the commit; where it is missing, the last of the others stands for it. */
function committedOf(inMeta: ReadonlyMap<string, number | undefined>): number | undefined {
  const times = [metaFiles.full, ...levelFiles].map((file) => inMeta.get(file.slice(metaFolder.length)));
  const [full, ...levels] = times;
  const known = levels.filter((time) => time !== undefined);
  return full ?? (known.length > 0 ? Math.max(...known) : undefined);
}

/** Finds a backup that can be read. Throws BackupUnreadable naming what stands there instead. */
export async function openBackup(engine: Engine, name: string): Promise<BackupFolder> {
  const found = await findFolder(engine, name);
  if (found?.state === 'Complete') return found;
  const dir = found?.dir ?? backupDir(engine.config.backup.storage.rootPath, name);
  throw new OperatorError('BackupUnreadable', `${dir} in ${engine.backupStore().label} ${describe(found)}`);
}

/** Nothing tells a run of the established tool from what a failed one left: it writes its meta at the very end. */
export const orphanedBinlogs =
  'holds binlogs, but neither meta nor a ledger: a backup that the established tool is still making, or did not finish. ' +
  'If none is running, remove the folder by hand.';

function describe(found: BackupFolder | undefined): string {
  switch (found?.state) {
    case undefined:
      return 'holds nothing: there is no backup of that name. `milvus-backup list` shows those that are there.';
    case 'Deleting':
      return 'is being deleted: finish it with `milvus-backup delete`.';
    case 'Incomplete':
      if (!isBackup(found)) return orphanedBinlogs;
      return (
        'holds an unfinished backup: meta/full_meta.json, which is written last, is not there. ' +
        'Continue its run with `create --resume`, or remove it with `milvus-backup delete`.'
      );
    default:
      return 'holds no backup: neither meta nor anything else of one.';
  }
}
