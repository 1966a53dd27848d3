// SPDX-License-Identifier: Apache-2.0
// What a folder of a bucket is remembered by: short, because thousands of them stand in one status, and many to a line.
import { createHash } from 'node:crypto';

/** Characters; 48 bits. Two of ten thousand folders meet once in several million buckets. */
export const folderHashLength = 8;
/** So many fill a line of an item well below its 1 KiB. */
export const hashesPerLine = 100;

export function folderHash(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, folderHashLength);
}

/** One behind the other, without anything in between. */
export function joinHashes(hashes: readonly string[]): string {
  return hashes.join('');
}

/** The opposite. A rest that is no whole hash is left out. */
export function splitHashes(text: string): string[] {
  return Array.from({ length: Math.floor(text.length / folderHashLength) }, (_, i) =>
    text.slice(i * folderHashLength, (i + 1) * folderHashLength),
  );
}
