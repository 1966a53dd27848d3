// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { expectedObjects, importFolders, liesIn } from '../../../src/engine/expected.ts';
import { segmentMessage } from '../../../src/format/messages.ts';
import type { SegmentMeta } from '../../../src/format/meta.ts';

function segment(over: Partial<SegmentMeta>): SegmentMeta {
  return { ...segmentMessage.zero(), collection_id: 1n, partition_id: 2n, ...over };
}

const insert = [
  { fieldID: 0n, binlogs: [{ log_path: 'files/insert_log/1/2/3/0/7', log_size: 10, log_id: 7n }] },
  { fieldID: 100n, binlogs: [{ log_path: 'files/insert_log/1/2/3/100/8', log_size: 20, log_id: 8n }] },
];
const deletes = [
  { fieldID: 0n, binlogs: [{ log_path: 'files/delta_log/1/2/3/9', log_size: 5, log_id: 9n }] },
];

const cases = [
  {
    name: 'a segment in its group',
    meta: segment({ segment_id: 3n, group_id: 3n, binlogs: insert, deltalogs: deletes }),
    keys: [
      'binlogs/insert_log/1/2/3/3/0/7 10',
      'binlogs/insert_log/1/2/3/3/100/8 20',
      'binlogs/delta_log/1/2/3/3/9 5',
    ],
    folders: ['binlogs/insert_log/1/2/3/', 'binlogs/delta_log/1/2/3/'],
  },
  {
    name: 'a segment of a group of several',
    meta: segment({ segment_id: 3n, group_id: 8n, binlogs: insert.slice(0, 1) }),
    keys: ['binlogs/insert_log/1/2/8/3/0/7 10'],
    folders: ['binlogs/insert_log/1/2/8/', 'binlogs/delta_log/1/2/8/'],
  },
  {
    name: 'a segment of a backup from before groups',
    meta: segment({ segment_id: 3n, binlogs: insert, deltalogs: deletes }),
    keys: [
      'binlogs/insert_log/1/2/3/0/7 10',
      'binlogs/insert_log/1/2/3/100/8 20',
      'binlogs/delta_log/1/2/3/9 5',
    ],
    folders: ['binlogs/insert_log/1/2/', 'binlogs/delta_log/1/2/'],
  },
  {
    name: 'deletes of one partition',
    meta: segment({ segment_id: 5n, group_id: 5n, is_l0: true, deltalogs: deletes }),
    keys: ['binlogs/delta_log/1/2/5/5/9 5'],
    folders: ['binlogs/delta_log/1/2/5/'],
  },
  {
    name: 'deletes of all partitions',
    meta: segment({ segment_id: 6n, partition_id: -1n, is_l0: true, deltalogs: deletes }),
    keys: ['binlogs/delta_log/1/-1/6/9 5'],
    folders: ['binlogs/delta_log/1/-1/6/'],
  },
  {
    name: 'logs without an id, which old writers left out',
    meta: segment({
      segment_id: 3n,
      group_id: 3n,
      binlogs: [
        { fieldID: 0n, binlogs: [{ log_path: 'files/insert_log/1/2/3/0/77', log_size: 1, log_id: 0n }] },
      ],
    }),
    keys: ['binlogs/insert_log/1/2/3/3/0/77 1'],
    folders: ['binlogs/insert_log/1/2/3/', 'binlogs/delta_log/1/2/3/'],
  },
  {
    name: 'a segment without logs',
    meta: segment({ segment_id: 3n, group_id: 3n, deltalogs: [{ fieldID: 0n, binlogs: [] }] }),
    keys: [],
    folders: ['binlogs/insert_log/1/2/3/', 'binlogs/delta_log/1/2/3/'],
  },
];

describe('expected objects', () => {
  it.each(cases)('of $name', ({ meta, keys, folders }) => {
    expect([...expectedObjects(meta)].map(({ key, size }) => `${key} ${size}`)).toEqual(keys);
    expect(importFolders(meta)).toEqual(folders);
    for (const line of keys) expect(liesIn(new Set(folders), line.split(' ')[0]!)).toBe(true);
  });

  it('does not take a neighbour for a part of a folder', () => {
    const folders = new Set(['binlogs/insert_log/1/2/3/']);
    expect(liesIn(folders, 'binlogs/insert_log/1/2/3/3/0/7')).toBe(true);
    expect(liesIn(folders, 'binlogs/insert_log/1/2/33/3/0/7')).toBe(false);
    expect(liesIn(folders, 'binlogs/insert_log/1/2/3')).toBe(false);
  });
});
