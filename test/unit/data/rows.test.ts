// SPDX-License-Identifier: Apache-2.0
import { getGRPCService } from '@zilliz/milvus2-sdk-node';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { columnsOf, rowsOf, type Column } from '../../data/columns.ts';
import { isSame } from '../../data/comparison.ts';
import { keyField } from '../../data/definition.ts';
import type { Field, Value } from '../../data/field.ts';
import { keyList, keyOf } from '../../data/keys.ts';
import { randomOf } from '../../data/random.ts';
import { rowOf } from '../../data/rows.ts';
import { schemasOf } from '../../data/schemas.ts';
import { cutBytes, jsonOf, textOf } from '../../data/texts.ts';

const seeds = fc.nat(1_000_000).map(String);
const service = getGRPCService(
  { serviceName: 'milvus.proto.milvus.MilvusService' },
  { keepCase: true, longs: String, enums: String, defaults: true, oneofs: true },
).service;

/** As a query's answer carries them. */
function overTheWire(columns: Column[]): Column[] {
  const query = service['Query'];
  if (query === undefined) throw new Error('The SDK knows no Query');
  const named = columns.map((column) =>
    column.is_dynamic === true ? { ...column, field_name: '$meta' } : column,
  );
  const bytes = query.responseSerialize({ fields_data: named });
  return (query.responseDeserialize(bytes) as { fields_data: Column[] }).fields_data;
}

describe('rows', () => {
  test('come back from the wire as they went', () => {
    const property = fc.property(seeds, fc.nat(9), (seed, at) => {
      const definition = schemasOf(seed, 'run')[at];
      if (definition === undefined) throw new Error('there are ten');
      const { fields, dynamic } = definition;
      const key = keyField(fields);
      const rows = Array.from({ length: 20 }, (_, ordinal) =>
        rowOf(definition, seed, ordinal, 0).with(key.at, keyOf(key.field, seed, ordinal)),
      );
      const back = rowsOf(fields, dynamic, overTheWire(columnsOf(fields, dynamic, rows)));
      expect(back).toHaveLength(rows.length);
      rows.forEach((row, number) =>
        row.forEach((value, cell) => expect(isSame(value, back[number]?.[cell])).toBe(true)),
      );
    });
    fc.assert(property, { numRuns: 40 });
  });

  test('are the same at each call and differ by number and version', () => {
    const [definition] = schemasOf('1', 'run');
    if (definition === undefined) throw new Error('there are ten');
    expect(rowOf(definition, 's', 7, 0)).toEqual(rowOf(definition, 's', 7, 0));
    expect(rowOf(definition, 's', 7, 0)).not.toEqual(rowOf(definition, 's', 8, 0));
    expect(rowOf(definition, 's', 7, 0)).not.toEqual(rowOf(definition, 's', 7, 1));
  });
});

describe('keys', () => {
  const kinds: Field[] = [
    { name: 'k', description: '', type: 'Int64', isKey: true },
    { name: 'k', description: '', type: 'VarChar', maxLength: 64, isKey: true },
  ];

  test.each(kinds)('of $type are unique', (field) => {
    const keys = Array.from({ length: 5000 }, (_, ordinal) => keyOf(field, 'seed', ordinal));
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('stand in an expression as numbers or quoted', () => {
    expect(keyList(kinds[0] as Field, ['1', '-2'])).toBe('k in [1, -2]');
    expect(keyList(kinds[1] as Field, ['a"b', 'c\n'])).toBe(String.raw`k in ["a\"b", "c\n"]`);
  });
});

describe('values', () => {
  test('texts fit their bytes and are whole characters', () => {
    const property = fc.property(fc.nat(), fc.integer({ min: 1, max: 300 }), (seed, bytes) => {
      const text = textOf(randomOf(seed), bytes);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(bytes);
      expect(text.isWellFormed()).toBe(true);
      expect(text).not.toContain('\uFFFD');
    });
    fc.assert(property);
  });

  test('a cut never parts a character', () => {
    expect(cutBytes('a😀', 4)).toBe('a');
    expect(cutBytes('a😀', 5)).toBe('a😀');
    expect(cutBytes('名前', 5)).toBe('名');
  });

  test('JSON is the text of an object', () => {
    const property = fc.property(fc.nat(), (seed) => {
      const value: unknown = JSON.parse(jsonOf(randomOf(seed)));
      expect(typeof value === 'object' && value !== null && !Array.isArray(value)).toBe(true);
    });
    fc.assert(property);
  });

  const pairs: [string, Value, Value, boolean][] = [
    ['0 and -0', 0, -0, false],
    ['equal arrays', ['a', 'b'], ['a', 'b'], true],
    ['a longer array', ['a'], ['a', 'b'], false],
    ['equal bytes', Buffer.from([1]), Buffer.from([1]), true],
    ['bytes and text', Buffer.from('a'), 'a', false],
    ['int64 beyond 2^53', '9007199254740993', '9007199254740992', false],
  ];
  test.each(pairs)('%s', (_, one, other, same) => {
    expect(isSame(one, other)).toBe(same);
  });
});
