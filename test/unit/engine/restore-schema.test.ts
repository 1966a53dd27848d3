// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { planIndexes } from '../../../src/engine/restore/indexes.ts';
import { fieldIdProblem, hasPartitionKey, hasVectorIndex } from '../../../src/engine/restore/schema.ts';
import { importProblem, versionProblem } from '../../../src/engine/restore/versions.ts';
import type { SourceCollection } from '../../../src/engine/restore/source-collection.ts';
import { featuresOf } from '../../../src/milvus/features.ts';
import { versionOf } from '../../../src/milvus/version.ts';
import { fieldOf, idAndVector, schemaOf, sourceOf } from './restore-samples.ts';

const struct = (id: bigint, child: bigint) => ({
  fieldID: id,
  name: 's',
  description: '',
  fields: [fieldOf({ fieldID: child, name: 'x' })],
});

describe('fieldIdProblem', () => {
  const dynamic = fieldOf({ fieldID: 102n, name: '$meta', data_type: 23, is_dynamic: true });
  it.each([
    ['the same', idAndVector, idAndVector, undefined],
    [
      'the hidden field of dynamic schemas',
      schemaOf([...idAndVector.fields, dynamic]),
      idAndVector,
      undefined,
    ],
    [
      'a field added later, behind the hidden one',
      schemaOf([...idAndVector.fields, fieldOf({ fieldID: 103n, name: 'late' })]),
      schemaOf([...idAndVector.fields, fieldOf({ fieldID: 102n, name: 'late' })]),
      /gave field late the id 102, the backup has it with id 103/,
    ],
    ['a missing field', idAndVector, schemaOf(idAndVector.fields.slice(0, 1)), /no field v/],
    ['a field too many', schemaOf(idAndVector.fields.slice(0, 1)), idAndVector, /has a field v with id 101/],
    [
      'a field of a struct',
      schemaOf(idAndVector.fields, { struct_array_fields: [struct(102n, 103n)] }),
      schemaOf(idAndVector.fields, { struct_array_fields: [struct(102n, 104n)] }),
      /s\[x\] the id 104/,
    ],
  ])('%s', (_name, backup, server, message) => {
    const problem = fieldIdProblem(backup, server);
    if (message) expect(problem).toMatch(message);
    else expect(problem).toBeUndefined();
  });
});

describe('what a schema says', () => {
  it('has a partition key or not', () => {
    expect(hasPartitionKey(idAndVector)).toBe(false);
    expect(hasPartitionKey(schemaOf([fieldOf({ is_partition_key: true })]))).toBe(true);
  });

  it('can be loaded only with a vector index', () => {
    expect(hasVectorIndex(idAndVector, [{ field_name: 'id' }])).toBe(false);
    expect(hasVectorIndex(idAndVector, [{ field_name: 'id' }, { field_name: 'v' }])).toBe(true);
  });
});

describe('planIndexes', () => {
  const index = (field: string, name: string, params: Record<string, string>) => ({
    field_name: field,
    index_name: name,
    index_type: '',
    params,
    index_id: 1n,
  });
  const { meta } = sourceOf('default.a', {
    index_infos: [
      index('id', '/a/b', { index_type: 'INVERTED' }),
      index('v', 'my-idx', { index_type: 'HNSW', metric_type: 'IP', params: '{"M":8}' }),
    ],
  });

  it('sends vectors first and no name that the server would refuse for a scalar', () => {
    expect(planIndexes(meta, 'AsInBackup')).toEqual([
      { field: 'v', name: 'my-idx', params: { index_type: 'HNSW', metric_type: 'IP', params: '{"M":8}' } },
      { field: 'id', name: '', params: { index_type: 'INVERTED' } },
    ]);
  });

  it('keeps only the metric for AutoIndex', () => {
    expect(planIndexes(meta, 'AutoIndex')[0]?.params).toEqual({ index_type: 'AUTOINDEX', metric_type: 'IP' });
  });

  it('makes none for None, and renames a type that no server takes back', () => {
    expect(planIndexes(meta, 'None')).toEqual([]);
    const old = { ...meta, index_infos: [index('v', 'v', { index_type: 'marisa-trie' })] };
    expect(planIndexes(old, 'AsInBackup')[0]?.params).toEqual({ index_type: 'Trie' });
  });
});

describe('versionProblem', () => {
  it.each([
    ['v2.2.16', '2.2.16', false],
    ['v2.2.16', 'v2.3.5-lite', true],
    ['v2.3.5-lite', 'v2.3.5-lite', true],
    ['2.3.22.6', '2.4.1', true],
    ['2.4.23', '2.3.22', false],
    ['2.4.23', '2.6-20260404-abc', true],
    ['2.5.8', '2.4.23', false],
    ['2.5.8', '2.5.3', true],
    ['2.6.1', '2.5.20', false],
    ['2.6.1', '2.6.0', true],
    ['2.6.1', '3.0.0', false],
    ['1.1.1', '2.6.0', false],
  ])('from %s into %s: %s', (backup, server, isAllowed) => {
    const problem = versionProblem({ backup, server, from: versionOf(backup), to: versionOf(server) });
    expect(problem === undefined).toBe(isAllowed);
  });

  it('refuses a backup that does not say', () => {
    expect(versionProblem({ backup: '', server: '2.6.0', from: undefined, to: [2, 6, 0] })).toMatch(
      /does not say/,
    );
  });
});

describe('importProblem', () => {
  const withField = (data_type: number) =>
    ({
      database: 'default',
      name: 'c',
      meta: { schema: { fields: [{ name: 'v', data_type }] } },
    }) as SourceCollection;

  it.each([
    ['a Float16Vector into 2.3', 102, '2.3.5', 'the field v of default.c is a Float16Vector'],
    ['a Float16Vector into 2.4', 102, '2.4.0', undefined],
    ['a FloatVector into 2.3', 101, '2.3.5', undefined],
  ] as const)('%s', (_name, type, server, problem) => {
    const found = importProblem(withField(type), featuresOf(versionOf(server)));
    if (problem === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(problem);
  });
});
