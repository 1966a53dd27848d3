// SPDX-License-Identifier: Apache-2.0
// What our own manifest decides about a backup, where it has one: whether it is whole, and whether its meta files are
// those that were written.
import { OperatorError } from '../../base/error.ts';
import type { Manifest, ManifestDocument } from '../../format/manifest.ts';
import { metaFiles } from '../../format/paths.ts';
import type { BackupFolder } from '../catalog.ts';
import type { Engine } from '../engine.ts';
import { readManifest } from '../manifest-source.ts';
import { digestOf } from '../objects.ts';

/**
 * Undefined for a backup without a manifest of ours. Throws BackupUnreadable for level files that are not those that were
 * written; full_meta.json is judged by whoever reads it.
 */
export async function trustManifest(engine: Engine, folder: BackupFolder): Promise<Manifest | undefined> {
  const manifest = (await readManifest(engine, folder))?.manifest;
  for (const document of manifest?.metaFiles ?? []) {
    if (document.path === metaFiles.full) continue;
    const there = await digestOf(folder.store, folder.dir + document.path, engine.signal);
    assertDigest(folder, document, there?.sha256);
  }
  return manifest;
}

/** Throws BackupUnreadable for a partial backup that may not be used. */
export function assertWhole(
  folder: BackupFolder,
  manifest: Manifest | undefined,
  { allowPartial }: { allowPartial: boolean },
): void {
  if (manifest && manifest.skipped.length > 0 && !allowPartial) throw partial(folder, manifest);
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
  const what =
    found === undefined
      ? 'is missing, although the manifest of the backup names it'
      : `has SHA-256 ${found}, not ${sha256} as the manifest of the backup says: it was changed or damaged since`;
  throw new OperatorError('BackupUnreadable', `${store.label}: ${dir}${path} ${what}`);
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
