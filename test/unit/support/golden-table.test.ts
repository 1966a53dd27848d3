// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { maskTables, tableDifferences } from '../../support/golden-table.ts';

const tables = `NAME                                   READY   VERSION   STORAGE   CHECKED   AGE
milvusinstance.milvusbackup.dev/milvus   True    2.3.5     True      12s       3m

NAME                                 PHASE       INSTANCE   COLLECTIONS   SIZE   PROGRESS   AGE
milvusbackup.milvusbackup.dev/first   Succeeded   milvus     2/2           1234              2m
milvusbackup.milvusbackup.dev/again   Running     milvus                          40         1s
`;
// As kubectl aligns it.
const aligned = tables
  .replace('NAME                                   READY', 'NAME                                     READY')
  .replace('NAME                                 PHASE', 'NAME                                  PHASE');

it('masks names, ages and times, and keeps empty cells where they are', () => {
  expect(maskTables(aligned)).toBe(
    [
      'NAME | READY | VERSION | STORAGE | CHECKED | AGE',
      'milvusinstance.milvusbackup.dev/<name> | True | 2.3.5 | True | <time> | <time>',
      '',
      'NAME | PHASE | INSTANCE | COLLECTIONS | SIZE | PROGRESS | AGE',
      'milvusbackup.milvusbackup.dev/<name> | Succeeded | <name> | 2/2 | 1234 |  | <time>',
      'milvusbackup.milvusbackup.dev/<name> | Running | <name> |  |  | 40 | <time>',
    ].join('\n'),
  );
});

describe('two tables', () => {
  const other = (from: string, to: string): string => aligned.replaceAll(from, to);
  it.each([
    ['the same', aligned, 0],
    ['older', other('  3m', ' 30m'), 0],
    ['of another phase', other('Succeeded', 'Failed   '), 1],
    ['of another size', other('1234', '1235'), 1],
    ['with a row less', aligned.slice(0, aligned.lastIndexOf('milvusbackup.')), 1],
  ])('%s', (_, text, count) => expect(tableDifferences(text, aligned)).toHaveLength(count));

  it('of other names', () => {
    const long = aligned.replaceAll(/^(.*)$/gm, (line) =>
      line.startsWith('NAME') || line === '' ? line : line.replace('/first ', '/premier '),
    );
    const realigned = long.replace('/premier   Succeeded', '/premier Succeeded');
    expect(tableDifferences(realigned, aligned)).toEqual([]);
  });

  it('may differ in columns that are given', () => {
    expect(tableDifferences(other('1234', '1235'), aligned, ['SIZE'])).toEqual([]);
  });

  it('says what was expected', () => {
    expect(tableDifferences(other('True    2', 'False   2'), aligned)[0]).toMatch(
      /^expected ".*True.*", found ".*False/,
    );
  });
});
