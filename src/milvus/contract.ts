// SPDX-License-Identifier: Apache-2.0
// A Milvus server as the engine sees it. Ids and timestamps are bigint. Methods throw OperatorError with a reason
// (Unreachable, CredentialsRejected, TLSFailed, Throttled, MilvusError) and a message that names the call, the address
// and the server's own words; absence that a caller must expect is a value. Nothing here retries: CreateCollection and
// Import must never be repeated by a layer that does not know their outcome.
import type { IndexMeta, KeyValue, SchemaMeta } from '../format/meta.ts';
import type { Features } from './features.ts';

/** A token is user:password, or an API key of a managed service. */
export type Login = { user: string; password: string } | { token: string };

export type MilvusOptions = {
  /** host:port of the gRPC service. */
  address: string;
  tls: {
    mode: 'Disabled' | 'Server' | 'Mutual';
    caFile?: string;
    certFile?: string;
    keyFile?: string;
    serverName?: string;
  };
  /** Read anew at each connection; undefined: no login. */
  login: () => Promise<Login | undefined>;
  /** http(s)://host:port of the management port; undefined: garbage collection is not paused. */
  managementAddress?: string;
  /** One call, milliseconds. */
  timeoutMs: number;
};

export type ServerInfo = { version: string; features: Features };

export type DatabaseInfo = { name: string; id?: bigint; properties: KeyValue[] };

export type CollectionName = { database: string; name: string };

export type CollectionRef = CollectionName & { id: bigint; createdTimestamp: bigint };

/** DescribeCollection, without loss where the protocol is known; `raw` is the response as it came. */
export type CollectionInfo = CollectionRef & {
  schema: SchemaMeta;
  shards: number;
  consistencyLevel: number;
  properties: KeyValue[];
  databaseId: bigint;
  virtualChannels: string[];
  physicalChannels: string[];
  aliases: string[];
  raw: Uint8Array;
  /** True if the known protocol does not reproduce `raw`: something in it would be lost. */
  lossy: boolean;
};

export type PartitionInfo = { name: string; id: bigint };

export type IndexList = { indexes: IndexMeta[]; raw: Uint8Array };

export type LoadState = 'NotLoad' | 'Loading' | 'Loaded';

export type SegmentInfo = {
  id: bigint;
  collectionId: bigint;
  partitionId: bigint;
  rows: number;
  state: string;
  isL0: boolean;
  storageVersion: number;
};

/** What Flush answered. `sealing` are the segments to wait for; times as the server gave them. */
export type FlushInfo = {
  sealing: bigint[];
  flushTimestamp: bigint;
  sealTime: bigint;
  /** vchannel to base64 of msg.MsgPosition with its timestamp; empty on servers that send none. */
  checkpoints: Record<string, { base64: string; timestamp: bigint }>;
};

export type NewCollection = {
  database: string;
  name: string;
  /** The schema's name is replaced by `name`; dynamic fields are left to the flag. */
  schema: SchemaMeta;
  shards: number;
  consistencyLevel: number;
  /** Only with a partition key. */
  partitions?: number;
  properties: KeyValue[];
};

export type ImportRequest = {
  database: string;
  collection: string;
  partition: string;
  /** Prefixes in the Milvus bucket: [insert, delta or '']. */
  files: string[];
  options: KeyValue[];
};

export type ImportState = 'Pending' | 'Running' | 'Completed' | 'Failed';

export type ImportTask = {
  id: bigint;
  collectionId: bigint;
  state: ImportState;
  rows: number;
  percent: number;
  reason: string;
  files: string[];
};

export type GCTicket = { collectionId: bigint; ticket: string };

/** Every call is given up after `timeoutMs`; what it did until then is not known. */
export interface MilvusClient {
  readonly address: string;
  readonly server: ServerInfo;
  listDatabases(): Promise<string[]>;
  describeDatabase(name: string): Promise<DatabaseInfo>;
  createDatabase(name: string, properties: KeyValue[]): Promise<void>;
  /** Empty for a database that is not there. */
  listCollections(database: string): Promise<CollectionRef[]>;
  /** Undefined if nothing stands under that name (or alias). */
  describeCollection(name: CollectionName): Promise<CollectionInfo | undefined>;
  /** The collection for which an alias stands; undefined for no alias, also for a collection's own name. */
  findAlias(database: string, alias: string): Promise<string | undefined>;
  listPartitions(name: CollectionName): Promise<PartitionInfo[]>;
  listIndexes(name: CollectionName): Promise<IndexList>;
  /** Loading also while a refresh that this client began goes on; NotLoad for what does not exist. */
  loadState(name: CollectionName, partition?: string): Promise<LoadState>;
  flush(name: CollectionName): Promise<FlushInfo>;
  isFlushed(name: CollectionName, flush: FlushInfo): Promise<boolean>;
  /** Sealed, flushing and flushed segments. A segment that vanishes during the call makes it CollectionChanging. */
  listSegments(name: CollectionName): Promise<SegmentInfo[]>;
  createCollection(request: NewCollection): Promise<void>;
  createPartition(name: CollectionName, partition: string): Promise<void>;
  createIndex(
    name: CollectionName,
    index: { field: string; name: string; params: Record<string, string> },
  ): Promise<void>;
  /** By the name it has on the server; an unknown one is fine. */
  dropIndex(name: CollectionName, index: string): Promise<void>;
  createAlias(name: CollectionName, alias: string): Promise<void>;
  /** Makes an alias that is there stand for this collection. */
  alterAlias(name: CollectionName, alias: string): Promise<void>;
  renameCollection(from: CollectionName, to: CollectionName): Promise<void>;
  dropCollection(name: CollectionName): Promise<void>;
  /** Begins to load; what is loaded begins to look for imported rows, where the server can. `loadState` tells the end. */
  loadCollection(name: CollectionName): Promise<void>;
  releaseCollection(name: CollectionName): Promise<void>;
  /** count(*) at consistency Strong; the collection is loaded. */
  countRows(name: CollectionName): Promise<number>;
  importFiles(request: ImportRequest): Promise<bigint>;
  /** Undefined if the server does not know the task (any more). A prefix without objects ends Completed with 0 rows. */
  importTask(id: bigint): Promise<ImportTask | undefined>;
  /** Under the collection's present name; what it held before a rename comes along. */
  listImportTasks(name: CollectionName): Promise<ImportTask[]>;
  /** Undefined where the server has no such call (404): GCPauseUnsupported. */
  pauseGC(seconds: number, collectionId?: bigint): Promise<GCTicket | 'instance' | undefined>;
  resumeGC(ticket: GCTicket): Promise<void>;
  close(): Promise<void>;
}
