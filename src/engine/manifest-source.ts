// SPDX-License-Identifier: Apache-2.0
// Our own account of a backup, and its list of objects as a stream. Backups of the established tool have neither.
import { OperatorError } from '../base/error.ts';
import { decodeManifest, manifestDigest, type Manifest } from '../format/manifest.ts';
import { readObjectParts } from '../format/manifest-parts.ts';
import { ownFiles } from '../format/paths.ts';
import type { BackupFolder } from './catalog.ts';
import type { Engine } from './engine.ts';
import type { ExpectedObject } from './expected.ts';
import { metaChunks } from './meta-source.ts';
import { readSmall } from './objects.ts';

export type StoredManifest = { manifest: Manifest; sha256: string };

/** Undefined if the backup has none. Throws BackupUnreadable. */
export async function readManifest(
  engine: Engine,
  folder: BackupFolder,
): Promise<StoredManifest | undefined> {
  const { store, dir, marks } = folder;
  if (!marks.own.has(ownFiles.manifest)) return undefined;
  const key = dir + ownFiles.manifest;
  const found = await readSmall(store, key, engine.signal);
  if (!found) throw new OperatorError('BackupUnreadable', `${key} is gone from ${store.label}`);
  const manifest = decodeManifest(found.bytes.toString('utf8'), `${store.label} ${key}`);
  return { manifest, sha256: manifestDigest(found.bytes) };
}

/** In key order, as it was written. Each part is checked against the manifest before it is believed. */
export function manifestObjects(
  engine: Engine,
  folder: BackupFolder,
  manifest: Manifest,
): AsyncIterable<ExpectedObject> {
  return readObjectParts(manifest.objects, (path) => metaChunks(engine, folder, path));
}
