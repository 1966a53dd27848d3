// SPDX-License-Identifier: Apache-2.0
// The comparison must see each kind of damage: here a server does it on purpose.
import { describe, expect, test } from 'vitest';
import { columnsOf } from '../../data/columns.ts';
import { findDifferences } from '../../data/comparison.ts';
import type { Milvus } from '../../data/connection.ts';
import type { Field, Row } from '../../data/field.ts';
import { countIdentical, exactNearest, recallOf } from '../../demo/proof.ts';

const fields: Field[] = [
  { name: 'id', description: '', type: 'Int64', isKey: true },
  { name: 'v', description: '', type: 'FloatVector', dim: 2 },
  { name: 'text', description: '', type: 'VarChar', maxLength: 9 },
];
const shape = { fields, dynamic: true };
const place = { database: 'default', name: 'c' };
const rows: Row[] = [
  ['1', [0, 1], 'one', '{}'],
  ['2', [-0, 1], 'two', '{"a": 1}'],
];
const expectation = { counts: [{ count: 2 }], batches: [{ rows }], gone: [['3']] };

/** Answers queries for count(*) and by keys over these rows. */
function serving(held: Row[], count = held.length): Milvus {
  const answer = ({ expr, output_fields: [wanted] }: { expr: string; output_fields: string[] }): unknown => {
    if (wanted === 'count(*)')
      return { fields_data: [{ scalars: { long_data: { data: [String(count)] } } }] };
    const found = held.filter(([key]) => expr.match(/\d+/g)?.includes(key as string));
    const columns = columnsOf(fields, true, found);
    return {
      fields_data: columns.map((column) => ({ ...column, field_name: column.field_name || '$meta' })),
    };
  };
  return {
    address: 'nowhere',
    call: async <Answer>(_rpc: string, request: object) => answer(request as never) as Answer,
    close: async () => undefined,
  };
}

describe('findDifferences', () => {
  const changed = (at: number, value: Row[number]): Row[] => [
    rows[0] as Row,
    (rows[1] as Row).with(at, value),
  ];
  const cases: [string, Milvus, string[]][] = [
    ['nothing where all is equal', serving(rows), []],
    ['a count', serving(rows, 3), ['count(*) is 3, must be 2']],
    ['a missing row', serving(rows.slice(0, 1), 2), ['row "2" is missing']],
    [
      'a row that was deleted',
      serving([...rows, ['3', [0, 0], '', '{}']], 2),
      ['"3" was deleted and is there'],
    ],
    ['a text', serving(changed(2, 'Two')), [`row "2", text: is 'Two', must be 'two'`]],
    ['the sign of a zero', serving(changed(1, [0, 1])), ['row "2", v: is [ 0, 1 ], must be [ -0, 1 ]']],
    ['a space in JSON', serving(changed(3, '{"a":1}')), [`row "2", $meta: is '{"a":1}', must be '{"a": 1}'`]],
  ];
  test.each(cases)('finds %s', async (_, milvus, found) => {
    expect(await findDifferences(milvus, place, shape, expectation)).toEqual(found);
  });
});

describe('searches', () => {
  const before = [
    [
      { key: 'a', distance: 1 },
      { key: 'b', distance: 2 },
      { key: 'c', distance: 2 },
    ],
  ];
  const hits = (...pairs: [string, number][]) => [pairs.map(([key, distance]) => ({ key, distance }))];

  test.each([
    ['the same', hits(['a', 1], ['b', 2], ['c', 2]), 1],
    ['ties in another order', hits(['a', 1], ['c', 2], ['b', 2]), 1],
    ['another of the last ties', hits(['a', 1], ['b', 2], ['d', 2]), 1],
    ['a hundred thousandth more', hits(['a', 1.000_005], ['b', 2], ['c', 2]), 1],
    ['more than that', hits(['a', 1.0001], ['b', 2], ['c', 2]), 0],
    ['another first', hits(['x', 1], ['b', 2], ['c', 2]), 0],
    ['one less', hits(['a', 1], ['b', 2]), 0],
    ['nothing', hits(), 0],
  ])('%s', (_, after, identical) => {
    expect(countIdentical(before, after)).toBe(identical);
  });

  test('recall counts what lies within the exact ten', () => {
    const data = Array.from({ length: 20 }, (_, id) => ({ id, pixels: [id], label: 0 }));
    const exact = exactNearest(data, [0]);
    expect(exact.map(({ key }) => Number(key))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(recallOf([exact], [exact])).toBe(1);
    const worse = [...exact.slice(0, 9), { key: '15', distance: 225 }];
    expect(recallOf([worse], [exact])).toBeCloseTo(0.9);
  });
});
