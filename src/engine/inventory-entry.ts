// SPDX-License-Identifier: Apache-2.0
// One backup as it is told to those who have never seen it: whose it is, what it holds, who made it. From our manifest
// where there is one, else from the small meta file of the established tool, which says less.
import { OperatorError } from '../base/error.ts';
import type { Manifest } from '../format/manifest.ts';
import type { BackupFolder } from './catalog.ts';
import type { Engine } from './engine.ts';
import { readManifest } from './manifest-source.ts';
import { readScalars } from './scalars.ts';

/** Flat, because a line is cut by its longest texts. Throws BackupUnreadable. */
export async function describeBackup(engine: Engine, folder: BackupFolder): Promise<Record<string, unknown>> {
  const found = await readManifest(engine, folder);
  const facts = found
    ? { ...ofManifest(found.manifest), manifestDigest: found.sha256 }
    : await ofMeta(engine, folder);
  return { name: folder.name, state: 'Complete', ...facts };
}

function ofManifest(manifest: Manifest): Record<string, unknown> {
  const { collections, dropped, skipped, objects, source } = manifest;
  return {
    madeBy: manifest.runId,
    rows: collections.reduce((sum, { rows }) => sum + rows, 0),
    bytes: objects.bytes,
    objects: objects.count,
    startTime: manifest.startTime,
    endTime: manifest.endTime,
    milvusVersion: manifest.milvusVersion,
    engineVersion: manifest.engineVersion,
    formatVersion: String(manifest.v),
    consistencyTimestamp: manifest.consistencyTimestamp,
    total: collections.length + dropped.length + skipped.length,
    succeeded: collections.length,
    dropped: dropped.length,
    skipped: skipped.length,
    skippedFor: skipped[0]?.reason,
    ...source,
  };
}

/** Nothing in it says when it was made: when it was committed does. */
async function ofMeta(engine: Engine, folder: BackupFolder): Promise<Record<string, unknown>> {
  const scalars = await readScalars(engine, folder);
  if (scalars.format !== '') {
    throw new OperatorError(
      'BackupUnreadable',
      `format ${JSON.stringify(scalars.format)}: this version neither verifies nor restores it`,
    );
  }
  return {
    bytes: scalars.size,
    endTime: folder.committedAt === undefined ? undefined : new Date(folder.committedAt).toISOString(),
    milvusVersion: scalars.milvus_version === '' ? undefined : scalars.milvus_version,
  };
}
