// SPDX-License-Identifier: Apache-2.0
// Lists the backup's objects against its meta. Counts only, so that a million objects need no memory; the meta is read a
// second time, with its binlogs, only to name what is missing.
import { OperatorError } from '../../base/error.ts';
import { readFullMeta } from '../../format/full-meta-reader.ts';
import { binlogsFolder, metaFiles } from '../../format/paths.ts';
import type { ObjectInfo } from '../../store/contract.ts';
import { logsOf, segmentsOf } from '../backup-copy.ts';
import type { Engine } from '../engine.ts';
import {
  expectedFolders,
  extraObject,
  firstDifference,
  firstMissing,
  importedFolders,
  tallyObject,
  type Finding,
} from './objects.ts';
import type { BackupSource } from './source.ts';
import type { SourceCollection } from './source-collection.ts';
import { objectsBelow } from './stage.ts';

/** Throws ObjectMissing or BackupUnreadable naming the first object that is missing or too many. */
export async function checkObjects(
  engine: Engine,
  source: BackupSource,
  collection: SourceCollection,
): Promise<void> {
  const folders = expectedFolders(collection);
  const imported = importedFolders(folders);
  for (const kind of ['insert', 'delta']) {
    const prefix = `${source.dir}${binlogsFolder}${kind}_log/${collection.meta.collection_id}/`;
    for await (const { key, size } of objectsBelow(source.store, prefix, engine.signal)) {
      const extra = tallyObject(folders, imported, key.slice(source.dir.length), size);
      if (extra?.kind === 'extra') throw extraObject(`${source.store.label} ${source.dir}`, extra.key);
    }
  }
  const difference = firstDifference(folders);
  if (difference?.kind === 'missing') throw await objectMissing(engine, source, collection, difference);
}

async function objectMissing(
  engine: Engine,
  source: BackupSource,
  collection: SourceCollection,
  { dir, segment, expected, found }: Extract<Finding, { kind: 'missing' }>,
): Promise<OperatorError> {
  const there = new Map<string, ObjectInfo>();
  for await (const object of objectsBelow(source.store, source.dir + dir, engine.signal)) {
    there.set(object.key.slice(source.dir.length), object);
  }
  const logs = await namedLogs(engine, source, collection.meta.collection_id, segment);
  const missing = firstMissing(
    logs.filter((log) => log.key.startsWith(dir)),
    there,
  );
  const counts = `${dir} should hold ${expected.objects} objects of ${expected.bytes} bytes and holds ${found.objects} of ${found.bytes}`;
  const first = missing
    ? `${source.dir}${missing.key} ${missing.found === undefined ? 'is missing' : `has ${missing.found} bytes instead of ${missing.size}`}`
    : counts;
  return new OperatorError(
    'ObjectMissing',
    `${source.store.label}: ${first} (segment ${segment} of ${collection.database}.${collection.name}; ${counts}). ` +
      'The backup is damaged; nothing was restored. Restore another backup, or exclude this collection.',
  );
}

/** The logs of one segment as the meta names them; none where only level files are left. */
async function namedLogs(
  engine: Engine,
  source: BackupSource,
  collectionId: bigint,
  segmentId: bigint,
): Promise<{ key: string; size: number }[]> {
  const found = await source.store.get(source.dir + metaFiles.full, {}, engine.signal);
  if (!found) return [];
  const options = { file: metaFiles.full, segments: 'full' } as const;
  for await (const item of readFullMeta(found.body, options)) {
    if (item.kind !== 'collection' || item.collection.collection_id !== collectionId) continue;
    const segment = segmentsOf(item.collection).find((s) => s.segment_id === segmentId);
    return segment ? [...logsOf(segment)] : [];
  }
  return [];
}
