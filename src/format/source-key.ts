// SPDX-License-Identifier: Apache-2.0
// Keys of Milvus's own bucket, below its root path (docs/backup-format.md 1.1). The grammar is strict: a segment with
// anything else under its prefix is not a segment this version understands.
import { folder } from './guards.ts';
import type { LogRef } from './paths.ts';

const maxInt64 = 2n ** 63n - 1n;

/** What stands before `insert_log/`: '' for an empty root path, else the clean path without a slash in front. */
export function sourcePrefix(rootPath: string): string {
  return folder(rootPath);
}

/** The key of a log in the bucket of Milvus; `log_path` in the meta. */
export function sourceKey(rootPath: string, ref: LogRef): string {
  const prefix = segmentPrefix(rootPath, ref.kind, ref);
  return ref.kind === 'insert' ? `${prefix}${ref.field}/${ref.log}` : `${prefix}${ref.log}`;
}

/** Where all logs of one kind of a segment lie. */
export function segmentPrefix(
  rootPath: string,
  kind: LogRef['kind'],
  at: { collection: bigint; partition: bigint; segment: bigint },
): string {
  return `${sourcePrefix(rootPath)}${kind}_log/${at.collection}/${at.partition}/${at.segment}/`;
}

/** What the key of a log says; undefined for any other key. The opposite of `sourceKey`. */
export function parseSourceKey(rootPath: string, key: string): LogRef | undefined {
  const prefix = sourcePrefix(rootPath);
  if (!key.startsWith(prefix)) return undefined;
  const [folder, collection, partition, segment, ...rest] = key.slice(prefix.length).split('/');
  if (folder === 'insert_log') {
    const ids = unsignedIds([collection, partition, segment, ...rest], 5);
    return ids && insertRef(ids);
  }
  if (folder !== 'delta_log') return undefined;
  const all = partition === '-1';
  const ids = unsignedIds([collection, all ? '0' : partition, segment, ...rest], 4);
  return ids && deltaRef(ids, all);
}

function insertRef([collection, partition, segment, field, log]: bigint[]): LogRef | undefined {
  return {
    kind: 'insert',
    collection: collection!,
    partition: partition!,
    segment: segment!,
    field: field!,
    log: log!,
  };
}

function deltaRef([collection, partition, segment, log]: bigint[], all: boolean): LogRef | undefined {
  return {
    kind: 'delta',
    collection: collection!,
    partition: all ? -1n : partition!,
    segment: segment!,
    log: log!,
  };
}

/** Exactly `count` decimal int64 without sign and leading zeros. */
function unsignedIds(texts: (string | undefined)[], count: number): bigint[] | undefined {
  if (texts.length !== count) return undefined;
  const ids: bigint[] = [];
  for (const text of texts) {
    if (text === undefined || !/^(?:0|[1-9]\d{0,18})$/.test(text)) return undefined;
    const id = BigInt(text);
    if (id > maxInt64) return undefined;
    ids.push(id);
  }
  return ids;
}
