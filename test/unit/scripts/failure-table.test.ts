// SPDX-License-Identifier: Apache-2.0
// The gate between the failure table and the tests that hold it: no row without a test of its level, no test of a row that
// there is not.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mismatches, numbersIn, rows, taggedBelow, taggedIn } from '../../../scripts/failure-table.ts';

const tests = join(import.meta.dirname, '../..');
/** Its fixtures are tags too. */
const self = 'unit/scripts/failure-table.test.ts';

describe('the failure table', () => {
  it('has 42 rows', () => {
    expect(rows.map(({ number }) => number).slice(0, 3)).toEqual(['01', '02', '03']);
    expect(rows).toHaveLength(42);
  });

  it('has a test of each level for each row, and no test beside it', () => {
    expect(mismatches(taggedBelow(tests, [self]))).toEqual([]);
  });
});

describe('the gate', () => {
  const table = rows.slice(0, 3);
  const held = [
    ...taggedIn('control-plane/a.test.ts', `it('[FM-01] [FM-03] dies', f);\nit.each(x)("[FM-02] %s", f);`),
    ...taggedIn('unit/b.test.ts', 'describe(`[FM-03] ${count} slots`, f);'),
  ];

  it('takes what is whole', () => {
    expect(mismatches(held, table)).toEqual([]);
  });

  it.each<[string, string, string]>([
    ['a number that is no row', "it('[FM-43] dies', f)", 'control-plane/c.test.ts:1: [FM-43] is no row'],
    ['a number of one digit', "\nit('[FM-7] dies', f)", 'control-plane/c.test.ts:2: [FM-7] is no row'],
    ['a number that is none', "it('[FM-xx] dies', f)", 'control-plane/c.test.ts:1: [FM-xx] is no row'],
  ])('rejects %s', (_, source, says) => {
    const tagged = [...held, ...taggedIn('control-plane/c.test.ts', source)];
    expect(mismatches(tagged, table)).toEqual([expect.stringContaining(says)]);
  });

  it('rejects a row without a test, and one whose test is of another level', () => {
    const without = held.filter(({ numbers }) => !numbers.includes('02'));
    expect(mismatches(without, table)).toEqual([expect.stringMatching(/^\[FM-02\] .* no test of level P$/)]);
    const elsewhere = taggedIn('unit/c.test.ts', "it('[FM-02] dies', f)");
    expect(mismatches([...without, ...elsewhere], table)).toHaveLength(1);
  });

  it('does not take a word about a row for a test of it', () => {
    expect(taggedIn('unit/c.test.ts', '// [FM-02] is held elsewhere\nit("after [FM-02]", f)')).toEqual([]);
  });

  it('finds numbers in the names of groups too', () => {
    expect(numbersIn('[FM-05] a pod [FM-38] [FM-05] is gone')).toEqual(['05', '38']);
  });
});
