// SPDX-License-Identifier: Apache-2.0
// What a backup says of itself in a few words: id, name, size, version, format. From the small meta/backup_meta.json;
// only where that is missing or damaged from meta/full_meta.json, which has to be read to its end for it.
import { hasReason, OperatorError } from '../base/error.ts';
import { readBackupMeta, readFullMeta } from '../format/full-meta-reader.ts';
import type { BackupScalars } from '../format/messages.ts';
import { metaFiles } from '../format/paths.ts';
import type { BackupFolder } from './catalog.ts';
import type { Engine } from './engine.ts';
import { readSmall } from './objects.ts';

/** Throws BackupUnreadable if neither file says it. */
export async function readScalars(engine: Engine, folder: BackupFolder): Promise<BackupScalars> {
  try {
    return await readSmallMeta(engine, folder);
  } catch (error) {
    if (!hasReason(error, 'BackupUnreadable') || !folder.marks.meta.has(metaFiles.full)) throw error;
    return readHeader(engine, folder);
  }
}

/** The same from the small file alone; throws BackupUnreadable where that cannot say it. */
export async function readSmallMeta(engine: Engine, { store, dir }: BackupFolder): Promise<BackupScalars> {
  const key = dir + metaFiles.backup;
  const found = await readSmall(store, key, engine.signal);
  if (!found) throw new OperatorError('BackupUnreadable', `${key} is not in ${store.label}`);
  return readBackupMeta(found.bytes.toString('utf8'), key);
}

async function readHeader(engine: Engine, { store, dir }: BackupFolder): Promise<BackupScalars> {
  const key = dir + metaFiles.full;
  const found = await store.get(key, {}, engine.signal);
  if (!found) throw new OperatorError('BackupUnreadable', `${key} is not in ${store.label}`);
  for await (const item of readFullMeta(found.body, { file: key, segments: 'summary' })) {
    if (item.kind === 'header') return item.header;
  }
  throw new OperatorError('BackupUnreadable', `${key} ends without its header`);
}
