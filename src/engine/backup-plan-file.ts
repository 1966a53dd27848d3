// SPDX-License-Identifier: Apache-2.0
// A planned collection as it waits in the backup's folder: one line of what the manifest needs, one line that is the
// collection's part of full_meta.json. So a finished collection needs no memory, and an attempt that died leaves its plan.
import { createHash } from 'node:crypto';
import { decode, piecesOf } from '../format/codec.ts';
import { parseJson } from '../format/json.ts';
import { collectionMessage } from '../format/messages.ts';
import type { CollectionMeta } from '../format/meta.ts';
import { planKey } from '../format/paths.ts';
import { segmentsOf } from './backup-copy.ts';
import type { CollectionPlan } from './backup-plan.ts';
import type { BackupRun } from './backup-run.ts';
import { putSpooled, readSmall } from './objects.ts';

/** What the manifest says of a collection, beside its meta. */
export type PlanHead = {
  describe: string;
  indexes: string;
  objects: number;
  bytes: number;
  rows: number;
  segments: number;
  /** Hybrid timestamp as text; '0' where nothing was flushed. */
  flushTimestamp: string;
};

export type StoredPlan = { head: PlanHead; meta: CollectionMeta };

/** Stores a plan and returns the SHA-256 of the file for the ledger. */
export async function writePlan(run: BackupRun, plan: CollectionPlan): Promise<string> {
  const id = plan.meta.collection_id;
  const spooled = await run.spool.write(`plan-${id}`, chunksOf(plan));
  await putSpooled(run.place.store, run.place.dir + planKey(id), spooled, { signal: run.engine.signal });
  return spooled.sha256;
}

async function* chunksOf(plan: CollectionPlan): AsyncGenerator<string> {
  yield `${JSON.stringify(headOf(plan))}\n`;
  let buffer = '';
  for (const piece of piecesOf(collectionMessage, plan.meta)) {
    buffer += piece;
    if (buffer.length < 64 * 1024) continue;
    yield buffer;
    buffer = '';
  }
  yield buffer;
}

function headOf(plan: CollectionPlan): PlanHead {
  const segments = segmentsOf(plan.meta);
  const logs = segments.flatMap((s) => [...s.binlogs, ...s.deltalogs]);
  return {
    describe: Buffer.from(plan.describe).toString('base64'),
    indexes: Buffer.from(plan.indexes).toString('base64'),
    objects: logs.reduce((sum, l) => sum + l.binlogs.length, 0),
    bytes: segments.reduce((sum, s) => sum + s.size, 0),
    rows: segments.reduce((sum, s) => sum + (s.is_l0 ? 0 : s.num_of_rows), 0),
    segments: segments.length,
    flushTimestamp: String(plan.flushTimestamp),
  };
}

/** Reads a plan back; undefined if it is not there or not the one that the ledger knows. */
export async function readPlan(run: BackupRun, id: bigint, sha256: string): Promise<StoredPlan | undefined> {
  const key = run.place.dir + planKey(id);
  // As large as the collection has logs; its digest is known, so it is no stranger's.
  const found = await readSmall(run.place.store, key, run.engine.signal, Number.POSITIVE_INFINITY);
  if (!found || createHash('sha256').update(found.bytes).digest('hex') !== sha256) return undefined;
  const end = found.bytes.indexOf('\n');
  const head = JSON.parse(found.bytes.toString('utf8', 0, end)) as PlanHead;
  const meta = decode(collectionMessage, parseJson(found.bytes.toString('utf8', end + 1), key), key);
  return { head, meta };
}
