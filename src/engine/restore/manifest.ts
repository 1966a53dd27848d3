// SPDX-License-Identifier: Apache-2.0
// What our own manifest adds to a backup, where it has one: digests of the meta files, and whether the backup is whole.
import { OperatorError } from '../../base/error.ts';
import { decodeManifest, type Manifest, type ManifestDocument } from '../../format/manifest.ts';
import { metaFiles, ownFiles } from '../../format/paths.ts';
import type { BackupFolder } from '../catalog.ts';
import type { Engine } from '../engine.ts';
import { digestOf, readSmall } from '../objects.ts';

/**
 * Undefined for a backup without a manifest of ours. Throws BackupUnreadable for a partial backup that may not be used
 * and for meta files that are not those that were written; full_meta.json is judged by whoever reads it.
 */
export async function readManifest(
  engine: Engine,
  folder: BackupFolder,
  { allowPartial }: { allowPartial: boolean },
): Promise<Manifest | undefined> {
  const { store, dir } = folder;
  if (!folder.marks.own.has(ownFiles.manifest)) return undefined;
  const found = await readSmall(store, dir + ownFiles.manifest, engine.signal);
  if (!found) return undefined;
  const manifest = decodeManifest(found.bytes.toString('utf8'), `${store.label} ${dir}${ownFiles.manifest}`);
  if (manifest.skipped.length > 0 && !allowPartial) throw partial(folder, manifest);
  for (const document of manifest.metaFiles) {
    if (document.path === metaFiles.full) continue;
    const there = await digestOf(store, dir + document.path, engine.signal);
    assertDigest(folder, document, there?.sha256);
  }
  return manifest;
}

/** What the manifest says of full_meta.json, against what was read. */
export function assertFullMeta(folder: BackupFolder, manifest: Manifest | undefined, sha256: string): void {
  const document = manifest?.metaFiles.find((d) => d.path === metaFiles.full);
  if (document) assertDigest(folder, document, sha256);
}

function assertDigest(
  { store, dir }: BackupFolder,
  { path, sha256 }: ManifestDocument,
  found: string | undefined,
): void {
  if (found === sha256) return;
  const what = found === undefined ? 'is missing' : `has SHA-256 ${found}, not ${sha256}`;
  throw new OperatorError(
    'BackupUnreadable',
    `${store.label}: ${dir}${path} ${what} as the manifest of the backup says: it was changed or damaged since. ` +
      'Nothing was restored.',
  );
}

function partial({ store, dir }: BackupFolder, { skipped }: Manifest): OperatorError {
  const names = skipped.slice(0, 5).map((s) => `${s.name} (${s.reason})`);
  const more = skipped.length > names.length ? ` and ${skipped.length - names.length} more` : '';
  return new OperatorError(
    'BackupUnreadable',
    `the backup in ${dir} of ${store.label} is partial: it lacks ${names.join(', ')}${more}. ` +
      'Restore what it holds with allowPartial, or another backup.',
  );
}
