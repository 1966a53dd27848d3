// SPDX-License-Identifier: Apache-2.0
// Names that we make up. They follow from an object alone, so that whoever decides anew arrives at the same ones, and
// they hold a piece of its UID, so that an object of another kind or a later one of the same name never meets its Jobs.
import { createHash } from 'node:crypto';
import type { MilvusBackup } from '../api/index.ts';

type Named = { metadata: { name: string; uid: string } };

/** A Job's name becomes a label's value (63 characters), and `-`, a letter and four digits come behind it. */
const longestBase = 57;
const hashLength = 8;

/** What the names of an object's Jobs begin with: at most 57 characters, legal as a host name. */
export function jobBase({ metadata: { name, uid } }: Named): string {
  const hash = createHash('sha256').update(`${uid}/${name}`).digest('hex').slice(0, hashLength);
  const readable = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, longestBase - hashLength - 1)
    .replaceAll(/^-+|-+$/g, '');
  return readable === '' ? hash : `${readable}-${hash}`;
}

/** Of an attempt `1`, of a cleanup or a deletion `c1`, of a check `k1`, of a listing `s1`. */
export function jobName(object: Named, suffix: string): string {
  return `${jobBase(object)}-${suffix}`;
}

const longestReadable = 100;

/** Name of the backup in its storage: as the spec says, or made from the object's name and UID. */
export function backupNameOf({ metadata, spec }: Pick<MilvusBackup, 'spec'> & Named): string {
  if (spec.backupName !== undefined) return spec.backupName;
  const legal = metadata.name.replaceAll(/[^A-Za-z0-9_]/g, '_').replace(/^(?=\d)/, 'b_');
  return `${legal.slice(0, longestReadable)}_${metadata.uid.slice(0, 8)}`;
}
