// SPDX-License-Identifier: Apache-2.0
// Is the bucket and root path that we were given really where Milvus writes? The commonest mistake there is: a wrong
// root path made backups without data that called themselves a success (docs: troubleshooting). The question is settled
// by one persistent segment whose insert logs either stand there or do not. Reads only; nothing is written anywhere.
import { hasReason, OperatorError } from '../base/error.ts';
import { segmentPrefix } from '../format/source-key.ts';
import type { CollectionRef, MilvusClient, SegmentInfo } from '../milvus/contract.ts';
import type { ObjectInfo, ObjectStore } from '../store/contract.ts';
import type { Engine } from './engine.ts';
import { firstObject } from './listing.ts';
import { describeSurroundings } from './storage-hint.ts';

/** Where Milvus is said to keep its data, and the Milvus and the collections that settle it. */
export type StorageQuestion = {
  store: ObjectStore;
  rootPath: string;
  milvus: MilvusClient;
  collections: readonly CollectionRef[];
  signal?: AbortSignal;
};

/** A persistent segment that has rows, and what its collection is called. */
export type KnownSegment = { collection: string; segment: SegmentInfo };

/** One insert log that was found where it should be; undefined if Milvus has no persistent segment to look for. */
export type Sample = KnownSegment & { log: ObjectInfo };

/** Collections without persistent rows are passed over; after this many the answer is 'no-segments'. */
const collectionsAsked = 1000;
/** A single segment may just have been compacted away; this many misses in different places are no accident. */
const missesBelieved = 3;
const segmentsTried = 3;

/** For preflights: throws StorageMismatch, or says whether there was anything to look for. */
export async function checkStorageMatch(
  engine: Engine,
  milvus: MilvusClient,
  collections: readonly CollectionRef[],
): Promise<'matches' | 'no-segments'> {
  const { rootPath } = engine.config.milvus.storage;
  return findStorageMismatch({
    store: engine.milvusStore(),
    rootPath,
    milvus,
    collections,
    signal: engine.signal,
  });
}

/** The same for a store and a root path of the caller's choice. */
export async function findStorageMismatch(question: StorageQuestion): Promise<'matches' | 'no-segments'> {
  return (await findSample(question)) ? 'matches' : 'no-segments';
}

/** Looks for an insert log of a persistent segment. Throws StorageMismatch if there are such segments but no logs. */
export async function findSample(question: StorageQuestion): Promise<Sample | undefined> {
  const missing: KnownSegment[] = [];
  for (const collection of question.collections.slice(0, collectionsAsked)) {
    question.signal?.throwIfAborted();
    const found = await lookInto(question, collection);
    if (found.sample) return found.sample;
    if (found.missing) missing.push(found.missing);
    if (missing.length >= missesBelieved) break;
  }
  if (missing[0]) throw await mismatch(question, missing[0]);
  return undefined;
}

type Finding = { sample?: Sample; missing?: KnownSegment };

async function lookInto(question: StorageQuestion, collection: CollectionRef): Promise<Finding> {
  const { milvus, store, signal } = question;
  const name = `${collection.database}.${collection.name}`;
  const segments = await persistentSegments(milvus, collection);
  for (const segment of segments.slice(0, segmentsTried)) {
    const log = await firstObject(store, logsOf(question, segment), signal);
    if (log) return { sample: { collection: name, segment, log } };
  }
  if (segments.length === 0) return {};
  // Compaction may have replaced them meanwhile: only what Milvus still names is missed.
  const still = new Set((await persistentSegments(milvus, collection)).map((segment) => segment.id));
  const missed = segments.slice(0, segmentsTried).find((segment) => still.has(segment.id));
  return missed ? { missing: { collection: name, segment: missed } } : {};
}

/** Empty also for a collection that was dropped or kept changing while it was asked about. */
async function persistentSegments(milvus: MilvusClient, collection: CollectionRef): Promise<SegmentInfo[]> {
  try {
    const segments = await milvus.listSegments(collection);
    return segments.filter((segment) => segment.state === 'Flushed' && segment.rows > 0 && !segment.isL0);
  } catch (error) {
    if (hasReason(error, 'CollectionChanging')) return [];
    if (hasReason(error, 'MilvusError') && !(await milvus.describeCollection(collection))) return [];
    throw error;
  }
}

function logsOf({ rootPath }: StorageQuestion, segment: SegmentInfo): string {
  const at = { collection: segment.collectionId, partition: segment.partitionId, segment: segment.id };
  return segmentPrefix(rootPath, 'insert', at);
}

async function mismatch(question: StorageQuestion, missing: KnownSegment): Promise<OperatorError> {
  const { segment, collection } = missing;
  const { store, signal } = question;
  return new OperatorError(
    'StorageMismatch',
    `Milvus says that segment ${segment.id} of ${collection} holds ${segment.rows} rows, but no insert log of it stands ` +
      `under ${logsOf(question, segment)} in ${store.label}. ${await describeSurroundings(store, segment, signal)}`,
  );
}
