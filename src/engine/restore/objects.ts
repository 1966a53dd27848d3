// SPDX-License-Identifier: Apache-2.0
// Compares what lies in the backup's folders with what its meta names, before anything is created. Milvus imports
// whatever lies in a folder it is given, so an object too many is refused like one too few.
import { OperatorError } from '../../base/error.ts';
import { binlogsFolder, groupDir, l0Dir } from '../../format/paths.ts';
import type { ObjectInfo } from '../../store/contract.ts';
import type { LogCount, SourceCollection, SourceSegment } from './source-collection.ts';

/** Folder of one kind of a segment's logs, below the backup's folder, to what the meta names in it. */
export type ExpectedFolders = Map<string, { segment: bigint; expected: LogCount; found: LogCount }>;

/** What is wrong, and in which segment's folder; the caller finds the first missing key there. */
export type Finding =
  | { kind: 'missing'; dir: string; segment: bigint; expected: LogCount; found: LogCount }
  | { kind: 'extra'; key: string };

export function expectedFolders(collection: SourceCollection): ExpectedFolders {
  const folders: ExpectedFolders = new Map();
  const at = collection.meta.collection_id;
  for (const segment of collection.segments) {
    for (const kind of ['insert', 'delta'] as const) {
      const expected = segment[kind];
      if (expected.objects === 0) continue;
      folders.set(segmentDir(at, segment, kind), {
        segment: segment.id,
        expected,
        found: { objects: 0, bytes: 0 },
      });
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
export function importedFolders(folders: ExpectedFolders): Set<string> {
  return new Set([...folders.keys()].map((dir) => dir.slice(0, dir.lastIndexOf('/', dir.length - 2) + 1)));
}

/** Counts one object of a listing; `key` is below the backup's folder. An extra one is a finding. */
export function tallyObject(
  folders: ExpectedFolders,
  imported: ReadonlySet<string>,
  key: string,
  size: number,
): Finding | undefined {
  const folder = folders.get(logDir(key));
  if (folder) {
    folder.found.objects++;
    folder.found.bytes += size;
    return undefined;
  }
  return isBelow(imported, key) ? { kind: 'extra', key } : undefined;
}

/** insert: …/segment/field/log; delta: …/segment/log. */
function logDir(key: string): string {
  const dir = key.slice(0, key.lastIndexOf('/') + 1);
  return key.startsWith(`${binlogsFolder}insert_log/`)
    ? dir.slice(0, dir.lastIndexOf('/', dir.length - 2) + 1)
    : dir;
}

function isBelow(folders: ReadonlySet<string>, key: string): boolean {
  for (let end = key.lastIndexOf('/'); end > 0; end = key.lastIndexOf('/', end - 1)) {
    if (folders.has(key.slice(0, end + 1))) return true;
  }
  return false;
}

/** After the listing: the first folder that does not hold what the meta names. */
export function firstDifference(folders: ExpectedFolders): Finding | undefined {
  for (const [dir, { segment, expected, found }] of folders) {
    if (found.objects !== expected.objects || found.bytes !== expected.bytes) {
      return { kind: 'missing', dir, segment, expected, found };
    }
  }
  return undefined;
}

export function extraObject(where: string, key: string): OperatorError {
  return new OperatorError(
    'BackupUnreadable',
    `${where}${key} is not in the meta of the backup, but lies where Milvus would import it. ` +
      'Nothing was restored. Find out where it comes from; if it does not belong there, remove it.',
  );
}

/** Which of the logs that the meta names is not there, or not of its size. */
export function firstMissing(
  logs: Iterable<{ key: string; size: number }>,
  there: ReadonlyMap<string, ObjectInfo>,
): { key: string; size: number; found?: number } | undefined {
  for (const { key, size } of logs) {
    const found = there.get(key);
    if (!found) return { key, size };
    if (found.size !== size) return { key, size, found: found.size };
  }
  return undefined;
}
