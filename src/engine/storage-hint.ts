// SPDX-License-Identifier: Apache-2.0
// What stands in a bucket instead of what was looked for: turns "it is not there" into "set rootPath to this".
import { messageOf } from '../base/error.ts';
import { segmentPrefix } from '../format/source-key.ts';
import type { SegmentInfo } from '../milvus/contract.ts';
import type { ObjectStore } from '../store/contract.ts';
import { firstObject, namesIn } from './listing.ts';

/** A hint, not a search: folders looked at per level, and root paths tried in all. */
const namesSeen = 50;
const rootsTried = 200;

/** Folders that hold logs which are nobody's root path: backups, and what restores staged. */
const notRoots = /(?:^|\/)binlogs\/$|^milvusbackup\.dev\/|^restore-temp-/;

/** One or two sentences about where the logs of `segment` stand, or what stands in the bucket at all. Never throws. */
export async function describeSurroundings(
  store: ObjectStore,
  segment: SegmentInfo,
  signal?: AbortSignal,
): Promise<string> {
  try {
    const roots = await candidateRoots(store, signal);
    const right = await findRoot(store, roots, segment, signal);
    if (right !== undefined) {
      return `They stand under the root path ${JSON.stringify(right)}: set milvus.storage.rootPath to that.`;
    }
    return await describeOthers(store, roots, signal);
  } catch (error) {
    signal?.throwIfAborted();
    return `Compare bucket and root path with the configuration of Milvus (the bucket cannot be listed: ${messageOf(error)}).`;
  }
}

/** The top of the bucket, its folders, and theirs; each as a root path without slashes at its ends. */
async function candidateRoots(store: ObjectStore, signal?: AbortSignal): Promise<string[]> {
  const folders = async (dir: string): Promise<string[]> =>
    (await namesIn(store, dir, namesSeen, signal))
      .filter((name) => name.endsWith('/') && !/^(?:insert|delta|stats)_log\/$/.test(name))
      .map((name) => dir + name)
      .filter((dir) => !notRoots.test(dir));
  const top = await folders('');
  const dirs = [...top];
  for (const dir of top) {
    if (dirs.length >= rootsTried) break;
    dirs.push(...(await folders(dir)));
  }
  return ['', ...dirs.map((dir) => dir.slice(0, -1))].slice(0, rootsTried);
}

async function findRoot(
  store: ObjectStore,
  roots: readonly string[],
  segment: SegmentInfo,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const at = { collection: segment.collectionId, partition: segment.partitionId, segment: segment.id };
  for (const root of roots) {
    if (await firstObject(store, segmentPrefix(root, 'insert', at), signal)) return root;
  }
  return undefined;
}

async function describeOthers(
  store: ObjectStore,
  roots: readonly string[],
  signal?: AbortSignal,
): Promise<string> {
  const others: string[] = [];
  for (const root of roots) {
    if (await firstObject(store, `${root === '' ? '' : `${root}/`}insert_log/`, signal)) others.push(root);
  }
  const names = await namesIn(store, '', 20, signal);
  const what = names.length === 0 ? 'the bucket is empty' : `at its top stand ${names.join(', ')}`;
  const logs =
    others.length === 0
      ? 'no root path in this bucket holds insert logs'
      : `insert logs of other collections stand under ${others.map((root) => JSON.stringify(root)).join(', ')}`;
  return (
    `They are nowhere in this bucket: ${logs}; ${what}. ` +
    'Milvus writes to another bucket or endpoint: compare with minio.bucketName, minio.address and minio.rootPath in its configuration.'
  );
}
