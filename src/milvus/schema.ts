// SPDX-License-Identifier: Apache-2.0
// schema.CollectionSchema on the wire <-> the schema of a backup. Default values pass as the bytes they came in, so that
// kinds of value that this protocol does not know survive. Not carried, because the format has no place for it: the
// clustering key mark, field states and external sources.
import type { FieldMeta, FunctionMeta, SchemaMeta, StructArrayFieldMeta } from '../format/meta.ts';
import { decodeResponse, encodeResponse } from './service.ts';
import { partOf, partsOf, toPart } from './wire.ts';

/** Numbers of protobuf fields: of DescribeCollectionResponse, CollectionSchema, StructArrayFieldSchema, FieldSchema. */
const inResponse = { schema: 2 } as const;
const inSchema = { fields: 4, structs: 9 } as const;
const inStruct = { fields: 4 } as const;
const inField = { defaultValue: 11 } as const;

/** As the SDK's protocol gives them: int64 as text, the rest named and typed as in a backup. */
type FieldMessage = Omit<FieldMeta, 'fieldID' | 'default_value_base64' | 'default_value_proto'> & {
  fieldID: string;
};
type FunctionMessage = Omit<FunctionMeta, 'id' | 'input_field_ids' | 'output_field_ids'> & {
  id: string;
  input_field_ids: string[];
  output_field_ids: string[];
};
type StructMessage = Omit<StructArrayFieldMeta, 'fieldID' | 'fields'> & {
  fieldID: string;
  fields: FieldMessage[];
};
type SchemaMessage = Omit<SchemaMeta, 'fields' | 'functions' | 'struct_array_fields'> & {
  fields: FieldMessage[];
  functions: FunctionMessage[];
  struct_array_fields: StructMessage[];
};

const carrier = 'DescribeCollection';

/** The bytes of the schema within an answer of DescribeCollection. */
export function schemaBytes(response: Uint8Array): Uint8Array {
  return partOf(response, inResponse.schema) ?? new Uint8Array();
}

export function decodeSchema(bytes: Uint8Array): SchemaMeta {
  const response = decodeResponse(carrier, toPart(inResponse.schema, bytes)) as { schema: SchemaMessage };
  const message = response.schema;
  const fields = partsOf(bytes, inSchema.fields);
  const structs = partsOf(bytes, inSchema.structs);
  return {
    name: message.name,
    description: message.description,
    autoID: message.autoID,
    fields: message.fields.map((field, i) => toField(field, fields[i])),
    enable_dynamic_field: message.enable_dynamic_field,
    properties: message.properties,
    functions: message.functions.map(toFunction),
    struct_array_fields: message.struct_array_fields.map((struct, i) => toStruct(struct, structs[i])),
  };
}

function toField(message: FieldMessage, bytes: Uint8Array = new Uint8Array()): FieldMeta {
  const value = partOf(bytes, inField.defaultValue);
  return {
    fieldID: BigInt(message.fieldID),
    name: message.name,
    is_primary_key: message.is_primary_key,
    description: message.description,
    data_type: message.data_type,
    type_params: message.type_params,
    index_params: message.index_params,
    autoID: message.autoID,
    element_type: message.element_type,
    is_dynamic: message.is_dynamic,
    is_partition_key: message.is_partition_key,
    nullable: message.nullable,
    default_value_proto: '',
    is_function_output: message.is_function_output,
    default_value_base64: value ? Buffer.from(value).toString('base64') : '',
  };
}

function toFunction(message: FunctionMessage): FunctionMeta {
  return {
    name: message.name,
    id: BigInt(message.id),
    description: message.description,
    type: message.type,
    input_field_names: message.input_field_names,
    input_field_ids: message.input_field_ids.map(BigInt),
    output_field_names: message.output_field_names,
    output_field_ids: message.output_field_ids.map(BigInt),
    params: message.params,
  };
}

function toStruct(message: StructMessage, bytes: Uint8Array = new Uint8Array()): StructArrayFieldMeta {
  const fields = partsOf(bytes, inStruct.fields);
  return {
    fieldID: BigInt(message.fieldID),
    name: message.name,
    description: message.description,
    fields: message.fields.map((field, i) => toField(field, fields[i])),
  };
}

/**
 * The schema of a CreateCollection request. Fields keep their order, because the server gives ids by it and ignores those
 * sent; a dynamic field is never sent, because the server makes its own and refuses another.
 */
export function encodeSchema(schema: SchemaMeta): Uint8Array {
  const { fields, struct_array_fields: structs, functions, ...rest } = schema;
  return Buffer.concat([
    encodeInSchema({ ...rest, functions: functions.map(fromFunction) }),
    ...fields
      .filter((field) => !field.is_dynamic)
      .map((field) => toPart(inSchema.fields, encodeField(field))),
    ...structs.map((struct) => toPart(inSchema.structs, encodeStruct(struct))),
  ]);
}

function encodeInSchema(schema: object): Uint8Array {
  return schemaBytes(encodeResponse(carrier, { schema }));
}

function encodeStruct(struct: StructArrayFieldMeta): Uint8Array {
  const { fieldID, fields, ...rest } = struct;
  const head = encodeInSchema({ struct_array_fields: [{ ...rest, fieldID: String(fieldID) }] });
  return Buffer.concat([
    partOf(head, inSchema.structs) ?? new Uint8Array(),
    ...fields.map((field) => toPart(inStruct.fields, encodeField(field))),
  ]);
}

function encodeField(field: FieldMeta): Uint8Array {
  const { fieldID, default_value_base64, default_value_proto, ...rest } = field;
  const schema = encodeInSchema({ fields: [{ ...rest, fieldID: String(fieldID) }] });
  const value = default_value_base64
    ? Buffer.from(default_value_base64, 'base64')
    : Buffer.from(default_value_proto);
  return Buffer.concat([
    partOf(schema, inSchema.fields) ?? new Uint8Array(),
    ...(value.length > 0 ? [toPart(inField.defaultValue, value)] : []),
  ]);
}

function fromFunction(meta: FunctionMeta): FunctionMessage {
  return {
    ...meta,
    id: String(meta.id),
    input_field_ids: meta.input_field_ids.map(String),
    output_field_ids: meta.output_field_ids.map(String),
  };
}
