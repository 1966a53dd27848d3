// SPDX-License-Identifier: Apache-2.0
// Which backups of a bucket had an object in this namespace once: what somebody has deleted does not come back by itself.
// Remembered by hashes that hold the place too, so that another place under the same name starts anew.
import type { MilvusBackup, MilvusBackupStorage } from '../../api/index.ts';
import { folderHash, joinHashes, splitHashes } from '../../contract/folder-hash.ts';
import { backupNameOf } from '../names.ts';
import { fingerprint } from '../place.ts';
import { importedOf } from './imported.ts';

/** What fits the status: a bucket that holds more forgets its oldest. */
export const mostSeen = 8000;

export function seenOf({ status }: Pick<MilvusBackupStorage, 'status'>): Set<string> {
  return new Set(splitHashes(status.sync?.seen ?? ''));
}

/** The newest first. */
export function seenText(hashes: readonly string[]): string {
  return joinHashes(hashes.slice(0, mostSeen));
}

/** `folder`: hash of a folder's name, as a listing tells it. */
export function memoryOf(place: string, folder: string): string {
  return folderHash(`${place}/${folder}`);
}

/** Where the backup of an object lies; undefined as long as nobody knows. */
export function placeOfBackup(
  backup: Pick<MilvusBackup, 'metadata' | 'spec' | 'status'>,
  storage: Pick<MilvusBackupStorage, 'metadata' | 'spec'>,
): string | undefined {
  const imported = importedOf(backup);
  const said = imported && imported !== 'unreadable' ? imported.fingerprint : undefined;
  const isHere = backup.spec.storageRef.name === storage.metadata.name;
  return backup.status?.storageFingerprint ?? said ?? (isHere ? fingerprint(storage) : undefined);
}

/** By the folder's hash, the objects whose backup lies in this storage, whoever made them. */
export function objectsByFolder(
  backups: readonly MilvusBackup[],
  storage: Pick<MilvusBackupStorage, 'metadata' | 'spec'>,
): Map<string, MilvusBackup[]> {
  const here = fingerprint(storage);
  const byFolder = new Map<string, MilvusBackup[]>();
  for (const backup of backups) {
    if (placeOfBackup(backup, storage) !== here) continue;
    const folder = folderHash(backup.status?.backupName ?? backupNameOf(backup));
    byFolder.set(folder, [...(byFolder.get(folder) ?? []), backup]);
  }
  return byFolder;
}
