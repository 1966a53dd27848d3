// SPDX-License-Identifier: Apache-2.0
// The meta tree of a backup: the messages of the established tool's backup.proto with the names they have in JSON.
// int64 and uint64 that are ids or timestamps are bigint (they exceed 2^53); sizes and counts are numbers.
// Keys, order and omission of zero values are facts of that tool's format (docs/backup-format.md).

export type KeyValue = { key: string; value: string };

export type BackupMeta = {
  id: string;
  state_code: number;
  name: string;
  backup_timestamp?: bigint;
  size: number;
  milvus_version: string;
  database_backups: DatabaseMeta[];
  /** '' is the binlog format, the only one that this version writes or restores. */
  format: string;
  /** Read and written back as found; never interpreted here. */
  rbac_meta?: unknown;
  /** Written by the Go tool for 2.5 servers; never interpreted here. */
  rpc_channel_info?: unknown;
  /** Bulk flush only: pchannel to base64 of common.ImmutableMessage, and the channels of the cluster. */
  flush_all_msgs_base64?: Record<string, string>;
  control_channel_name?: string;
  physical_channel_names?: string[];
};

export type DatabaseMeta = { db_name: string; db_id?: bigint; properties: KeyValue[]; ezk?: string };

export type CollectionMeta = {
  id: string;
  collection_id: bigint;
  /** '' on servers without databases: read as `default`. */
  db_name: string;
  collection_name: string;
  schema: SchemaMeta;
  shards_num: number;
  consistency_level: number;
  partition_backups: PartitionMeta[];
  backup_timestamp: bigint;
  size: number;
  has_index: boolean;
  index_infos: IndexMeta[];
  /** NotLoad, Loading, Loaded; old backups also NotExist or nothing. */
  load_state: string;
  backup_physical_timestamp: bigint;
  /** vchannel to base64 of msg.MsgPosition. */
  channel_checkpoints: Record<string, string>;
  /** Segments of partition -1 that hold deletes only. */
  l0_segments: SegmentMeta[];
  properties: KeyValue[];
  db_id: bigint;
  created_timestamp: bigint;
  virtual_channel_names: string[];
  physical_channel_names: string[];
  aliases: string[];
  /** Set only in backups of the snapshot format, which are refused. */
  snapshot_backup?: unknown;
};

export type PartitionMeta = {
  partition_id: bigint;
  partition_name: string;
  collection_id: bigint;
  segment_backups: SegmentMeta[];
  size: number;
  load_state: string;
};

export type SegmentMeta = {
  segment_id: bigint;
  collection_id: bigint;
  /** -1 for deletes of all partitions. */
  partition_id: bigint;
  num_of_rows: number;
  binlogs: FieldBinlogMeta[];
  deltalogs: FieldBinlogMeta[];
  size: number;
  /** Equal to segment_id in what this version writes; 0 for partition -1 and in very old backups. */
  group_id: bigint;
  is_l0: boolean;
  v_channel: string;
  storage_version: number;
};

export type FieldBinlogMeta = { fieldID: bigint; binlogs: BinlogMeta[] };

/** `log_path` is the key in the Milvus bucket it came from, not the key in the backup. */
export type BinlogMeta = { log_path: string; log_size: number; log_id: bigint };

export type SchemaMeta = {
  name: string;
  description: string;
  autoID: boolean;
  fields: FieldMeta[];
  enable_dynamic_field: boolean;
  properties: KeyValue[];
  functions: FunctionMeta[];
  struct_array_fields: StructArrayFieldMeta[];
};

export type FieldMeta = {
  fieldID: bigint;
  name: string;
  is_primary_key: boolean;
  description: string;
  /** Number of Milvus's schema.DataType. */
  data_type: number;
  type_params: KeyValue[];
  index_params: KeyValue[];
  autoID: boolean;
  element_type: number;
  is_dynamic: boolean;
  is_partition_key: boolean;
  nullable: boolean;
  /** Old backups: raw protobuf bytes as text. Never written. */
  default_value_proto: string;
  is_function_output: boolean;
  /** Base64 of schema.ValueField. */
  default_value_base64: string;
};

export type FunctionMeta = {
  name: string;
  id: bigint;
  description: string;
  type: number;
  input_field_names: string[];
  input_field_ids: bigint[];
  output_field_names: string[];
  output_field_ids: bigint[];
  params: KeyValue[];
};

export type StructArrayFieldMeta = {
  fieldID: bigint;
  name: string;
  description: string;
  fields: FieldMeta[];
};

export type IndexMeta = {
  field_name: string;
  index_name: string;
  index_type: string;
  params: Record<string, string>;
  index_id: bigint;
  /** These only with index extras, which only the secondary restore of the Go tool reads. */
  field_id?: bigint;
  create_time?: bigint;
  type_params?: unknown;
  index_params?: unknown;
  user_index_params?: unknown;
  is_auto_index?: boolean;
  min_index_version?: number;
  max_index_version?: number;
};

/** Database names are stored as '' by servers that know none. */
export function databaseOf(collection: Pick<CollectionMeta, 'db_name'>): string {
  return collection.db_name === '' ? 'default' : collection.db_name;
}
