// SPDX-License-Identifier: Apache-2.0
// Backups written by hand, through the format room alone: one as this program leaves it, one as the established tool
// does, and one from before groups. What the operations say of them is then compared with what was put in.
import { createHash, randomBytes } from 'node:crypto';
import {
  collectionMessage,
  partitionMessage,
  schemaMessage,
  segmentMessage,
} from '../../src/format/messages.ts';
import { encodeManifest, type Manifest, type ManifestDocument } from '../../src/format/manifest.ts';
import { writeObjectParts } from '../../src/format/manifest-parts.ts';
import type { BackupMeta, CollectionMeta, FieldBinlogMeta, SegmentMeta } from '../../src/format/meta.ts';
import {
  writeBackupMeta,
  writeCollectionLevel,
  writeFullMeta,
  writePartitionLevel,
  writeSegmentLevel,
} from '../../src/format/meta-writer.ts';
import { backupDir, metaFiles, ownFiles } from '../../src/format/paths.ts';
import type { ObjectStore } from '../../src/store/contract.ts';

export type Kind = 'ours' | 'tool' | 'before groups';

export type MadeBackup = {
  dir: string;
  header: BackupMeta;
  collections: CollectionMeta[];
  /** Below `dir`, sorted. */
  objects: Map<string, Buffer>;
  /** SHA-256 of the manifest, where there is one. */
  digest: string;
};

type Objects = Map<string, Buffer>;

const firstId = 449885215365432000n;

/** Two collections with data, deletes of a partition and of all, and one without anything. */
export async function makeBackup(
  store: ObjectStore,
  root: string,
  name: string,
  kind: Kind = 'ours',
): Promise<MadeBackup> {
  const objects: Objects = new Map();
  const collections = [0n, 1n].map((n) => makeCollection(firstId + n * 100n, kind, objects));
  collections.push({
    ...collectionMessage.zero(),
    collection_id: firstId + 500n,
    collection_name: 'empty',
    db_name: 'default',
  });
  const header: BackupMeta = {
    id: kind === 'ours' ? 'run-1' : '0b9b1c1e-1c1c-4f5e-8f5e-0b9b1c1e1c1c',
    state_code: 0,
    name,
    size: sum(collections),
    milvus_version: 'v2.4.1',
    database_backups: [{ db_name: 'default', properties: [] }],
    format: '',
  };
  const dir = backupDir(root, name);
  for (const [key, bytes] of objects) await store.put(dir + key, bytes);
  const documents = await putMeta(store, dir, header, collections);
  const digest =
    kind === 'ours' ? await putManifest(store, dir, { header, collections, objects, documents }) : '';
  const full = documents.get(metaFiles.full)!;
  await store.put(dir + metaFiles.full, full);
  return { dir, header, collections, objects, digest };
}

function sum(parts: readonly { size: number }[]): number {
  return parts.reduce((total, { size }) => total + size, 0);
}

function makeCollection(id: bigint, kind: Kind, objects: Objects): CollectionMeta {
  const partition_id = id + 1n;
  const at = { collection_id: id, partition_id };
  const segments = [
    makeSegment({ ...at, segment_id: id + 10n, num_of_rows: 20 }, kind, objects),
    makeSegment({ ...at, segment_id: id + 11n, num_of_rows: 30 }, kind, objects),
  ];
  const l0: SegmentMeta[] = [];
  if (kind !== 'before groups') {
    segments.push(makeDeletes({ ...at, segment_id: id + 12n, group_id: id + 12n }, objects));
    l0.push(makeDeletes({ ...at, partition_id: -1n, segment_id: id + 13n }, objects));
  }
  const partition = {
    ...partitionMessage.zero(),
    partition_name: '_default',
    ...at,
    segment_backups: segments,
    size: sum(segments),
  };
  return {
    ...collectionMessage.zero(),
    id: 'task',
    collection_id: id,
    db_name: 'default',
    collection_name: `c${id}`,
    schema: { ...schemaMessage.zero(), name: `c${id}` },
    shards_num: 1,
    consistency_level: 2,
    partition_backups: [partition],
    backup_timestamp: id,
    size: partition.size + sum(l0),
    load_state: 'Loaded',
    l0_segments: l0,
    channel_checkpoints: { 'by-dev-dml_0': 'CgA=' },
  };
}

type Own = Pick<SegmentMeta, 'collection_id' | 'partition_id' | 'segment_id'> & Partial<SegmentMeta>;

function makeSegment(own: Own, kind: Kind, objects: Objects): SegmentMeta {
  const { collection_id, partition_id, segment_id } = own;
  const group = kind === 'before groups' ? '' : `${segment_id}/`;
  const path = `${collection_id}/${partition_id}/${group}${segment_id}`;
  const source = `${collection_id}/${partition_id}/${segment_id}`;
  let log = segment_id * 10n;
  const binlogs = [0n, 1n, 100n, 101n].map((fieldID): FieldBinlogMeta => ({
    fieldID,
    binlogs: [1, 2].map(() =>
      put(objects, `insert_log/${path}/${fieldID}/`, `insert_log/${source}/${fieldID}/`, log++),
    ),
  }));
  const deltalogs = [
    { fieldID: 0n, binlogs: [put(objects, `delta_log/${path}/`, `delta_log/${source}/`, log++)] },
  ];
  return {
    ...segmentMessage.zero(),
    ...own,
    binlogs,
    deltalogs,
    size: [...binlogs, ...deltalogs]
      .flatMap((field) => field.binlogs)
      .reduce((total, { log_size }) => total + log_size, 0),
    group_id: kind === 'before groups' ? 0n : segment_id,
    v_channel: 'by-dev-dml_0_1v0',
  };
}

function makeDeletes(own: Own, objects: Objects): SegmentMeta {
  const { collection_id, partition_id, segment_id, group_id = 0n } = own;
  const group = group_id === 0n ? '' : `${group_id}/`;
  const path = `delta_log/${collection_id}/${partition_id}/${group}${segment_id}/`;
  const log = put(
    objects,
    path,
    `delta_log/${collection_id}/${partition_id}/${segment_id}/`,
    segment_id * 10n,
  );
  return {
    ...segmentMessage.zero(),
    ...own,
    is_l0: true,
    binlogs: [],
    deltalogs: [{ fieldID: 0n, binlogs: [log] }],
    size: log.log_size,
  };
}

function put(
  objects: Objects,
  folder: string,
  source: string,
  log_id: bigint,
): FieldBinlogMeta['binlogs'][number] {
  const bytes = randomBytes(50 + Number(log_id % 50n));
  objects.set(`binlogs/${folder}${log_id}`, bytes);
  return { log_path: `files/${source}${log_id}`, log_size: bytes.length, log_id };
}

async function putMeta(
  store: ObjectStore,
  dir: string,
  header: BackupMeta,
  collections: CollectionMeta[],
): Promise<Map<string, Buffer>> {
  const documents = new Map<string, Buffer>([
    [metaFiles.backup, writeBackupMeta(header)],
    [metaFiles.collection, await whole(writeCollectionLevel(collections))],
    [metaFiles.partition, await whole(writePartitionLevel(collections))],
    [metaFiles.segment, await whole(writeSegmentLevel(collections))],
    [metaFiles.full, await whole(writeFullMeta(header, collections))],
  ]);
  for (const [path, bytes] of documents) if (path !== metaFiles.full) await store.put(dir + path, bytes);
  return documents;
}

async function whole(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

async function putManifest(
  store: ObjectStore,
  dir: string,
  made: {
    header: BackupMeta;
    collections: CollectionMeta[];
    objects: Objects;
    documents: Map<string, Buffer>;
  },
): Promise<string> {
  const sorted = [...made.objects].toSorted(([one], [other]) => (one < other ? -1 : 1));
  const lines = sorted.map(([key, bytes]) => ({
    key,
    size: bytes.length,
    checksum: `md5:${digest('md5', bytes)}`,
  }));
  const parts: Manifest['objects']['parts'] = [];
  for await (const { part, body } of writeObjectParts(lines)) {
    await store.put(dir + part.path, body);
    parts.push(part);
  }
  const text = encodeManifest(manifestOf(made, parts));
  await store.put(dir + ownFiles.manifest, Buffer.from(text));
  return digest('sha256', Buffer.from(text));
}

function manifestOf(
  made: {
    header: BackupMeta;
    collections: CollectionMeta[];
    objects: Objects;
    documents: Map<string, Buffer>;
  },
  parts: Manifest['objects']['parts'],
): Manifest {
  const metaDocuments = [...made.documents].map(([path, bytes]): ManifestDocument => ({
    path,
    size: bytes.length,
    sha256: digest('sha256', bytes),
  }));
  const bytes = [...made.objects.values()].reduce((total, { length }) => total + length, 0);
  return {
    v: 1,
    runId: made.header.id,
    backupName: made.header.name,
    engineVersion: 'test',
    milvusVersion: made.header.milvus_version,
    startTime: '2026-01-01T00:00:00.000Z',
    endTime: '2026-01-01T00:00:01.000Z',
    metaFiles: metaDocuments,
    objects: { parts, count: made.objects.size, bytes },
    collections: made.collections.map((c) => ({
      id: c.collection_id,
      db: c.db_name,
      name: c.collection_name,
      rows: 0,
      segments: 0,
      objects: 0,
      bytes: c.size,
      describeCollection: '',
      describeIndex: '',
    })),
    dropped: [],
    skipped: [],
    warnings: [],
  };
}

export function digest(algorithm: 'md5' | 'sha256', bytes: Buffer): string {
  return createHash(algorithm).update(bytes).digest('hex');
}
