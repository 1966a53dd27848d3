// SPDX-License-Identifier: Apache-2.0
// Run by million-binlogs.test.ts in a process of its own with little memory: a million binlog entries in one collection
// are read, and 200,000 in a hundred collections are written and read. Prints what was counted.
import { collectFullMeta } from '../../../src/format/full-meta-reader.ts';
import { backupMessage, collectionMessage, segmentMessage } from '../../../src/format/messages.ts';
import type { CollectionMeta, SegmentMeta } from '../../../src/format/meta.ts';
import { writeFullMeta } from '../../../src/format/meta-writer.ts';
import type { ReadBackup } from '../../../src/format/read-model.ts';

const base = 449885215365432000n;

function segmentOf(collection_id: bigint, number: number): SegmentMeta {
  const binlogs = Array.from({ length: 1000 }, (_, log) => ({
    log_path: `files/insert_log/${collection_id}/${base}/${base + BigInt(number)}/101/${base + BigInt(log)}`,
    log_size: 1,
    log_id: base + BigInt(log),
  }));
  return {
    ...segmentMessage.zero(),
    collection_id,
    partition_id: base,
    segment_id: base + BigInt(number),
    binlogs: [{ fieldID: 101n, binlogs }],
  };
}

function collectionOf(number: number, segments: number): CollectionMeta {
  const collection_id = base + BigInt(number);
  return {
    ...collectionMessage.zero(),
    collection_id,
    collection_name: `c${number}`,
    partition_backups: [
      {
        partition_id: base,
        partition_name: '_default',
        collection_id,
        segment_backups: Array.from({ length: segments }, (_, segment) => segmentOf(collection_id, segment)),
        size: 0,
        load_state: '',
      },
    ],
  };
}

function* collections(): Generator<CollectionMeta> {
  for (let number = 0; number < 100; number++) yield collectionOf(number, 2);
}

/** One collection that no process of this size could hold. */
async function* oneLargeCollection(): AsyncGenerator<Buffer> {
  const text = [...collectionMessage.pieces!(collectionOf(0, 1))].join('');
  const segment = segmentMessage.encode(segmentOf(base, 0));
  const [before = '', behind = ''] = text.split(segment);
  yield Buffer.from(`{"collection_backups":[${before}`);
  for (let number = 0; number < 1000; number++) {
    if (number > 0) yield Buffer.from(',');
    yield Buffer.from(segment.replace(`"segment_id":${base}`, `"segment_id":${base + BigInt(number)}`));
  }
  yield Buffer.from(`${behind}]}`);
}

function countOf({ collections }: ReadBackup): number {
  const segments = collections.flatMap((collection) =>
    collection.partition_backups.flatMap((partition) => partition.segment_backups),
  );
  return segments.reduce((sum, segment) => sum + segment.counts.insert.objects, 0);
}

const options = { file: 'full_meta.json', segments: 'summary' } as const;
const large = await collectFullMeta(oneLargeCollection(), options);
const many = await collectFullMeta(writeFullMeta(backupMessage.zero(), collections()), options);
process.stdout.write(JSON.stringify([countOf(large), countOf(many)]));
