// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { importGroups } from '../../../src/engine/restore/groups.ts';
import {
  groupProblem,
  rowFacts,
  rowsProblem,
  sumRows,
  type RowCounts,
} from '../../../src/engine/restore/rows.ts';
import { segmentOf, sourceOf } from './restore-samples.ts';

describe('rowsProblem', () => {
  const plain = { hasDeletes: false, importedAfterDeletes: true };
  const v1 = { hasDeletes: true, importedAfterDeletes: true };
  const v2 = { hasDeletes: true, importedAfterDeletes: false };

  it.each<[string, RowCounts, typeof plain, RegExp | undefined]>([
    ['all there', { planned: 10, imported: 10 }, plain, undefined],
    ['too few', { planned: 10, imported: 9 }, plain, /imported 9 rows, the backup holds 10/],
    ['too many', { planned: 10, imported: 20 }, plain, /imported 20/],
    ['fewer by deletes', { planned: 10, imported: 7 }, v1, undefined],
    ['more than there are, deletes or not', { planned: 10, imported: 11 }, v1, /only 10/],
    ['counted, all there', { planned: 10, imported: 10, live: 10 }, plain, undefined],
    ['counted, one lost', { planned: 10, imported: 10, live: 9 }, plain, /count\(\*\) says 9/],
    ['counted, doubled', { planned: 10, imported: 10, live: 20 }, plain, /count\(\*\) says 20/],
    ['v1: count says what the jobs said', { planned: 10, imported: 7, live: 7 }, v1, undefined],
    ['v1: count differs', { planned: 10, imported: 7, live: 6 }, v1, /count\(\*\) says 6/],
    ['v2: jobs report before deletes', { planned: 10, imported: 10, live: 6 }, v2, undefined],
    ['v2: more live than imported', { planned: 10, imported: 8, live: 9 }, v2, /count\(\*\) says 9/],
    ['empty', { planned: 0, imported: 0, live: 0 }, plain, undefined],
  ])('%s', (_name, counts, facts, message) => {
    const problem = rowsProblem(counts, facts);
    if (message) expect(problem).toMatch(message);
    else expect(problem).toBeUndefined();
  });
});

describe('groupProblem', () => {
  const [plain] = importGroups(sourceOf('default.a', {}, [segmentOf()]));
  const [deleted] = importGroups(sourceOf('default.a', {}, [segmentOf({ delta: { objects: 1, bytes: 9 } })]));
  const l0 = importGroups(
    sourceOf('default.a', {}, [segmentOf({ isL0: true, rows: 3, delta: { objects: 1, bytes: 9 } })]),
  );

  it('wants every row of a group without deletes', () => {
    expect(groupProblem(plain!, 100)).toBeUndefined();
    expect(groupProblem(plain!, 0)).toMatch(/imported 0 rows, the backup holds 100/);
    expect(groupProblem(plain!, 101)).toBeDefined();
  });

  it('allows fewer where rows were deleted, never more', () => {
    expect(groupProblem(deleted!, 40)).toBeUndefined();
    expect(groupProblem(deleted!, 101)).toBeDefined();
  });

  it('says nothing of deletes themselves', () => {
    expect(groupProblem(l0[0]!, 3)).toBeUndefined();
    expect(rowFacts(l0, false)).toEqual({ hasDeletes: true, importedAfterDeletes: false });
  });
});

describe('sumRows', () => {
  it('adds up, and says what lives only where everything with rows was counted', () => {
    const counted = { planned: 5, imported: 5, live: 4 };
    expect(sumRows([counted, { planned: 0, imported: 0 }])).toEqual({ planned: 5, imported: 5, live: 4 });
    expect(sumRows([counted, { planned: 1, imported: 1 }])).toEqual({ planned: 6, imported: 6 });
    expect(sumRows([])).toEqual({ planned: 0, imported: 0 });
  });
});
