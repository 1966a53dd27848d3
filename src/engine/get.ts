// SPDX-License-Identifier: Apache-2.0
// One backup in the established tool's words: its brief, which is the meta without partitions and segments, plus the size
// of the meta. Numbers of 18 digits pass as they stand; the document streams by and only what is shown is kept.
import { collectionMessage, backupTailMessage } from '../format/messages.ts';
import { readFullMeta } from '../format/full-meta-reader.ts';
import { quote, parseJson, stringifyJson } from '../format/json.ts';
import { readLevelFiles } from '../format/level-files-reader.ts';
import type { BackupMeta } from '../format/meta.ts';
import { isRecord } from '../format/numeral.ts';
import { metaFiles, metaFolder } from '../format/paths.ts';
import type { ReadCollection, ReadOptions } from '../format/read-model.ts';
import { openBackup, type BackupFolder } from './catalog.ts';
import type { Engine } from './engine.ts';
import { indentJson } from './json-indent.ts';
import { measure } from './listing.ts';
import { metaChunks } from './meta-source.ts';

/** The members of a collection that the brief shows, in its order. */
const shown = [
  'id',
  'collection_id',
  'db_name',
  'collection_name',
  'schema',
  'shards_num',
  'backup_timestamp',
  'size',
  'has_index',
  'index_infos',
  'load_state',
  'backup_physical_timestamp',
  'channel_checkpoints',
  'properties',
] as const;

/** JSON indented by four spaces, without a newline at its end. Throws BackupUnreadable. */
export async function getBackup(engine: Engine, name: string): Promise<string> {
  const folder = await openBackup(engine, name);
  const { bytes: metaSize } = await measure(folder.store, folder.dir + metaFolder, engine.signal);
  const collections: string[] = [];
  const header = await readBriefs(engine, folder, (collection) => collections.push(encodeBrief(collection)));
  return indentJson(encodeBackup(header, collections, metaSize));
}

async function readBriefs(
  engine: Engine,
  folder: BackupFolder,
  keep: (collection: ReadCollection) => void,
): Promise<BackupMeta> {
  const options: ReadOptions = { file: `${folder.store.label} ${folder.dir}`, segments: 'summary' };
  const chunks = (file: string): AsyncGenerator<Uint8Array> => metaChunks(engine, folder, file);
  if (!folder.marks.meta.has(metaFiles.full)) {
    const { backup, collection, partition, segment } = metaFiles;
    const files = {
      backup: chunks(backup),
      collection: chunks(collection),
      partition: chunks(partition),
      segment: chunks(segment),
    };
    const read = await readLevelFiles(files, options);
    for (const collection of read.collections) keep(collection);
    return read.header;
  }
  let header: BackupMeta | undefined;
  const file = options.file + metaFiles.full;
  for await (const item of readFullMeta(chunks(metaFiles.full), { ...options, file })) {
    if (item.kind === 'collection') keep(item.collection);
    else ({ header } = item);
  }
  return header!;
}

/** By way of the whole message, so that what is left out when empty is decided in one place. */
function encodeBrief(collection: ReadCollection): string {
  const whole = collectionMessage.encode({ ...collection, partition_backups: [], l0_segments: [] });
  return `{${pick(whole, shown).join(',')}}`;
}

/** `"key":value` for each of `keys` that the compact object `text` has, in the order of `keys`. */
function pick(text: string, keys: readonly string[]): string[] {
  const parsed = parseJson(text, 'a brief');
  if (!isRecord(parsed)) return [];
  return keys
    .filter((key) => parsed[key] !== undefined)
    .map((key) => `${quote(key)}:${stringifyJson(parsed[key])}`);
}

function encodeBackup(header: BackupMeta, collections: readonly string[], metaSize: number): string {
  const tail = backupTailMessage.encode(header);
  const members = [
    '"state_code":0,"progress":0',
    ...(header.name === '' ? [] : [`"name":${quote(header.name)}`]),
    ...(header.backup_timestamp === undefined || header.backup_timestamp === 0n
      ? []
      : [`"backup_timestamp":${header.backup_timestamp}`]),
    ...(collections.length === 0 ? [] : [`"collection_backups":[${collections.join(',')}]`]),
    ...pick(tail, ['size', 'milvus_version', 'rpc_channel_info', 'database_backups']),
    `"meta_size":${metaSize}`,
    ...pick(tail, ['format']),
  ];
  return `{${members.join(',')}}`;
}
