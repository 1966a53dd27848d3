// SPDX-License-Identifier: Apache-2.0
// What a Job said that a bucket holds. It counts only as a whole: from a listing that was cut nobody could tell a backup
// that is gone from one that was not mentioned.
import { splitHashes } from '../../contract/folder-hash.ts';
import { text } from '../../contract/check.ts';
import type { End } from '../outcome.ts';
import type { Problem } from '../run-kind.ts';
import { factsOf, type Facts } from './imported.ts';

export type Entry = Facts & { name: string };

export type Listing = {
  /** Complete backups that can be read, the newest first. */
  entries: Entry[];
  /** Of every folder that holds a backup or what is left of one, the newest first. */
  folders: string[];
  found: number;
  /** Unfinished, being deleted, or not readable. */
  incomplete: number;
  /** Complete, and not told. */
  leftOut: number;
};

/** Names that a MilvusBackup can have as its backupName. */
const backupName = text(128, /^[A-Za-z_][A-Za-z0-9_]*$/);

export function listingOf({ result, lists, reason, message }: End): Listing | Problem {
  if (!result || result.outcome !== 'Succeeded') return { reason, message };
  const { inventory } = result;
  if (!inventory) return unreadable('its result does not say what was found');
  const folders = (lists?.folders ?? []).flatMap(({ hashes }) =>
    typeof hashes === 'string' ? splitHashes(hashes) : [],
  );
  const { found, incomplete, leftOut } = inventory;
  const told = lists?.backups ?? [];
  if (folders.length !== found + incomplete || told.length !== found - leftOut) {
    return unreadable(
      `it found ${found} and ${incomplete} unfinished, and told of ${folders.length} folders and ${told.length} backups`,
    );
  }
  return { ...entriesOf(told), folders, found, ...countsOf(told, { incomplete, leftOut }) };
}

function entriesOf(told: readonly Record<string, unknown>[]): Pick<Listing, 'entries'> {
  const entries = told.flatMap((item) => {
    const name = backupName(item['name']);
    return name !== undefined && item['state'] === 'Complete' ? [{ ...factsOf(item), name }] : [];
  });
  return { entries };
}

function countsOf(
  told: readonly Record<string, unknown>[],
  { incomplete, leftOut }: Pick<Listing, 'incomplete' | 'leftOut'>,
): Pick<Listing, 'incomplete' | 'leftOut'> {
  const broken = told.filter(({ state }) => state !== 'Complete').length;
  const nameless = told.filter(({ state, name }) => state === 'Complete' && backupName(name) === undefined);
  return { incomplete: incomplete + broken, leftOut: leftOut + nameless.length };
}

function unreadable(what: string): Problem {
  return { reason: 'ResultUnreadable', message: `the list of the bucket is not whole: ${what}` };
}
