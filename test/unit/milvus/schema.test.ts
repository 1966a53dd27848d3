// SPDX-License-Identifier: Apache-2.0
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FieldMeta, KeyValue, SchemaMeta } from '../../../src/format/meta.ts';
import { decodeSchema, encodeSchema, schemaBytes } from '../../../src/milvus/schema.ts';
import { encodeResponse, losesFields } from '../../../src/milvus/service.ts';
import { toPart } from '../../../src/milvus/wire.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const keyValues: fc.Arbitrary<KeyValue[]> = fc.array(fc.record({ key: text, value: text }), { maxLength: 3 });
const id = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });

/** Int64, float, text, and a kind of value that no protocol knows yet. */
const defaultValue = fc.constantFrom('', 'GAc=', 'GAA=', 'JQAAgD8=', 'MgJhYg==', 'MgA=', '+gEDYWJj');

/** Also types that no protocol knows yet. */
const dataType = fc.constantFrom(1, 2, 3, 4, 5, 10, 11, 21, 22, 23, 24, 100, 101, 102, 103, 104, 105, 250);

const field: fc.Arbitrary<FieldMeta> = fc.record({
  fieldID: id,
  name: text,
  is_primary_key: fc.boolean(),
  description: text,
  data_type: dataType,
  type_params: keyValues,
  index_params: keyValues,
  autoID: fc.boolean(),
  element_type: dataType,
  is_dynamic: fc.constant(false),
  is_partition_key: fc.boolean(),
  nullable: fc.boolean(),
  default_value_proto: fc.constant(''),
  is_function_output: fc.boolean(),
  default_value_base64: defaultValue,
});

const schema: fc.Arbitrary<SchemaMeta> = fc.record({
  name: text,
  description: text,
  autoID: fc.boolean(),
  fields: fc.array(field, { maxLength: 5 }),
  enable_dynamic_field: fc.boolean(),
  properties: keyValues,
  functions: fc.array(
    fc.record({
      name: text,
      id,
      description: text,
      type: fc.integer({ min: 0, max: 9 }),
      input_field_names: fc.array(text, { maxLength: 2 }),
      input_field_ids: fc.array(id, { maxLength: 2 }),
      output_field_names: fc.array(text, { maxLength: 2 }),
      output_field_ids: fc.array(id, { maxLength: 2 }),
      params: keyValues,
    }),
    { maxLength: 2 },
  ),
  struct_array_fields: fc.array(
    fc.record({ fieldID: id, name: text, description: text, fields: fc.array(field, { maxLength: 3 }) }),
    { maxLength: 2 },
  ),
});

const empty: SchemaMeta = {
  name: 'c',
  description: '',
  autoID: false,
  fields: [],
  enable_dynamic_field: false,
  properties: [],
  functions: [],
  struct_array_fields: [],
};

const plain: FieldMeta = {
  fieldID: 100n,
  name: 'id',
  is_primary_key: true,
  description: '',
  data_type: 5,
  type_params: [],
  index_params: [],
  autoID: false,
  element_type: 0,
  is_dynamic: false,
  is_partition_key: false,
  nullable: false,
  default_value_proto: '',
  is_function_output: false,
  default_value_base64: '',
};

/** DescribeCollection as a real 2.3.5 answered it: dynamic, with a default, an array and a vector. */
const real =
  'CgASfAoEcmVhbBIIYXMgaXQgaXMiEwhkEgJpZBgBIgd0aGUga2V5KAUiCwhlEgFuKAVaAhgHIjEIZhIEdGFncygWMhEKDG1h' +
  'eF9jYXBhY2l0eRIBODIQCgptYXhfbGVuZ3RoEgIyMFAVIhMIZxIDdmVjKGUyCAoDZGltEgE0KAEYhvjYo5LF+cMGIitieS1k' +
  'ZXYtcm9vdGNvb3JkLWRtbF8xXzQ3MDU5Nzc1MDQ2MzI4MjE4MnYwIixieS1kZXYtcm9vdGNvb3JkLWRtbF8xMl80NzA1OTc3' +
  'NTA0NjMyODIxODJ2MSoWYnktZGV2LXJvb3Rjb29yZC1kbWxfMSoXYnktZGV2LXJvb3Rjb29yZC1kbWxfMTIwh4DwpZzO+cMG' +
  'OK/i8cyfNEACWAFiBHJlYWxqHgoWY29sbGVjdGlvbi50dGwuc2Vjb25kcxIEMzYwMHIHZGVmYXVsdHgB';

describe('a schema', () => {
  it('comes back from the wire as it went', () => {
    fc.assert(
      fc.property(schema, (meta) => {
        expect(decodeSchema(encodeSchema(meta))).toEqual(meta);
      }),
    );
  });

  it('loses dynamic fields when it is sent, and keeps the order of the others', () => {
    const fields = [3n, 1n, 2n].map((fieldID) => ({ ...plain, fieldID, name: `f${fieldID}` }));
    const dynamic = { ...plain, name: '$meta', is_dynamic: true };
    const [first, ...rest] = fields;
    const sent = decodeSchema(encodeSchema({ ...empty, fields: [first ?? plain, dynamic, ...rest] }));
    expect(sent.fields.map((f) => f.name)).toEqual(['f3', 'f1', 'f2']);
  });

  it('takes a default value of an old backup, which is text', () => {
    const old = { ...plain, default_value_proto: '\u0018\u0007' };
    expect(decodeSchema(encodeSchema({ ...empty, fields: [old] })).fields).toEqual([
      { ...plain, default_value_base64: 'GAc=' },
    ]);
  });

  it('is read from the answer of a real server', () => {
    const answer = Buffer.from(real, 'base64');
    expect(losesFields('DescribeCollection', answer)).toBe(false);
    const meta = decodeSchema(schemaBytes(answer));
    expect(meta).toMatchObject({ name: 'real', description: 'as it is', enable_dynamic_field: true });
    expect(meta.fields).toEqual([
      { ...plain, description: 'the key' },
      { ...plain, fieldID: 101n, name: 'n', is_primary_key: false, default_value_base64: 'GAc=' },
      {
        ...plain,
        fieldID: 102n,
        name: 'tags',
        is_primary_key: false,
        data_type: 22,
        element_type: 21,
        type_params: [
          { key: 'max_capacity', value: '8' },
          { key: 'max_length', value: '20' },
        ],
      },
      {
        ...plain,
        fieldID: 103n,
        name: 'vec',
        is_primary_key: false,
        data_type: 101,
        type_params: [{ key: 'dim', value: '4' }],
      },
    ]);
  });

  it('is found within the answer that holds it', () => {
    const answer = encodeResponse('DescribeCollection', { collectionID: '5', schema: { name: 'c' } });
    expect(decodeSchema(schemaBytes(answer))).toEqual(empty);
    expect(schemaBytes(new Uint8Array())).toHaveLength(0);
  });
});

describe('an answer', () => {
  const rpc = 'DescribeCollection';

  it('is known whole where each of its fields is', () => {
    fc.assert(
      fc.property(schema, (meta) => {
        const known = { ...meta, fields: [], struct_array_fields: [] };
        expect(losesFields(rpc, toPart(2, encodeSchema(known)))).toBe(false);
      }),
    );
  });

  it.each([
    ['of its own', (news: Uint8Array) => news],
    ['of its schema', (news: Uint8Array) => toPart(2, news)],
    ['of a field', (news: Uint8Array) => toPart(2, toPart(4, news))],
    ['of a default value', (news: Uint8Array) => toPart(2, toPart(4, toPart(11, news)))],
  ])('loses what is new %s', (_, place) => {
    expect(losesFields(rpc, place(toPart(500, Buffer.from('news'))))).toBe(true);
  });
});
