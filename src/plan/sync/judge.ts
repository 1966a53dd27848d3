// SPDX-License-Identifier: Apache-2.0
// From what a bucket holds and which objects there are: which are made, which go, what is remembered. A backup has at
// most one object made for it, the newest first; one that has an object already, or had one once, gets none.
import {
  apiVersion,
  type MilvusBackup,
  type MilvusBackupStatus,
  type MilvusBackupStorage,
} from '../../api/index.ts';
import { folderHash } from '../../contract/folder-hash.ts';
import type { NewBackup } from '../desired.ts';
import { scheduleLabel } from '../labels.ts';
import { fingerprint } from '../place.ts';
import { importedAnnotation, importedText, isImported } from './imported.ts';
import type { Entry, Listing } from './listing.ts';
import { objectNameOf } from './names.ts';
import { memoryOf, objectsByFolder, seenOf, seenText } from './seen.ts';

export type Judgement = {
  make: NewBackup[];
  /** Their data are gone. */
  remove: { name: string; uid: string }[];
  status: NonNullable<MilvusBackupStorage['status']['sync']>;
};

/** An instance of this name is what a backup of the established tool is said to be of: it does not say itself. */
export const unknownInstance = 'unknown';

/** `backups`: every one of the namespace. */
export function judgeListing(
  storage: MilvusBackupStorage,
  listing: Listing,
  backups: readonly MilvusBackup[],
): Judgement {
  const byFolder = objectsByFolder(backups, storage);
  const isOwn = ({ name }: Entry): boolean =>
    (byFolder.get(folderHash(name)) ?? []).some((backup) => !isImported(backup));
  const foreign = listing.entries.filter((entry) => !isOwn(entry));
  const window = foreign.slice(0, storage.spec.sync.maxObjects);
  const seen = isNewToken(storage) ? new Set<string>() : seenOf(storage);
  const here = fingerprint(storage);
  const wanted = window.filter(({ name }) => {
    const folder = folderHash(name);
    return !byFolder.has(folder) && !seen.has(memoryOf(here, folder));
  });
  const make = newBackups(storage, wanted, backups);
  const remove = goneOf(storage, listing, byFolder);
  const made = new Set(wanted.map(({ name }) => folderHash(name)));
  const remembered = listing.folders
    .filter((folder) => made.has(folder) || byFolder.has(folder) || seen.has(memoryOf(here, folder)))
    .map((folder) => memoryOf(here, folder));
  const imported = [...byFolder.values()].flat().filter(isImported).length;
  return {
    make,
    remove,
    status: {
      found: listing.found,
      imported: imported - remove.length + make.length,
      incomplete: listing.incomplete,
      leftOut: listing.leftOut + foreign.length - window.length,
      ...tokenOf(storage),
      seen: seenText(remembered),
    },
  };
}

/** One that is taken away is no new one, and one that is put back neither. */
export function isNewToken({ spec, status }: Pick<MilvusBackupStorage, 'spec' | 'status'>): boolean {
  return spec.sync.token !== undefined && spec.sync.token !== status.sync?.token;
}

function tokenOf({ spec, status }: MilvusBackupStorage): { token?: string } {
  const token = spec.sync.token ?? status.sync?.token;
  return token === undefined ? {} : { token };
}

/** Only what was imported from this very place, and of which no folder is left. */
function goneOf(
  { metadata }: MilvusBackupStorage,
  { folders }: Listing,
  byFolder: ReadonlyMap<string, MilvusBackup[]>,
): { name: string; uid: string }[] {
  const there = new Set(folders);
  return [...byFolder]
    .filter(([folder]) => !there.has(folder))
    .flatMap(([, backups]) => backups)
    .filter((backup) => isImported(backup) && backup.spec.storageRef.name === metadata.name)
    .filter((backup) => backup.metadata.deletionTimestamp === undefined)
    .map(({ metadata: { name, uid } }) => ({ name, uid }));
}

function newBackups(
  storage: MilvusBackupStorage,
  entries: readonly Entry[],
  backups: readonly MilvusBackup[],
): NewBackup[] {
  const taken = new Set(backups.map(({ metadata }) => metadata.name));
  return entries.map((entry) => {
    const name = objectNameOf(entry.name, fingerprint(storage), (one) => taken.has(one));
    taken.add(name);
    return newBackup(storage, entry, name);
  });
}

function newBackup(storage: MilvusBackupStorage, entry: Entry, name: string): NewBackup {
  const { namespace } = storage.metadata;
  const { name: backupName, ...facts } = entry;
  const place = { path: pathOf(storage, backupName), fingerprint: fingerprint(storage) };
  return {
    apiVersion,
    kind: 'MilvusBackup',
    metadata: {
      name,
      namespace,
      // The schedule that asked for it, if it is here, keeps and forgets it by its rules.
      ...(entry.scheduleUID === undefined ? {} : { labels: { [scheduleLabel]: entry.scheduleUID } }),
      annotations: { [importedAnnotation]: importedText({ ...facts, ...place }) },
    },
    spec: {
      instanceRef: { name: entry.instance ?? unknownInstance },
      storageRef: { name: storage.metadata.name },
      backupName,
      deletionPolicy: 'Retain',
    },
  };
}

function pathOf({ spec }: MilvusBackupStorage, backupName: string): NonNullable<MilvusBackupStatus['path']> {
  return spec.prefix === '' ? `${backupName}/` : `${spec.prefix}/${backupName}/`;
}
