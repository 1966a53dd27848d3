// SPDX-License-Identifier: Apache-2.0
// Names of the objects that are made for backups found in a bucket. They follow from the backup's name, so that the same
// one gets the same object in every cluster; where that says too little, or is taken, a hash makes it one of its own.
import { createHash } from 'node:crypto';

const longestReadable = 200;
const hashLength = 8;

/** Without capitals and with a letter or digit at its end nothing is lost: no two backups get the same. */
const faithful = /^[a-z]([a-z0-9_]*[a-z0-9])?$/;

/** `isTaken`: something else in the namespace has that name. */
export function objectNameOf(
  backupName: string,
  fingerprint: string,
  isTaken: (name: string) => boolean,
): string {
  const readable = backupName.toLowerCase().replaceAll('_', '-').slice(0, longestReadable);
  const isWhole = faithful.test(backupName) && backupName.length <= longestReadable;
  if (isWhole && !isTaken(readable)) return readable;
  const hash = createHash('sha256').update(`${fingerprint}/${backupName}`).digest('hex');
  const trimmed = readable.replaceAll(/^-+|-+$/g, '');
  return `${trimmed === '' ? 'backup' : trimmed}-${hash.slice(0, hashLength)}`;
}
