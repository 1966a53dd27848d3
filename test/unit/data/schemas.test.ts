// SPDX-License-Identifier: Apache-2.0
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keyField } from '../../data/definition.ts';
import { isVector, scalarTypes, type Field } from '../../data/field.ts';
import { longestName } from '../../data/names.ts';
import { planOf } from '../../data/plan.ts';
import { arrivalOf, wayOf } from '../../data/round-trip.ts';
import { elementTypes } from '../../data/schema-fields.ts';
import { schemaCount, schemasOf } from '../../data/schemas.ts';

const seeds = fc.nat(1_000_000).map(String);
const check = (property: fc.IProperty<[string]>) => fc.assert(property, { numRuns: 60 });

describe('ten schemas of any seed', () => {
  test('are the same at each call', () => {
    check(
      fc.property(seeds, (seed) => {
        expect(schemasOf(seed, 'run')).toEqual(schemasOf(seed, 'run'));
      }),
    );
  });

  test('hold every type of column, of element and of vector', () => {
    check(
      fc.property(seeds, (seed) => {
        const fields = schemasOf(seed, 'run').flatMap((definition) => definition.fields);
        const types = new Set(fields.map(typeText));
        const wanted = [...Object.keys(scalarTypes), ...elementTypes.map((type) => `Array of ${type}`)];
        expect([...types]).toEqual(expect.arrayContaining([...wanted, 'FloatVector', 'BinaryVector']));
      }),
    );
  });

  test('hold every kind of key, a partition key and named partitions', () => {
    check(
      fc.property(seeds, (seed) => {
        const definitions = schemasOf(seed, 'run');
        const keys = definitions.map(({ fields }) => keyField(fields).field);
        expect(new Set(keys.map(({ type, autoID }) => `${type} ${autoID === true}`)).size).toBe(4);
        expect(definitions.some(({ keyPartitions }) => keyPartitions > 0)).toBe(true);
        expect(definitions.some(({ partitions }) => partitions.length > 0)).toBe(true);
      }),
    );
  });

  test('are what Milvus 2.3.5 takes: names, one key, one vector, a load only with an index on it', () => {
    check(
      fc.property(seeds, (seed) => {
        for (const { fields, name, database, partitions, indexes, aliases, loaded } of schemasOf(
          seed,
          'run',
        )) {
          const fieldNames = fields.map((field) => field.name);
          const all = [
            ...fieldNames,
            name,
            database,
            ...partitions,
            ...aliases,
            ...indexes.map((i) => i.name),
          ];
          for (const one of all) expect(one).toMatch(/^[A-Za-z_][A-Za-z0-9_]*$/);
          for (const one of all) expect(one.length).toBeLessThanOrEqual(longestName);
          expect(new Set(fieldNames).size).toBe(fieldNames.length);
          expect(fields.filter(({ isKey }) => isKey)).toHaveLength(1);
          expect(fields.filter(isVector)).toHaveLength(1);
          if (loaded) expect(indexes.some(({ params }) => 'metric_type' in params)).toBe(true);
        }
      }),
    );
  });

  test('stand in several databases, one name in two of them, one name as long as names get', () => {
    check(
      fc.property(seeds, (seed) => {
        const definitions = schemasOf(seed, 'run');
        const places = new Set(definitions.map(({ database, name }) => `${database}.${name}`));
        expect(places.size).toBe(schemaCount);
        expect(new Set(definitions.map(({ name }) => name)).size).toBeLessThan(schemaCount);
        expect(new Set(definitions.map(({ database }) => database)).size).toBe(3);
        expect(definitions.some(({ name }) => name.length === longestName)).toBe(true);
      }),
    );
  });

  test('go every way, and none arrives under a name that is too long', () => {
    check(
      fc.property(seeds, (seed) => {
        const ways = schemasOf(seed, 'run').map((definition, at) => ({
          definition,
          way: wayOf(definition, at),
        }));
        expect(ways.filter(({ way }) => way === 'abroad')).toHaveLength(schemaCount / 2);
        expect(ways.some(({ way }) => way === 'home')).toBe(true);
        for (const one of ways) expect(arrivalOf(one).name.length).toBeLessThanOrEqual(longestName);
      }),
    );
  });

  test('have one that is empty, one that loses every row and one that is larger', () => {
    check(
      fc.property(seeds, (seed) => {
        const plans = schemasOf(seed, 'run').map((definition, at) => planOf(seed, at, definition));
        expect(plans.filter(({ rows }) => rows === 0)).toHaveLength(1);
        expect(plans.filter(({ rows, deletes }) => rows > 0 && deletes === 'all').length).toBeGreaterThan(0);
        expect(plans.some(({ rows }) => rows === 3000)).toBe(true);
      }),
    );
  });
});

function typeText(field: Field): string {
  return field.type === 'Array' ? `Array of ${field.element}` : field.type;
}
