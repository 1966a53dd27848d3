// SPDX-License-Identifier: Apache-2.0
// Compares the field ids that a server gave to a new collection with those in the backup. Binlogs lie in folders named
// by field id, and a server assigns ids by order whatever it is sent (measured on 2.3.5): where they differ, an import
// would put values into the wrong fields or lose them.
import type { FieldMeta, SchemaMeta } from '../../format/meta.ts';

/** The first field whose id differs, in words, or undefined. */
export function fieldIdProblem(backup: SchemaMeta, server: SchemaMeta): string | undefined {
  const expected = fieldIds(backup);
  const found = fieldIds(server);
  for (const [name, id] of expected) {
    const there = found.get(name);
    if (there === undefined) return `the server has no field ${name}, the backup has it with id ${id}`;
    if (there !== id) return `the server gave field ${name} the id ${there}, the backup has it with id ${id}`;
  }
  for (const [name, id] of found) {
    if (!expected.has(name)) return `the server has a field ${name} with id ${id} that the backup lacks`;
  }
  return undefined;
}

/** Name to id of all that has binlogs; the fields of a struct array are named below it. */
function fieldIds(schema: SchemaMeta): Map<string, bigint> {
  const ids = new Map<string, bigint>();
  for (const field of userFields(schema.fields)) ids.set(field.name, field.fieldID);
  for (const struct of schema.struct_array_fields) {
    ids.set(struct.name, struct.fieldID);
    for (const field of struct.fields) ids.set(`${struct.name}[${field.name}]`, field.fieldID);
  }
  return ids;
}

/** Servers never show `$meta`; backups hold it only where the index extras were taken. */
export function userFields(fields: readonly FieldMeta[]): FieldMeta[] {
  return fields.filter((field) => !field.is_dynamic);
}

export function hasPartitionKey(schema: SchemaMeta): boolean {
  return schema.fields.some((field) => field.is_partition_key);
}

/** schema.DataType from 100 on is a vector, but for the struct kinds. */
export function isVector(dataType: number): boolean {
  return dataType >= 100 && dataType < 200;
}

export function hasVectorIndex(schema: SchemaMeta, indexed: readonly { field_name: string }[]): boolean {
  const vectors = new Set(schema.fields.filter((f) => isVector(f.data_type)).map((f) => f.name));
  return indexed.some((index) => vectors.has(index.field_name));
}
