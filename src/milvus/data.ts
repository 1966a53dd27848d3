// SPDX-License-Identifier: Apache-2.0
// Rows: flushing and segments, loading and counting.
import type { Caller } from './call.ts';
import type { CollectionName, FlushInfo, MilvusClient, SegmentInfo } from './contract.ts';
import { byName, loading } from './load.ts';
import { partOf, partsOf } from './wire.ts';

type Data = Pick<
  MilvusClient,
  'loadState' | 'flush' | 'isFlushed' | 'listSegments' | 'loadCollection' | 'releaseCollection' | 'countRows'
>;

export function dataCalls(caller: Caller, canRefresh: boolean): Data {
  const load = loading(caller, canRefresh);
  const run = (rpc: string, name: CollectionName, request = {}): Promise<unknown> =>
    caller.call({ rpc, request: { ...byName(name), ...request }, database: name.database });
  return {
    ...load,
    flush: (name) => flush(caller, name),
    isFlushed: (name, info) => isFlushed(caller, name, info),
    listSegments: (name) => listSegments(caller, name),
    releaseCollection: async (name) => void (await run('ReleaseCollection', name)),
    countRows: (name) => countRows(caller, name),
  };
}

type Flushed = {
  coll_segIDs: Record<string, { data: string[] }>;
  coll_seal_times: Record<string, string>;
  coll_flush_ts: Record<string, string>;
  channel_cps: Record<string, { timestamp: string }>;
};

/** One collection a call: with several, the checkpoints are only those of the last. */
async function flush(caller: Caller, name: CollectionName): Promise<FlushInfo> {
  const { message, raw } = await caller.call<Flushed>({
    rpc: 'Flush',
    request: { db_name: name.database, collection_names: [name.name] },
    database: name.database,
  });
  return {
    sealing: (onlyValue(message.coll_segIDs)?.data ?? []).map(BigInt),
    flushTimestamp: BigInt(onlyValue(message.coll_flush_ts) ?? 0),
    sealTime: BigInt(onlyValue(message.coll_seal_times) ?? 0),
    checkpoints: checkpointsOf(message, raw),
  };
}

function onlyValue<Value>(map: Record<string, Value>): Value | undefined {
  return Object.values(map)[0];
}

/** FlushResponse.channel_cps is field 7, its entries are {1: key, 2: value}; the position's bytes are kept as they are. */
function checkpointsOf(message: Flushed, raw: Uint8Array): FlushInfo['checkpoints'] {
  const entries = partsOf(raw, 7).map((entry) => {
    const channel = Buffer.from(partOf(entry, 1) ?? []).toString();
    const position = Buffer.from(partOf(entry, 2) ?? []).toString('base64');
    const timestamp = BigInt(message.channel_cps[channel]?.timestamp ?? 0);
    return [channel, { base64: position, timestamp }] as const;
  });
  return Object.fromEntries(entries);
}

async function isFlushed(caller: Caller, name: CollectionName, info: FlushInfo): Promise<boolean> {
  const { message } = await caller.call<{ flushed: boolean }>({
    rpc: 'GetFlushState',
    request: {
      ...byName(name),
      segmentIDs: info.sealing.map(String),
      flush_ts: String(info.flushTimestamp),
    },
    database: name.database,
  });
  return message.flushed;
}

/** common.SegmentState. */
const segmentStates = [
  'None',
  'NotExist',
  'Growing',
  'Sealed',
  'Flushed',
  'Flushing',
  'Dropped',
  'Importing',
];
const levelL0 = 1;

type Segment = {
  segmentID: string;
  collectionID: string;
  partitionID: string;
  num_rows: string;
  state: number;
  level: number;
  storage_version: string;
};

/** The keys of this request are in camel case. */
async function listSegments(caller: Caller, name: CollectionName): Promise<SegmentInfo[]> {
  const { message } = await caller.call<{ infos: Segment[] }>({
    rpc: 'GetPersistentSegmentInfo',
    request: { dbName: name.database, collectionName: name.name },
    database: name.database,
  });
  return message.infos.map((segment) => ({
    id: BigInt(segment.segmentID),
    collectionId: BigInt(segment.collectionID),
    partitionId: BigInt(segment.partitionID),
    rows: Number(segment.num_rows),
    state: segmentStates[segment.state] ?? String(segment.state),
    isL0: segment.level === levelL0,
    storageVersion: Number(segment.storage_version),
  }));
}

type Counted = { fields_data: { scalars: { long_data: { data: string[] } } }[] };

/** Level Strong (0) with no timestamp of ours makes the server wait for everything written before the call. */
async function countRows(caller: Caller, name: CollectionName): Promise<number> {
  const { message } = await caller.call<Counted>({
    rpc: 'Query',
    request: {
      ...byName(name),
      expr: '',
      output_fields: ['count(*)'],
      consistency_level: 0,
      use_default_consistency: false,
      guarantee_timestamp: '0',
    },
    database: name.database,
  });
  return Number(message.fields_data[0]?.scalars.long_data.data[0] ?? 0);
}
