// SPDX-License-Identifier: Apache-2.0
// Compares what lies in the backup's folders with what its meta names, by counts per segment: a backup may hold millions
// of objects, and only the segments are known by name. Milvus imports whatever lies in a folder it is given, so an object
// too many is as bad as one too few. Pure.
import { binlogsFolder, groupDir, l0Dir } from '../../format/paths.ts';
import { liesIn } from '../expected.ts';
import type { LogCount, SourceCollection, SourceSegment } from './source-collection.ts';

export type SegmentFolder = { collection: bigint; expected: LogCount; found: LogCount };

/** Folder of one kind of a segment's logs, below the backup's folder, to what the meta names in it. */
export type SegmentFolders = Map<string, SegmentFolder>;

export type Difference = SegmentFolder & { dir: string };

export function segmentFolders(collections: readonly SourceCollection[]): SegmentFolders {
  const folders: SegmentFolders = new Map();
  for (const { meta, segments } of collections) {
    const collection = meta.collection_id;
    for (const segment of segments) {
      for (const kind of ['insert', 'delta'] as const) {
        const expected = segment[kind];
        if (expected.objects === 0) continue;
        const dir = segmentDir(collection, segment, kind);
        folders.set(dir, { collection, expected, found: { objects: 0, bytes: 0 } });
      }
    }
  }
  return folders;
}

function segmentDir(collection: bigint, segment: SourceSegment, kind: 'insert' | 'delta'): string {
  const { id, partition, group } = segment;
  if (partition === -1n) return l0Dir({ collection, partition, segment: id });
  const dir = groupDir(kind, { collection, partition, ...(group === 0n ? {} : { group }) });
  return `${dir}${id}/`;
}

/** The folders that Milvus is given: everything in them counts. */
export function importedFolders(folders: SegmentFolders): Set<string> {
  return new Set([...folders.keys()].map(parentOf));
}

/** Counts one object of a listing, `key` below the backup's folder. False: Milvus would import it, and no meta names it. */
export function countObject(
  folders: SegmentFolders,
  imported: ReadonlySet<string>,
  { key, size }: { key: string; size: number },
): boolean {
  const folder = folders.get(logFolder(key));
  if (!folder) return !liesIn(imported, key);
  folder.found.objects++;
  folder.found.bytes += size;
  return true;
}

/** insert: …/segment/field/log; delta: …/segment/log. */
function logFolder(key: string): string {
  const dir = key.slice(0, key.lastIndexOf('/') + 1);
  return key.startsWith(`${binlogsFolder}insert_log/`) ? parentOf(dir) : dir;
}

function parentOf(dir: string): string {
  return dir.slice(0, dir.lastIndexOf('/', dir.length - 2) + 1);
}

/** After the listing: the first folder that does not hold what the meta names. */
export function firstDifference(folders: SegmentFolders): Difference | undefined {
  for (const [dir, folder] of folders) {
    const { expected, found } = folder;
    if (found.objects !== expected.objects || found.bytes !== expected.bytes) return { dir, ...folder };
  }
  return undefined;
}

/** The folders of logs of these collections, in the order in which a store would list what lies in them. */
export function logPrefixes(collections: readonly SourceCollection[]): string[] {
  return ['delta', 'insert']
    .flatMap((kind) => collections.map((c) => `${binlogsFolder}${kind}_log/${c.meta.collection_id}/`))
    .sort((one, other) => (one < other ? -1 : 1));
}
