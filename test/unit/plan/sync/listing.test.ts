// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { folderHash, joinHashes } from '../../../../src/contract/folder-hash.ts';
import type { Result } from '../../../../src/contract/result.ts';
import type { End } from '../../../../src/plan/outcome.ts';
import { listingOf } from '../../../../src/plan/sync/listing.ts';

const result: Result = {
  v: 1,
  command: 'list',
  outcome: 'Succeeded',
  reason: 'Completed',
  message: 'found',
  engineVersion: '1',
};

function endOf(names: string[], over: Partial<End> = {}, inventory: Partial<Result['inventory']> = {}): End {
  const counts = { found: names.length, incomplete: 0, leftOut: 0, ...inventory };
  return {
    reason: 'Completed',
    message: 'found',
    result: { ...result, inventory: counts },
    lists: {
      backups: names.map((name) => ({ name, state: 'Complete', rows: 1 })),
      folders: [{ hashes: joinHashes(names.map(folderHash)) }],
    },
    ...over,
  };
}

describe('a listing', () => {
  it('is what the Job said', () => {
    expect(listingOf(endOf(['b', 'a']))).toEqual({
      entries: [
        { name: 'b', rows: 1 },
        { name: 'a', rows: 1 },
      ],
      folders: ['b', 'a'].map(folderHash),
      found: 2,
      incomplete: 0,
      leftOut: 0,
    });
  });

  it('of an empty bucket is whole without any list', () => {
    const listing = listingOf({ ...endOf([]), lists: {} });
    expect(listing).toMatchObject({ entries: [], folders: [], found: 0 });
  });

  it.each<[string, End]>([
    ['failed', { reason: 'Unreachable', message: 'no answer' }],
    ['tells of fewer folders', endOf(['a', 'b'], { lists: { folders: [{ hashes: folderHash('a') }] } })],
    ['tells of no folders', endOf(['a'], { lists: { backups: [{ name: 'a', state: 'Complete' }] } })],
    ['tells of fewer backups', endOf(['a', 'b'], {}, { leftOut: 1 })],
    ['does not say what it found', { ...endOf(['a']), result }],
  ])('that %s is none', (_name, end) => {
    expect(listingOf(end)).toHaveProperty('reason');
  });

  it('counts what cannot be read, and what no object can name, apart', () => {
    const end = endOf(['good', 'bad', 'n'.repeat(129)]);
    end.lists!.backups![1] = { name: 'bad', state: 'Unreadable', message: 'no manifest' };
    expect(listingOf(end)).toMatchObject({
      entries: [{ name: 'good', rows: 1 }],
      found: 3,
      incomplete: 1,
      leftOut: 1,
    });
  });
});
