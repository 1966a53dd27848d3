// SPDX-License-Identifier: Apache-2.0
// What lies in a backup store, told for a machine: every folder by a short hash, and of the newest backups what they say
// of themselves. Foreign folders are left out. Of a backup two small documents are read at most, and only of those that
// are told; of the others nothing is kept but name, state and time.
import { hasReason } from '../base/error.ts';
import { folderHash, hashesPerLine, joinHashes } from '../contract/folder-hash.ts';
import type { ListName } from '../contract/event.ts';
import { metaFiles, ownFiles } from '../format/paths.ts';
import { listFolders, type BackupFolder } from './catalog.ts';
import { mapConcurrent } from './concurrent.ts';
import type { Engine } from './engine.ts';
import { describeBackup } from './inventory-entry.ts';

/** `since`: milliseconds; older backups are counted, not told. `most`: of the others the newest so many are. */
export type InventoryOptions = { since?: number; most: number };

export type Inventory = {
  /** Complete backups. */
  found: number;
  /** Unfinished ones, and those whose deletion has begun. */
  incomplete: number;
  /** Complete ones that were not told. */
  leftOut: number;
};

/** How an element is told. */
export type Tell = (list: ListName, item: Record<string, unknown>) => void;

const readAtOnce = 4;

export async function takeInventory(
  engine: Engine,
  { since = Number.NEGATIVE_INFINITY, most }: InventoryOptions,
  tell: Tell,
): Promise<Inventory> {
  const complete: BackupFolder[] = [];
  const others: string[] = [];
  for await (const folder of listFolders(engine)) {
    if (folder.state === 'Complete') complete.push(reduced(folder));
    else if (folder.state !== 'Foreign') others.push(folder.name);
  }
  complete.sort(newestFirst);
  tellFolders([...complete.map(({ name }) => name), ...others], tell);
  const chosen = complete.filter((folder) => timeOf(folder) >= since).slice(0, most);
  for await (const entry of mapConcurrent(chosen, readAtOnce, (folder) => entryOf(engine, folder))) {
    tell('backups', entry);
  }
  return { found: complete.length, incomplete: others.length, leftOut: complete.length - chosen.length };
}

const readFiles = [metaFiles.full, metaFiles.backup, ownFiles.manifest];

/** A folder may hold a thousand names, and there may be thousands of folders. */
function reduced(folder: BackupFolder): BackupFolder {
  const kept = (names: ReadonlySet<string>): Set<string> =>
    new Set(readFiles.filter((name) => names.has(name)));
  const { meta, own, hasBinlogs } = folder.marks;
  return { ...folder, marks: { meta: kept(meta), own: kept(own), hasBinlogs } };
}

/** A store that does not tell keeps nothing back: as if it had just been written. */
function timeOf({ committedAt = Number.POSITIVE_INFINITY }: BackupFolder): number {
  return committedAt;
}

function newestFirst(one: BackupFolder, other: BackupFolder): number {
  const [a, b] = [timeOf(one), timeOf(other)];
  if (a !== b) return a > b ? -1 : 1;
  return one.name < other.name ? -1 : 1;
}

function tellFolders(names: readonly string[], tell: Tell): void {
  for (let at = 0; at < names.length; at += hashesPerLine) {
    const hashes = names.slice(at, at + hashesPerLine).map(folderHash);
    tell('folders', { hashes: joinHashes(hashes) });
  }
}

/** One that cannot be read hides no other. */
async function entryOf(engine: Engine, folder: BackupFolder): Promise<Record<string, unknown>> {
  try {
    return await describeBackup(engine, folder);
  } catch (error) {
    if (!hasReason(error, 'BackupUnreadable')) throw error;
    return { name: folder.name, state: 'Unreadable', message: error.message };
  }
}
