// SPDX-License-Identifier: Apache-2.0
// Small collections of a backup for the tests of the restore's decisions.
import type { RestoreOptions } from '../../../src/engine/options.ts';
import type { SourceCollection, SourceSegment } from '../../../src/engine/restore/source-collection.ts';
import { collectionMessage } from '../../../src/format/messages.ts';
import type { FieldMeta, SchemaMeta } from '../../../src/format/meta.ts';

export function fieldOf(over: Partial<FieldMeta>): FieldMeta {
  return {
    fieldID: 100n,
    name: 'id',
    is_primary_key: false,
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
    ...over,
  };
}

export function schemaOf(fields: FieldMeta[], over: Partial<SchemaMeta> = {}): SchemaMeta {
  const empty = { description: '', autoID: false, properties: [], functions: [], struct_array_fields: [] };
  return { name: 'c', enable_dynamic_field: false, ...empty, fields, ...over };
}

export const idAndVector = schemaOf([
  fieldOf({ is_primary_key: true }),
  fieldOf({ fieldID: 101n, name: 'v', data_type: 101 }),
]);

export function sourceOf(
  full: string,
  over: Partial<SourceCollection['meta']> = {},
  segments: SourceSegment[] = [],
): SourceCollection {
  const [database = '', name = ''] = full.split('.');
  const { partition_backups: _p, l0_segments: _l, ...zero } = collectionMessage.zero();
  const meta = {
    ...zero,
    collection_id: 7n,
    db_name: database,
    collection_name: name,
    schema: idAndVector,
    index_infos: [
      { field_name: 'v', index_name: 'v', index_type: 'HNSW', params: { index_type: 'HNSW' }, index_id: 1n },
    ],
    ...over,
  };
  return { database, name, meta, partitions: [{ id: 1n, name: '_default' }], segments };
}

export function segmentOf(over: Partial<SourceSegment> = {}): SourceSegment {
  const id = over.id ?? 11n;
  return {
    id,
    partition: 1n,
    group: id,
    isL0: false,
    rows: 100,
    storageVersion: 0,
    insert: { objects: 4, bytes: 400 },
    delta: { objects: 0, bytes: 0 },
    ...over,
  };
}

export function optionsOf(over: Partial<RestoreOptions> = {}): RestoreOptions {
  return {
    run: { runId: 'r1', attempt: 'next', resume: false },
    name: 'b',
    selection: { include: [], exclude: [] },
    targetSelection: { include: [], exclude: [] },
    rename: { databases: {}, collections: {}, suffix: '' },
    existing: 'Fail',
    skipCreateCollection: false,
    dropExistIndex: false,
    scope: 'Full',
    indexes: 'AsInBackup',
    load: 'AsInBackup',
    aliases: true,
    properties: true,
    allowPartial: false,
    versionCheck: 'Strict',
    verify: 'Imported',
    onFailure: 'Keep',
    dryRun: false,
    ...over,
  };
}
