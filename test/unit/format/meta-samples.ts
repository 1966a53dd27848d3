// SPDX-License-Identifier: Apache-2.0
// Meta trees for the tests of this room: one with everything in it, and arbitrary ones.
import * as fc from 'fast-check';
import { collectionMessage, schemaMessage, segmentMessage } from '../../../src/format/messages.ts';
import type {
  BackupMeta,
  CollectionMeta,
  FieldBinlogMeta,
  FieldMeta,
  IndexMeta,
  KeyValue,
  PartitionMeta,
  SchemaMeta,
  SegmentMeta,
} from '../../../src/format/meta.ts';

export const ids = {
  collection: 449885215365432101n,
  partition: 449885215365432102n,
  segment: 449885215365432103n,
};

export function segmentOf(over: Partial<SegmentMeta> = {}): SegmentMeta {
  return {
    ...segmentMessage.zero(),
    segment_id: ids.segment,
    collection_id: ids.collection,
    partition_id: ids.partition,
    num_of_rows: 100,
    binlogs: [
      { fieldID: 0n, binlogs: [{ log_path: 'files/insert_log/1/2/3/0/5', log_size: 10, log_id: 5n }] },
      { fieldID: 100n, binlogs: [{ log_path: 'files/insert_log/1/2/3/100/6', log_size: 20, log_id: 6n }] },
    ],
    deltalogs: [{ fieldID: 0n, binlogs: [{ log_path: 'files/delta_log/1/2/3/7', log_size: 3, log_id: 7n }] }],
    size: 33,
    group_id: over.segment_id ?? ids.segment,
    v_channel: 'by-dev-rootcoord-dml_0_449885215365432101v0',
    storage_version: 2,
    ...over,
  };
}

export function collectionOf(over: Partial<CollectionMeta> = {}): CollectionMeta {
  const collection_id = over.collection_id ?? ids.collection;
  return {
    ...collectionMessage.zero(),
    collection_id,
    db_name: 'default',
    collection_name: `c${collection_id}`,
    shards_num: 1,
    partition_backups: [
      {
        partition_id: ids.partition,
        partition_name: '_default',
        collection_id,
        segment_backups: [segmentOf({ collection_id })],
        size: 33,
        load_state: 'Loaded',
      },
    ],
    size: 33,
    ...over,
  };
}

const idField: FieldMeta = {
  fieldID: 100n,
  name: 'id',
  is_primary_key: true,
  description: 'a <key> & more',
  data_type: 5,
  type_params: [],
  index_params: [],
  autoID: true,
  element_type: 0,
  is_dynamic: false,
  is_partition_key: false,
  nullable: false,
  default_value_proto: '',
  is_function_output: false,
  default_value_base64: 'GAU=',
};

const vectorField: FieldMeta = {
  ...idField,
  fieldID: 101n,
  name: 'vector',
  is_primary_key: false,
  description: '',
  data_type: 101,
  type_params: [{ key: 'dim', value: '8' }],
  index_params: [{ key: 'mmap.enabled', value: '' }],
  autoID: false,
  default_value_base64: '',
};

const fullSchema: SchemaMeta = {
  ...schemaMessage.zero(),
  name: 'books',
  fields: [idField, vectorField],
  enable_dynamic_field: true,
  properties: [{ key: 'ttl', value: '1' }],
  functions: [
    {
      name: 'bm25',
      id: 100n,
      description: '',
      type: 1,
      input_field_names: ['text'],
      input_field_ids: [102n],
      output_field_names: ['sparse'],
      output_field_ids: [103n],
      params: [{ key: 'k', value: 'v' }],
    },
  ],
  struct_array_fields: [{ fieldID: 104n, name: 's', description: '', fields: [vectorField] }],
};

/** Every member of every message is set. */
export const fullCollection: CollectionMeta = {
  ...collectionOf(),
  id: 'a-task',
  db_name: 'größe',
  collection_name: 'books',
  schema: fullSchema,
  consistency_level: 2,
  backup_timestamp: 449885215365439999n,
  has_index: true,
  index_infos: [
    {
      field_name: 'vector',
      index_name: 'vector',
      index_type: 'HNSW',
      params: { metric_type: 'L2', index_type: 'HNSW', params: '{"M":8}' },
      index_id: 449885215365432110n,
      field_id: 101n,
      create_time: 449885215365432111n,
      type_params: [{ key: 'dim', value: '8' }],
      is_auto_index: true,
      max_index_version: 6,
    },
  ],
  load_state: 'Loaded',
  backup_physical_timestamp: 1756000000n,
  channel_checkpoints: { 'by-dev-dml_1': 'CgA=', 'by-dev-dml_0': 'CgE=' },
  l0_segments: [
    segmentOf({ segment_id: 9n, partition_id: -1n, group_id: 0n, is_l0: true, binlogs: [], num_of_rows: 0 }),
  ],
  properties: [{ key: 'collection.ttl.seconds', value: '60' }],
  db_id: 1n,
  created_timestamp: 449885215365430000n,
  virtual_channel_names: ['v'],
  physical_channel_names: ['p'],
  aliases: ['b'],
};

const name = fc.string({ unit: 'grapheme', maxLength: 8 });
const id = fc.oneof(
  fc.bigInt({ min: 2n ** 63n - 1000n, max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
);
const time = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const count = fc.maxSafeNat();
const few = <T>(item: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(item, { maxLength: 3 });
const names = few(name);
const map = fc.dictionary(fc.string({ unit: 'grapheme', maxLength: 4 }), name, {
  maxKeys: 3,
  noNullPrototype: true,
});
const keyValues = few(fc.record<KeyValue>({ key: name, value: name }));
const logs = few(
  fc.record<FieldBinlogMeta>({
    fieldID: id,
    binlogs: few(fc.record({ log_path: name, log_size: count, log_id: id })),
  }),
);
const segment = fc.record<SegmentMeta>({
  segment_id: id,
  collection_id: id,
  partition_id: id,
  num_of_rows: count,
  binlogs: logs,
  deltalogs: logs,
  size: count,
  group_id: id,
  is_l0: fc.boolean(),
  v_channel: name,
  storage_version: count,
});
const partition = fc.record<PartitionMeta>({
  partition_id: id,
  partition_name: name,
  collection_id: id,
  segment_backups: few(segment),
  size: count,
  load_state: name,
});
const field = fc.record<FieldMeta>({
  fieldID: id,
  name,
  is_primary_key: fc.boolean(),
  description: name,
  data_type: count,
  type_params: keyValues,
  index_params: keyValues,
  autoID: fc.boolean(),
  element_type: count,
  is_dynamic: fc.boolean(),
  is_partition_key: fc.boolean(),
  nullable: fc.boolean(),
  default_value_proto: name,
  is_function_output: fc.boolean(),
  default_value_base64: fc.base64String({ maxLength: 8 }),
});
const schema = fc.record<SchemaMeta>({
  name,
  description: name,
  autoID: fc.boolean(),
  fields: few(field),
  enable_dynamic_field: fc.boolean(),
  properties: keyValues,
  functions: fc.constant([]),
  struct_array_fields: few(fc.record({ fieldID: id, name, description: name, fields: few(field) })),
});
// Optional members that are empty are not written, so they do not come back: only non-empty ones are generated.
const index = fc.record<IndexMeta, 'field_name' | 'index_name' | 'index_type' | 'params' | 'index_id'>(
  {
    field_name: name,
    index_name: name,
    index_type: name,
    params: map,
    index_id: id,
    field_id: fc.constant(101n),
    type_params: fc.constant([{ key: 'a', value: 'b' }]),
  },
  { requiredKeys: ['field_name', 'index_name', 'index_type', 'params', 'index_id'] },
);

const collection = fc.record<CollectionMeta>({
  id: name,
  collection_id: id,
  db_name: name,
  collection_name: name,
  schema,
  shards_num: count,
  consistency_level: count,
  partition_backups: few(partition),
  backup_timestamp: time,
  size: count,
  has_index: fc.boolean(),
  index_infos: few(index),
  load_state: name,
  backup_physical_timestamp: time,
  channel_checkpoints: map,
  l0_segments: few(segment),
  properties: keyValues,
  db_id: id,
  created_timestamp: time,
  virtual_channel_names: names,
  physical_channel_names: names,
  aliases: names,
});

const backup = fc.record<
  BackupMeta,
  'id' | 'state_code' | 'name' | 'size' | 'milvus_version' | 'database_backups' | 'format'
>(
  {
    id: name,
    state_code: count,
    name,
    backup_timestamp: fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }),
    size: count,
    milvus_version: name,
    database_backups: few(fc.record({ db_name: name, db_id: fc.constant(7n), properties: keyValues })),
    format: fc.constant(''),
    rbac_meta: fc.constantFrom({}, { users: [{ user: 'ä', password: '<&>' }] }),
    control_channel_name: fc.constant('control'),
    physical_channel_names: fc.constant(['p']),
    flush_all_msgs_base64: fc.constant({ p: 'CgA=' }),
  },
  { requiredKeys: ['id', 'state_code', 'name', 'size', 'milvus_version', 'database_backups', 'format'] },
);

/** A collection whose parts say that they belong to each other, as a reader demands. */
const consistentCollection = collection
  .filter((tree) => tree.collection_id >= 0n)
  .map((tree): CollectionMeta => {
    let next = 1n;
    const own = (part: SegmentMeta, partition_id: bigint): SegmentMeta => ({
      ...part,
      collection_id: tree.collection_id,
      partition_id,
      segment_id: next++,
      group_id: 3n,
      binlogs: part.binlogs.map(plainPaths),
      deltalogs: part.deltalogs.map(plainPaths),
    });
    return {
      ...tree,
      db_name: '',
      partition_backups: tree.partition_backups.map((part, at) => ({
        ...part,
        collection_id: tree.collection_id,
        partition_id: BigInt(at),
        partition_name: `p${at}`,
        segment_backups: part.segment_backups.map((item) => own(item, BigInt(at))),
      })),
      l0_segments: tree.l0_segments.map((item) => own(item, -1n)),
    };
  });

function plainPaths({ fieldID, binlogs }: FieldBinlogMeta): FieldBinlogMeta {
  return { fieldID, binlogs: binlogs.map((log) => ({ ...log, log_path: `files/${log.log_id}` })) };
}

export const metaArbitraries = { backup, collection, consistentCollection };
