// SPDX-License-Identifier: Apache-2.0
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collectFullMeta, readBackupMeta, readFullMeta } from '../../../src/format/full-meta-reader.ts';
import { readLevelFiles } from '../../../src/format/level-files-reader.ts';
import { backupMessage } from '../../../src/format/messages.ts';
import type { BackupMeta, CollectionMeta } from '../../../src/format/meta.ts';
import {
  writeBackupMeta,
  writeCollectionLevel,
  writeFullMeta,
  writePartitionLevel,
  writeSegmentLevel,
} from '../../../src/format/meta-writer.ts';
import type { ReadBackup, ReadCollection } from '../../../src/format/read-model.ts';
import { chunksOf, textOf } from './chunks.ts';
import { collectionOf, fullCollection, ids, metaArbitraries, segmentOf } from './meta-samples.ts';

const header: BackupMeta = {
  ...backupMessage.zero(),
  id: 'task',
  name: 'b',
  size: 33,
  milvus_version: '2.6.1',
};
const full = { file: 'full_meta.json', segments: 'full' } as const;
const summary = { file: 'full_meta.json', segments: 'summary' } as const;

/** What was read, without what reading adds. */
function plain(collection: ReadCollection): CollectionMeta {
  const strip = ({ counts: _counts, ...segment }: ReadCollection['l0_segments'][number]): object => segment;
  return {
    ...collection,
    partition_backups: collection.partition_backups.map((partition) => ({
      ...partition,
      segment_backups: partition.segment_backups.map(strip),
    })),
    l0_segments: collection.l0_segments.map(strip),
  } as CollectionMeta;
}

const read = (text: string, length?: number): Promise<ReadBackup> =>
  collectFullMeta(chunksOf(text, length), full);

/** A backup of one collection with one partition whose parts are given as JSON. */
const segmentText = `{"segment_id":3,"collection_id":1,"partition_id":2,"size":0}`;
const backupText = (
  over: { collection?: string; partition?: string; segments?: string; more?: string } = {},
): string =>
  '{"state_code":0,"name":"b","collection_backups":[' +
  `{"collection_id":1,"collection_name":"c","partition_backups":[{"partition_id":2,"partition_name":"p",` +
  `"collection_id":1,"segment_backups":[${over.segments ?? segmentText}],"size":0${over.partition ?? ''}}],` +
  `"size":0,"has_index":false${over.collection ?? ''}}${over.more ?? ''}],"size":0}`;

describe('reading full_meta.json', () => {
  it('gives back what was written, however it is cut', async () => {
    const text = await textOf(
      writeFullMeta({ ...header, rbac_meta: { users: [] } }, [
        fullCollection,
        collectionOf({ collection_id: 5n, partition_backups: [] }),
      ]),
    );
    for (const length of [1, 2, 3, 1000, 1_000_000]) {
      const found = await read(text, length);
      expect(found.header).toEqual({ ...header, rbac_meta: { users: [] } });
      expect(plain(found.collections[0]!)).toEqual(fullCollection);
      expect(found.collections).toHaveLength(2);
    }
  });

  it('yields collections first and the header last', async () => {
    const kinds: string[] = [];
    const chunks = writeFullMeta(header, [
      collectionOf(),
      collectionOf({ collection_id: 5n, partition_backups: [] }),
    ]);
    for await (const item of readFullMeta(chunks, summary)) kinds.push(item.kind);
    expect(kinds).toEqual(['collection', 'collection', 'header']);
  });

  it('counts, and keeps no entries in a summary', async () => {
    const text = await textOf(writeFullMeta(header, [fullCollection]));
    const [kept] = (await read(text)).collections;
    const [counted] = (await collectFullMeta(chunksOf(text), summary)).collections;
    const segment = counted!.partition_backups[0]!.segment_backups[0]!;
    expect(segment.counts).toEqual({ insert: { objects: 2, bytes: 30 }, delta: { objects: 1, bytes: 3 } });
    expect(segment).toMatchObject({ binlogs: [], deltalogs: [], num_of_rows: 100, segment_id: ids.segment });
    expect(kept!.partition_backups[0]!.segment_backups[0]!.counts).toEqual(segment.counts);
    expect(counted!.l0_segments[0]!.counts).toEqual({
      insert: { objects: 0, bytes: 0 },
      delta: { objects: 1, bytes: 3 },
    });
  });

  it('reads any order of keys, any case, null and white space', async () => {
    const text = `\n{ "SIZE":0, "Format":null, "Collection_Backups": [ {"size":1,"L0_Segments":null,
      "Partition_Backups":[{"Segment_Backups":[{"Deltalogs":[{}, null],"binlogs":[{"FIELDID":100,"binlogs":[null,{"log_size":5}]}],
      "collection_id":1,"partition_id":2}],"partition_name":"p","partition_id":2,"collection_id":1}],
      "collection_name":"c","collection_id":1, "unknown": [[{"binlogs":[1.5]}]], "aliases":["a"]} ],"other":{"a":[{}]} }\n`;
    const { collections } = await read(text);
    expect(collections[0]).toMatchObject({ aliases: ['a'], size: 1 });
    const segment = collections[0]!.partition_backups[0]!.segment_backups[0]!;
    expect(segment.counts).toEqual({ insert: { objects: 2, bytes: 5 }, delta: { objects: 0, bytes: 0 } });
    expect(segment.deltalogs).toHaveLength(2);
    expect(segment.binlogs[0]!.binlogs[0]).toEqual({ log_path: '', log_size: 0, log_id: 0n });
  });

  it('reads an empty backup', async () => {
    expect(await read('{}')).toEqual({ header: backupMessage.zero(), collections: [] });
    expect((await read('{"collection_backups":null}')).collections).toEqual([]);
  });

  it('gives back whatever consistent trees were written', async () => {
    await fc.assert(
      fc.asyncProperty(
        metaArbitraries.backup,
        fc.array(metaArbitraries.consistentCollection, { maxLength: 3 }),
        async (backup, trees) => {
          const collections = trees.map((tree, index) => ({ ...tree, collection_name: `c${index}` }));
          const ids = new Set(collections.map((tree) => tree.collection_id));
          fc.pre(ids.size === collections.length);
          const text = await textOf(writeFullMeta({ ...backup, name: 'b' }, collections));
          const found = await read(text, 11);
          expect(found.header).toEqual({ ...backup, name: 'b' });
          expect(found.collections.map(plain)).toEqual(collections);
        },
      ),
      { numRuns: 50 },
    );
  });
});

const unreadable = (text: string | RegExp): unknown =>
  expect.objectContaining({
    reason: 'BackupUnreadable',
    message: typeof text === 'string' ? expect.stringContaining(text) : expect.stringMatching(text),
  });

describe('a file that is not whole', () => {
  it('is refused wherever it ends', async () => {
    const text = await textOf(writeFullMeta(header, [fullCollection]));
    for (let length = 0; length < text.length; length += 97) {
      await expect(read(text.slice(0, length), 512)).rejects.toThrow(unreadable(/full_meta\.json.*byte/));
    }
    await expect(read(text.slice(0, -1))).rejects.toThrow(unreadable('ends too early'));
  });

  it.each(['', '[]', 'null', '12', '"x"', '{} {}', '{"a":}', '{"size":0,}', '\uFEFF{}', '{"a":"\u0001"}'])(
    'nor %j',
    async (text) => {
      await expect(read(text)).rejects.toThrow(unreadable('full_meta.json'));
    },
  );

  it('names the byte near which it is broken', async () => {
    const text = `{"id":"${'x'.repeat(40_000)}","state_code":0 "name":"b"}`;
    await expect(read(text, 100_000)).rejects.toThrow(unreadable('at or shortly after byte 32768'));
  });

  it('is refused if it is not UTF-8', async () => {
    const bytes = Buffer.concat([Buffer.from('{"id":"'), Buffer.from([0xff]), Buffer.from('"}')]);
    async function* chunks(): AsyncGenerator<Buffer> {
      yield bytes;
    }
    await expect(collectFullMeta(chunks(), full)).rejects.toThrow(unreadable('full_meta.json'));
  });

  it('is refused when nested without end', async () => {
    await expect(read(`{"x":${'['.repeat(10_000)}`)).rejects.toThrow(unreadable('nested deeper'));
  });
});

describe('a file that has been tampered with', () => {
  it.each<[string, string, string]>([
    [
      'a quoted number',
      backupText({ collection: ',"shards_num":"1"' }),
      '.collection_backups[0].shards_num: found the text "1"',
    ],
    [
      'a list of numbers',
      backupText({ segments: '1' }),
      '.collection_backups[0].partition_backups[0].segment_backups[0]: found the number 1, expected an object',
    ],
    [
      'an object for a list',
      '{"collection_backups":{}}',
      '.collection_backups: found an object, expected a list',
    ],
    [
      'a list twice',
      '{"collection_backups":[],"collection_backups":[]}',
      '.collection_backups: found twice, expected once',
    ],
    [
      'a negative size',
      backupText({ partition: ',"size":-1' }),
      '.partition_backups[0].size: found the number -1',
    ],
    [
      'a negative log',
      backupText({ segments: '{"binlogs":[{},{"binlogs":[{"log_size":-5}]}]}' }),
      '.segment_backups[0].binlogs[1].binlogs[0].log_size: found the number -5, expected an integer from 0',
    ],
    [
      'a traversing log',
      backupText({ segments: '{"deltalogs":[{"binlogs":[{"log_path":"a/../b"}]}]}' }),
      'log_path "a/../b"',
    ],
    ['an unknown format', '{"format":"snapshot"}', 'the format "snapshot" is not known to this version'],
    [
      'a snapshot',
      backupText({ collection: ',"snapshot_backup":{"metadata_path":"x"}' }),
      'the format "snapshot"',
    ],
    ['a traversing backup name', '{"name":"../x"}', 'the backup name "../x"'],
    [
      'a traversing collection name',
      backupText({ collection: ',"collection_name":"../x"' }),
      'the collection name "../x"',
    ],
    [
      'an empty collection name',
      backupText({ collection: ',"collection_name":""' }),
      'the collection name "" is empty',
    ],
    ['a traversing database name', backupText({ collection: ',"db_name":"a/b"' }), 'the database name "a/b"'],
    [
      'a traversing partition name',
      backupText({ partition: String.raw`,"partition_name":"a\\b"` }),
      'the partition name',
    ],
    [
      'a negative id',
      backupText({ collection: ',"collection_id":-1,"partition_backups":null' }),
      'the collection id -1 is negative',
    ],
    [
      'a partition of another',
      backupText({ partition: ',"collection_id":9' }),
      'partition 2 says it belongs to collection 9, but stands in 1',
    ],
    [
      'a segment of another',
      backupText({ segments: '{"segment_id":3,"collection_id":9,"partition_id":2}' }),
      'segment 3 says it belongs to collection 9, partition 2',
    ],
    [
      'a segment elsewhere',
      backupText({ segments: '{"segment_id":3,"collection_id":1,"partition_id":-1}' }),
      'segment 3 says it belongs to collection 1, partition -1',
    ],
    [
      'a segment twice',
      backupText({ segments: `${segmentText},${segmentText}` }),
      'the segment id 3 is there twice',
    ],
    [
      'a negative group',
      backupText({ segments: segmentText.replace('}', ',"group_id":-3}') }),
      'negative group -3',
    ],
    [
      'an L0 segment of a partition',
      backupText({ collection: `,"l0_segments":[${segmentText.replace('3', '4')}]` }),
      'segment 4 says it belongs to collection 1, partition 2, but stands in collection 1, partition -1',
    ],
    [
      'an id twice',
      backupText({ more: ',{"collection_id":1,"collection_name":"d"}' }),
      'the collection id 1 is there twice',
    ],
    [
      'a name twice',
      backupText({ more: ',{"collection_id":7,"collection_name":"c","db_name":"default"}' }),
      'the name default.c is there twice',
    ],
  ])('%s', async (_name, text, message) => {
    await expect(read(text)).rejects.toThrow(unreadable(message));
    await expect(collectFullMeta(chunksOf(text), summary)).rejects.toThrow(unreadable(message));
  });

  it('is not suspected for a partition name with a dot, which no pattern ever names', async () => {
    expect((await read(backupText({ partition: ',"partition_name":"2026.01"' }))).collections).toHaveLength(
      1,
    );
  });

  it('fails for no other reason', async () => {
    expect((await read(backupText())).collections).toHaveLength(1);
  });

  it('never fails otherwise than as unreadable', async () => {
    const text = backupText({
      collection: ',"l0_segments":[],"aliases":["a"],"schema":{"fields":[{"fieldID":1}]}',
    });
    const edit = fc.record({
      at: fc.nat(text.length),
      cut: fc.nat(6),
      put: fc.constantFrom('', '"', '{', ']', '-', '1', ',', 'null', '\\', '..'),
    });
    await fc.assert(
      fc.asyncProperty(edit, async ({ at, cut, put }) => {
        const changed = text.slice(0, at) + put + text.slice(at + cut);
        try {
          await read(changed, 64);
        } catch (error) {
          expect(error).toMatchObject({ reason: 'BackupUnreadable' });
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('level files', () => {
  const collections = [
    { ...fullCollection, l0_segments: [] },
    collectionOf({ collection_id: 5n, partition_backups: [], size: 0 }),
  ];
  const files = async (): Promise<Parameters<typeof readLevelFiles>[0]> => ({
    backup: chunksOf(writeBackupMeta(header).toString()),
    collection: chunksOf(await textOf(writeCollectionLevel(collections))),
    partition: chunksOf(await textOf(writePartitionLevel(collections))),
    segment: chunksOf(await textOf(writeSegmentLevel(collections))),
  });
  const options = { file: 'backup/b/', segments: 'full' } as const;

  it('rebuild the tree', async () => {
    const found = await readLevelFiles(await files(), options);
    expect(found.header).toEqual(header);
    expect(found.collections.map(plain)).toEqual(collections);
  });

  it('sum sizes again', async () => {
    const changed = {
      ...(await files()),
      segment: chunksOf(
        `{"infos":[${JSON.stringify({ size: 7 }).replace('{', `{"segment_id":1,"collection_id":${ids.collection},"partition_id":${ids.partition},`)}]}`,
      ),
    };
    const found = await readLevelFiles(changed, options);
    expect([
      found.header.size,
      found.collections[0]!.size,
      found.collections[0]!.partition_backups[0]!.size,
    ]).toEqual([7, 7, 7]);
  });

  it.each<[string, 'partition' | 'segment', string]>([
    ['partition', 'partition', '{"infos":[{"partition_id":8,"collection_id":9}]}'],
    ['segment', 'segment', '{"infos":[{"segment_id":7,"partition_id":8,"collection_id":9}]}'],
  ])('refuse a %s without its owner', async (_name, level, text) => {
    const changed = { ...(await files()), [level]: chunksOf(text) };
    await expect(readLevelFiles(changed, options)).rejects.toThrow(
      unreadable(`backup/b/meta/${level}_meta.json`),
    );
  });

  it('refuse an unknown format', async () => {
    const changed = { ...(await files()), backup: chunksOf('{"format":"snapshot"}') };
    await expect(readLevelFiles(changed, options)).rejects.toThrow(
      unreadable('backup/b/meta/backup_meta.json: the format'),
    );
  });

  it('may be empty', async () => {
    const empty = {
      backup: chunksOf('{}'),
      collection: chunksOf('{}'),
      partition: chunksOf('{}'),
      segment: chunksOf('{"infos":null}'),
    };
    expect(await readLevelFiles(empty, options)).toEqual({ header: backupMessage.zero(), collections: [] });
  });
});

describe('backup_meta.json', () => {
  it('is read alone for a list', () => {
    expect(readBackupMeta('{"name":"b","state_code":2,"size":3,"format":"snapshot"}', 'f')).toEqual({
      id: '',
      state_code: 2,
      name: 'b',
      size: 3,
      milvus_version: '',
      format: 'snapshot',
    });
  });
});

it('keeps segments of several groups apart', async () => {
  const partition = collectionOf().partition_backups[0]!;
  const old = segmentOf({ group_id: 0n, segment_id: 1n });
  const text = await textOf(
    writeFullMeta(header, [
      collectionOf({ partition_backups: [{ ...partition, segment_backups: [old, segmentOf()] }] }),
    ]),
  );
  const segments = (await read(text)).collections[0]!.partition_backups[0]!.segment_backups;
  expect(segments.map((segment) => segment.group_id)).toEqual([0n, ids.segment]);
});
