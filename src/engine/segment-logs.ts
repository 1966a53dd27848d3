// SPDX-License-Identifier: Apache-2.0
// Which objects of the Milvus bucket belong to which segment: listed twice and compared, because segments change while
// one looks (compaction, deletes). Judging what was found is pure.
import { OperatorError } from '../base/error.ts';
import { parseSourceKey } from '../format/source-key.ts';
import type { BinlogMeta, FieldBinlogMeta, SchemaMeta } from '../format/meta.ts';
import type { SegmentInfo } from '../milvus/contract.ts';
import type { ObjectInfo, ObjectStore } from '../store/contract.ts';

/** One log of a segment as the source store lists it. Deltas have no field. */
export type SourceLog = ObjectInfo & { field: bigint | undefined; log: bigint };

export type SegmentLogs = { insert: SourceLog[]; delta: SourceLog[] };

/** Logs by segment id, of the wanted segments only; leftovers of compacted segments are passed over. */
export type LogsBySegment = Map<bigint, SegmentLogs>;

type Place = { store: ObjectStore; rootPath: string; collectionId: bigint };

export async function listLogs(
  place: Place,
  wanted: ReadonlySet<bigint>,
  signal: AbortSignal,
): Promise<LogsBySegment> {
  const found: LogsBySegment = new Map([...wanted].map((id) => [id, { insert: [], delta: [] }]));
  const root = place.rootPath === '' ? '' : `${place.rootPath}/`;
  for (const kind of ['insert_log', 'delta_log'] as const) {
    for await (const entry of place.store.list(`${root}${kind}/${place.collectionId}/`, {}, signal)) {
      if (entry.kind === 'object' && !entry.key.endsWith('/')) addLog(place, found, entry);
    }
  }
  return found;
}

function addLog(place: Place, found: LogsBySegment, object: ObjectInfo): void {
  const parsed = parseSourceKey(place.rootPath, object.key);
  if (!parsed) {
    if (!namesWanted(object.key, found)) return;
    throw new OperatorError(
      'VersionRefused',
      `${object.key} in ${place.store.label} lies below a segment but is no binlog of a known layout: ` +
        'this storage version cannot be backed up by files. Nothing was written.',
    );
  }
  const logs = found.get(parsed.segment);
  if (!logs) return;
  const { key, size, etag, contentHash } = object;
  const log = {
    key,
    size,
    etag,
    ...(contentHash === undefined ? {} : { contentHash }),
    field: parsed.kind === 'insert' ? parsed.field : undefined,
    log: parsed.log,
  };
  (parsed.kind === 'insert' ? logs.insert : logs.delta).push(log);
}

function namesWanted(key: string, found: LogsBySegment): boolean {
  return key.split('/').some((part) => /^\d+$/.test(part) && found.has(BigInt(part)));
}

/** True if both looks saw the same segments with the same rows and the same objects. */
export function isSameLook(a: Look, b: Look): boolean {
  return describeLook(a) === describeLook(b);
}

export type Look = { segments: readonly SegmentInfo[]; logs: LogsBySegment };

function describeLook({ segments, logs }: Look): string {
  const lines = segments.map((segment) => {
    const own = logs.get(segment.id);
    const objects = [...(own?.insert ?? []), ...(own?.delta ?? [])].map(
      (o) => `${o.key}=${o.size}=${o.etag}`,
    );
    return `${segment.id} ${segment.rows} ${segment.partitionId} ${objects.toSorted().join(' ')}`;
  });
  return lines.toSorted().join('\n');
}

/**
 * What is wrong with a segment's insert logs, or undefined: a segment with rows needs logs, in every field of the schema
 * and the two system fields, and equally many in each (orphans of failed uploads break that).
 */
export function defectOf(segment: SegmentInfo, logs: SegmentLogs, schema: SchemaMeta): string | undefined {
  if (segment.isL0) return undefined;
  if (logs.insert.length === 0) {
    return segment.rows > 0 ? `segment ${segment.id} has ${segment.rows} rows and no insert log` : undefined;
  }
  // From storage version 2 on a folder is a group of columns, not a field.
  return segment.storageVersion > 1 ? undefined : misalignment(segment.id, logs.insert, schema);
}

function misalignment(segment: bigint, logs: readonly SourceLog[], schema: SchemaMeta): string | undefined {
  const counts = new Map<bigint, number>();
  for (const { field = -1n } of logs) counts.set(field, (counts.get(field) ?? 0) + 1);
  const expected = [0n, 1n, ...schema.fields.map((field) => field.fieldID)];
  const missing = expected.find((field) => !counts.has(field));
  if (missing !== undefined) return `segment ${segment} has no insert log of field ${missing}`;
  const first = counts.get(0n);
  const odd = [...counts].find(([, count]) => count !== first);
  return odd && `segment ${segment} has ${odd[1]} insert logs of field ${odd[0]} but ${first} of field 0`;
}

/** Groups logs as the meta tree has them: fields ascending, logs as the store lists them. */
export function fieldBinlogs(logs: readonly SourceLog[]): FieldBinlogMeta[] {
  const byField = new Map<bigint, BinlogMeta[]>();
  for (const { field, key, size, log } of logs) {
    const list = byField.get(field ?? 0n) ?? [];
    list.push({ log_path: key, log_size: size, log_id: log });
    byField.set(field ?? 0n, list);
  }
  return [...byField]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([fieldID, binlogs]) => ({ fieldID, binlogs }));
}
