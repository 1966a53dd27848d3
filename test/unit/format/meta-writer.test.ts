// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { backupMessage } from '../../../src/format/messages.ts';
import type { BackupMeta, CollectionMeta } from '../../../src/format/meta.ts';
import {
  encodeCollection,
  writeBackupMeta,
  writeCollectionLevel,
  writeFullMeta,
  writePartitionLevel,
  writeSegmentLevel,
} from '../../../src/format/meta-writer.ts';
import { textOf } from './chunks.ts';
import { collectionOf, fullCollection, segmentOf } from './meta-samples.ts';

const header: BackupMeta = {
  ...backupMessage.zero(),
  id: 'task',
  name: 'b',
  size: 66,
  milvus_version: 'v2.6.1',
  rbac_meta: {},
  database_backups: [{ db_name: 'default', db_id: 1n, properties: [] }],
};

const one = '{"collection_id":1,"collection_name":"a","size":0,"has_index":false}';
const bare = (id: bigint, name: string): CollectionMeta => ({
  ...collectionOf({ collection_id: id, collection_name: name }),
  db_name: '',
  shards_num: 0,
  partition_backups: [],
  size: 0,
});
const encoded = (collection: CollectionMeta): string => [...encodeCollection(collection)].join('');

describe('full_meta.json', () => {
  it('has collections between the scalars', async () => {
    expect(await textOf(writeFullMeta(header, [bare(1n, 'a'), bare(2n, 'b')]))).toBe(
      `{"id":"task","state_code":0,"name":"b","collection_backups":[${one},` +
        '{"collection_id":2,"collection_name":"b","size":0,"has_index":false}],"size":66,"milvus_version":"v2.6.1",' +
        '"rbac_meta":{},"database_backups":[{"db_name":"default","db_id":1}]}',
    );
  });

  it('leaves out an empty list', async () => {
    expect(await textOf(writeFullMeta(backupMessage.zero(), []))).toBe('{"state_code":0,"size":0}');
  });

  it('takes texts for collections', async () => {
    const collections = [fullCollection, bare(2n, 'b')];
    const whole = await textOf(writeFullMeta(header, collections));
    expect(await textOf(writeFullMeta(header, collections.map(encoded)))).toBe(whole);
  });
});

describe('level files', () => {
  it('backup_meta.json holds scalars only', () => {
    expect(writeBackupMeta(header).toString()).toBe(
      '{"id":"task","state_code":0,"name":"b","size":66,"milvus_version":"v2.6.1"}',
    );
  });

  it.each([writeCollectionLevel, writePartitionLevel, writeSegmentLevel])(
    'are {} when empty',
    async (write) => {
      expect(await textOf(write([]))).toBe('{}');
    },
  );

  it('collection_meta.json keeps partitions but no segments', async () => {
    const text = await textOf(writeCollectionLevel([fullCollection]));
    expect(text).toMatch(/^\{"infos":\[\{"id":"a-task"/);
    expect(text).toContain(
      '"partition_backups":[{"partition_id":449885215365432102,"partition_name":"_default"',
    );
    expect(text).not.toMatch(/segment_backups|l0_segments|binlogs/);
  });

  it('partition_meta.json holds partitions without segments', async () => {
    expect(await textOf(writePartitionLevel([bare(1n, 'a'), collectionOf()]))).toBe(
      '{"infos":[{"partition_id":449885215365432102,"partition_name":"_default",' +
        '"collection_id":449885215365432101,"size":33,"load_state":"Loaded"}]}',
    );
  });

  it('segment_meta.json holds segments of partitions only', async () => {
    const text = await textOf(writeSegmentLevel([fullCollection, bare(2n, 'b'), collectionOf()]));
    expect(text.match(/"segment_id"/g)).toHaveLength(2);
    expect(text).not.toContain('"is_l0"');
  });

  it('are the same from texts', async () => {
    for (const write of [writeCollectionLevel, writePartitionLevel, writeSegmentLevel]) {
      const collections = [fullCollection, collectionOf({ collection_id: 5n })];
      expect(await textOf(write(collections.map(encoded)))).toBe(await textOf(write(collections)));
    }
  });
});

it('comes in buffers of bounded size', async () => {
  const partition = collectionOf().partition_backups[0]!;
  const segments = Array.from({ length: 1000 }, (_, index) => segmentOf({ segment_id: BigInt(index) }));
  const large = collectionOf({ partition_backups: [{ ...partition, segment_backups: segments }] });
  const sizes: number[] = [];
  for await (const chunk of writeFullMeta(header, [large])) sizes.push(chunk.length);
  expect(sizes.length).toBeGreaterThan(5);
  expect(Math.max(...sizes)).toBeLessThan(70_000);
});
