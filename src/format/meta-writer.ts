// SPDX-License-Identifier: Apache-2.0
// Writes the meta files as streams, byte for byte as the Go tool would (docs/backup-format.md 1.6, 2.3). Collections
// come from outside one at a time, as messages or as the text that was made of them before; each writer reads them once.
import { decode, piecesOf, type Codec } from './codec.ts';
import { parseJson } from './json.ts';
import {
  backupHeadMessage,
  backupScalarsMessage,
  backupTailMessage,
  collectionMessage,
  partitionMessage,
  segmentMessage,
} from './messages.ts';
import type { BackupMeta, CollectionMeta } from './meta.ts';

/** Texts are what `encodeCollection` gave, unchanged. */
export type CollectionSource = AsyncIterable<CollectionMeta | string> | Iterable<CollectionMeta | string>;

/** What a buffer holds at least, but for the last one. */
const bufferLength = 64 * 1024;

/** One collection as text; in pieces, since a large one may exceed what one text can hold. */
export function encodeCollection(collection: CollectionMeta): Generator<string> {
  return piecesOf(collectionMessage, collection);
}

/** full_meta.json: everything. Its presence makes the backup. */
export function writeFullMeta(header: BackupMeta, collections: CollectionSource): AsyncGenerator<Buffer> {
  return buffered(fullMetaPieces(header, collections));
}

/** backup_meta.json: the scalars of the backup alone. */
export function writeBackupMeta(header: BackupMeta): Buffer {
  return Buffer.from(backupScalarsMessage.encode(header));
}

/** collection_meta.json: collections with their partitions, but without any segments. */
export function writeCollectionLevel(collections: CollectionSource): AsyncGenerator<Buffer> {
  return buffered(
    levelPieces(collections, collectionMessage, (collection) => [
      {
        ...collection,
        partition_backups: collection.partition_backups.map((part) => ({ ...part, segment_backups: [] })),
        l0_segments: [],
      },
    ]),
  );
}

/** partition_meta.json: the partitions of all collections without segments. */
export function writePartitionLevel(collections: CollectionSource): AsyncGenerator<Buffer> {
  return buffered(
    levelPieces(collections, partitionMessage, (collection) =>
      collection.partition_backups.map((partition) => ({ ...partition, segment_backups: [] })),
    ),
  );
}

/** segment_meta.json: the segments of all partitions. Deletes of all partitions are in no level file. */
export function writeSegmentLevel(collections: CollectionSource): AsyncGenerator<Buffer> {
  return buffered(
    levelPieces(collections, segmentMessage, (collection) =>
      collection.partition_backups.flatMap((partition) => partition.segment_backups),
    ),
  );
}

async function* fullMetaPieces(header: BackupMeta, collections: CollectionSource): AsyncGenerator<string> {
  yield backupHeadMessage.encode(header).slice(0, -1);
  let separator = ',"collection_backups":[';
  for await (const collection of collections) {
    yield separator;
    separator = ',';
    if (typeof collection === 'string') yield collection;
    else yield* encodeCollection(collection);
  }
  if (separator === ',') yield ']';
  yield `,${backupTailMessage.encode(header).slice(1)}`;
}

/** `{"infos":[...]}`, or `{}` where there is nothing to list. */
async function* levelPieces<T>(
  collections: CollectionSource,
  codec: Codec<T>,
  elementsOf: (collection: CollectionMeta) => T[],
): AsyncGenerator<string> {
  let separator = '{"infos":[';
  for await (const item of collections) {
    for (const element of elementsOf(typeof item === 'string' ? decodeCollection(item) : item)) {
      yield separator;
      separator = ',';
      yield* piecesOf(codec, element);
    }
  }
  yield separator === ',' ? ']}' : '{}';
}

function decodeCollection(text: string): CollectionMeta {
  const file = 'the plan of a collection';
  return decode(collectionMessage, parseJson(text, file), file);
}

async function* buffered(pieces: AsyncIterable<string>): AsyncGenerator<Buffer> {
  let text = '';
  for await (const piece of pieces) {
    text += piece;
    if (text.length < bufferLength) continue;
    yield Buffer.from(text);
    text = '';
  }
  if (text !== '') yield Buffer.from(text);
}
