// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import {
  countObject,
  firstDifference,
  importedFolders,
  logPrefixes,
  segmentFolders,
} from '../../../src/engine/restore/objects.ts';
import { segmentOf, sourceOf } from './restore-samples.ts';

const two = { objects: 2, bytes: 20 };
const one = { objects: 1, bytes: 5 };
const none = { objects: 0, bytes: 0 };

function look(segments: ReturnType<typeof segmentOf>[], objects: [string, number][]) {
  const folders = segmentFolders([sourceOf('default.a', {}, segments)]);
  const imported = importedFolders(folders);
  for (const [key, size] of objects) {
    if (!countObject(folders, imported, { key, size })) return { extra: key };
  }
  return firstDifference(folders);
}

const grouped = [segmentOf({ insert: two, delta: one })];
const whole: [string, number][] = [
  ['binlogs/insert_log/7/1/11/11/0/1', 10],
  ['binlogs/insert_log/7/1/11/11/100/2', 10],
  ['binlogs/delta_log/7/1/11/11/3', 5],
];

describe('objects against meta', () => {
  it.each<[string, ReturnType<typeof segmentOf>[], [string, number][], object | undefined]>([
    ['whole', grouped, whole, undefined],
    ['one missing', grouped, whole.slice(1), { dir: 'binlogs/insert_log/7/1/11/11/', collection: 7n }],
    ['a delta log missing', grouped, whole.slice(0, 2), { dir: 'binlogs/delta_log/7/1/11/11/' }],
    [
      'one of another size',
      grouped,
      [['binlogs/insert_log/7/1/11/11/0/1', 11], ...whole.slice(1)],
      { found: { objects: 2, bytes: 21 } },
    ],
    [
      'one too many in a segment',
      grouped,
      [...whole, ['binlogs/insert_log/7/1/11/11/101/9', 1]],
      { found: { objects: 3, bytes: 21 } },
    ],
    [
      'another segment in the group',
      grouped,
      [...whole, ['binlogs/insert_log/7/1/11/12/0/9', 1]],
      { extra: 'binlogs/insert_log/7/1/11/12/0/9' },
    ],
    [
      'a stray file in the group',
      grouped,
      [...whole, ['binlogs/insert_log/7/1/11/notes.txt', 1]],
      { extra: 'binlogs/insert_log/7/1/11/notes.txt' },
    ],
    [
      'a segment that no meta names, outside of what is imported',
      grouped,
      [...whole, ['binlogs/insert_log/7/1/13/13/0/9', 1]],
      undefined,
    ],
    [
      'no groups: the whole partition is imported',
      [segmentOf({ group: 0n, insert: one, delta: none })],
      [
        ['binlogs/insert_log/7/1/11/0/1', 5],
        ['binlogs/insert_log/7/1/99/0/1', 5],
      ],
      { extra: 'binlogs/insert_log/7/1/99/0/1' },
    ],
    [
      'deletes of all partitions have no group',
      [segmentOf({ partition: -1n, group: 0n, isL0: true, insert: none, delta: one })],
      [['binlogs/delta_log/7/-1/11/3', 5]],
      undefined,
    ],
  ])('%s', (_name, segments, objects, finding) => {
    if (finding) expect(look(segments, objects)).toMatchObject(finding);
    else expect(look(segments, objects)).toBeUndefined();
  });

  it('lists collections in the order of the store', () => {
    const of = (collection_id: bigint) => sourceOf('default.a', { collection_id });
    expect(logPrefixes([of(10n), of(9n), of(1n)])).toEqual([
      'binlogs/delta_log/1/',
      'binlogs/delta_log/10/',
      'binlogs/delta_log/9/',
      'binlogs/insert_log/1/',
      'binlogs/insert_log/10/',
      'binlogs/insert_log/9/',
    ]);
  });
});
