// SPDX-License-Identifier: Apache-2.0
// The messages of a backup's meta files as tables: members in the order the Go tool writes them, with the exceptions
// that are written even when zero (docs/backup-format.md 2.1, 2.2). What is not listed is ignored on reading.
import { always, bool, int, int64, natural, optional, text, textMap, uint64 } from './codec.ts';
import { message, passthrough } from './message.ts';
import type {
  BackupMeta,
  BinlogMeta,
  CollectionMeta,
  DatabaseMeta,
  FieldBinlogMeta,
  FieldMeta,
  FunctionMeta,
  IndexMeta,
  KeyValue,
  PartitionMeta,
  SchemaMeta,
  SegmentMeta,
  StructArrayFieldMeta,
} from './meta.ts';
import { list } from './repeated.ts';

/** Neither sizes nor counts are ever below zero. */
const size = always(natural);

const keyValue = message<KeyValue>({ key: text, value: text });

const database = message<DatabaseMeta>({
  db_name: text,
  db_id: optional(int64),
  properties: list(keyValue),
  ezk: optional(text),
});

const field = message<FieldMeta>({
  fieldID: int64,
  name: text,
  is_primary_key: bool,
  description: text,
  data_type: int,
  type_params: list(keyValue),
  index_params: list(keyValue),
  autoID: bool,
  element_type: int,
  is_dynamic: bool,
  is_partition_key: bool,
  nullable: bool,
  default_value_proto: text,
  is_function_output: bool,
  default_value_base64: text,
});

const functionSchema = message<FunctionMeta>({
  name: text,
  id: int64,
  description: text,
  type: int,
  input_field_names: list(text),
  input_field_ids: list(int64),
  output_field_names: list(text),
  output_field_ids: list(int64),
  params: list(keyValue),
});

const structArrayField = message<StructArrayFieldMeta>({
  fieldID: int64,
  name: text,
  description: text,
  fields: list(field),
});

export const schemaMessage = message<SchemaMeta>({
  name: text,
  description: text,
  autoID: bool,
  fields: list(field),
  enable_dynamic_field: bool,
  properties: list(keyValue),
  functions: list(functionSchema),
  struct_array_fields: list(structArrayField),
});

const index = message<IndexMeta>({
  field_name: text,
  index_name: text,
  index_type: text,
  params: textMap,
  index_id: int64,
  field_id: optional(int64),
  create_time: optional(uint64),
  type_params: passthrough,
  index_params: passthrough,
  user_index_params: passthrough,
  is_auto_index: optional(bool),
  min_index_version: optional(int),
  max_index_version: optional(int),
});

export const binlogMessage = message<BinlogMeta>({ log_path: text, log_size: size, log_id: int64 });

export const fieldBinlogMessage = message<FieldBinlogMeta>({ fieldID: int64, binlogs: list(binlogMessage) });

export const segmentMessage = message<SegmentMeta>({
  segment_id: int64,
  collection_id: int64,
  partition_id: int64,
  num_of_rows: natural,
  binlogs: list(fieldBinlogMessage),
  deltalogs: list(fieldBinlogMessage),
  size,
  group_id: int64,
  is_l0: bool,
  v_channel: text,
  storage_version: natural,
});

export const partitionMessage = message<PartitionMeta>(
  {
    partition_id: int64,
    partition_name: text,
    collection_id: int64,
    segment_backups: list(segmentMessage),
    size,
    load_state: text,
  },
  { split: true },
);

export const collectionMessage = message<CollectionMeta>(
  {
    id: text,
    collection_id: int64,
    db_name: text,
    collection_name: text,
    schema: schemaMessage,
    shards_num: natural,
    consistency_level: int,
    partition_backups: list(partitionMessage),
    backup_timestamp: uint64,
    size,
    has_index: always(bool),
    index_infos: list(index),
    load_state: text,
    backup_physical_timestamp: uint64,
    channel_checkpoints: textMap,
    l0_segments: list(segmentMessage),
    properties: list(keyValue),
    db_id: int64,
    created_timestamp: uint64,
    virtual_channel_names: list(text),
    physical_channel_names: list(text),
    aliases: list(text),
    snapshot_backup: passthrough,
  },
  { split: true },
);

const beforeCollections = {
  id: text,
  state_code: always(int),
  name: text,
  backup_timestamp: optional(uint64),
};

/** backup_meta.json: the scalars of the backup and nothing else (2.3). */
export type BackupScalars = Pick<
  BackupMeta,
  'id' | 'state_code' | 'name' | 'backup_timestamp' | 'size' | 'milvus_version' | 'format'
>;

export const backupScalarsMessage = message<BackupScalars>({
  ...beforeCollections,
  size,
  milvus_version: text,
  format: text,
});

/** What stands before `collection_backups` in full_meta.json. Never empty: state_code is always written. */
export type BackupHead = Pick<BackupMeta, keyof typeof beforeCollections>;

export const backupHeadMessage = message<BackupHead>(beforeCollections);

const afterCollections = {
  size,
  milvus_version: text,
  rbac_meta: passthrough,
  rpc_channel_info: passthrough,
  database_backups: list(database),
  flush_all_msgs_base64: optional(textMap),
  control_channel_name: optional(text),
  physical_channel_names: optional(list(text)),
  format: text,
};

/** What stands behind it. Never empty: size is always written. */
export type BackupTail = Pick<BackupMeta, keyof typeof afterCollections>;

export const backupTailMessage = message<BackupTail>(afterCollections);

/** The whole backup without its collections. */
export const backupMessage = message<BackupMeta>({ ...beforeCollections, ...afterCollections });
