// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import {
  expectedFolders,
  firstDifference,
  firstMissing,
  importedFolders,
  tallyObject,
} from '../../../src/engine/restore/objects.ts';
import { segmentOf, sourceOf } from './restore-samples.ts';

const two = { objects: 2, bytes: 20 };
const one = { objects: 1, bytes: 5 };
const none = { objects: 0, bytes: 0 };

function look(segments: ReturnType<typeof segmentOf>[], objects: [string, number][]) {
  const folders = expectedFolders(sourceOf('default.a', {}, segments));
  const imported = importedFolders(folders);
  for (const [key, size] of objects) {
    const extra = tallyObject(folders, imported, key, size);
    if (extra) return extra;
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
    [
      'one missing',
      grouped,
      whole.slice(1),
      { kind: 'missing', dir: 'binlogs/insert_log/7/1/11/11/', segment: 11n },
    ],
    [
      'a delta log missing',
      grouped,
      whole.slice(0, 2),
      { kind: 'missing', dir: 'binlogs/delta_log/7/1/11/11/' },
    ],
    [
      'one of another size',
      grouped,
      [['binlogs/insert_log/7/1/11/11/0/1', 11], ...whole.slice(1)],
      { kind: 'missing', found: { objects: 2, bytes: 21 } },
    ],
    [
      'one too many in a segment',
      grouped,
      [...whole, ['binlogs/insert_log/7/1/11/11/101/9', 1]],
      { kind: 'missing', found: { objects: 3, bytes: 21 } },
    ],
    [
      'another segment in the group',
      grouped,
      [...whole, ['binlogs/insert_log/7/1/11/12/0/9', 1]],
      { kind: 'extra', key: 'binlogs/insert_log/7/1/11/12/0/9' },
    ],
    [
      'a stray file in the group',
      grouped,
      [...whole, ['binlogs/insert_log/7/1/11/notes.txt', 1]],
      { kind: 'extra', key: 'binlogs/insert_log/7/1/11/notes.txt' },
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
      { kind: 'extra', key: 'binlogs/insert_log/7/1/99/0/1' },
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

  it('names the first log that is missing or of another size', () => {
    const logs = [
      { key: 'a', size: 1 },
      { key: 'b', size: 2 },
    ];
    const there = (size: number) => new Map([['a', { key: 'a', size, etag: '' }]]);
    expect(firstMissing(logs, there(1))).toEqual({ key: 'b', size: 2 });
    expect(firstMissing(logs, there(9))).toEqual({ key: 'a', size: 1, found: 9 });
    expect(firstMissing(logs.slice(0, 1), there(1))).toBeUndefined();
  });
});
