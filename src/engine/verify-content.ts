// SPDX-License-Identifier: Apache-2.0
// Compares what is expected of objects with what the store says of them, and where that does not settle it, or where it
// was asked for, with their bytes. A difference of content is only ever concluded from bytes.
import { forEachConcurrent, retrying, type Backoff } from '../base/backoff.ts';
import { OperatorError } from '../base/error.ts';
import { etagOf, sha256 } from '../store/checksum.ts';
import type { ObjectInfo, ObjectStore } from '../store/contract.ts';
import type { Engine } from './engine.ts';
import type { ExpectedObject } from './expected.ts';
import type { FailureList } from './failure-list.ts';
import type { Pair } from './sorted-merge.ts';

/** How many objects were compared in which way. */
export type Evidence = {
  objects: number;
  bytes: number;
  /** Content: the store's own hash equals the manifest's. */
  byHash: number;
  /** Content: read back, and equal to the manifest's checksum. */
  byBytes: number;
  /** Read back, and equal to the store's own hash: there was nothing older to compare with. */
  byOwnHash: number;
  /** Size alone. */
  bySize: number;
};

export function noEvidence(): Evidence {
  return { objects: 0, bytes: 0, byHash: 0, byBytes: 0, byOwnHash: 0, bySize: 0 };
}

export type Verification = {
  engine: Engine;
  store: ObjectStore;
  /** The backup's folder, with a trailing slash. */
  dir: string;
  mode: 'Standard' | 'Checksum';
  failures: FailureList;
  evidence: Evidence;
  /** What the backup says of its size; for the percentage alone. */
  bytesTotal: number;
  /** Is an object that nobody expects a failure? */
  mayNotStand(key: string): boolean;
};

/** Each reads one object at a time; the sockets are shared with nobody, but memory is. */
const readersAtOnce = 32;
const backoff: Backoff = { attempts: 4, minMs: 500, maxMs: 5000 };
const objectsPerReport = 1000;

export async function verifyPairs(work: Verification, pairs: AsyncIterable<Pair>): Promise<void> {
  const limit = Math.min(readersAtOnce, work.engine.config.transfer.concurrency);
  const { signal } = work.engine;
  await forEachConcurrent(unsettled(work, pairs), limit, (open) => settleByBytes(work, open), signal);
}

type Both = Required<Pair>;

/** Settles what the listing can settle; yields the objects whose bytes must be read. */
async function* unsettled(work: Verification, pairs: AsyncIterable<Pair>): AsyncGenerator<Both> {
  const { evidence, failures } = work;
  for await (const { expected, listed } of pairs) {
    if (!expected) {
      const key = listed!.key.slice(work.dir.length);
      if (work.mayNotStand(key)) failures.add(extra(key));
      continue;
    }
    evidence.objects++;
    evidence.bytes += expected.size;
    if (evidence.objects % objectsPerReport === 0) report(work);
    const failure = listed ? sizeFailure(expected, listed) : missing(expected);
    if (failure) failures.add(failure);
    else if (work.mode === 'Checksum' || isDoubtful(expected, listed!)) yield { expected, listed: listed! };
    else if (isSettled(expected, listed!)) evidence.byHash++;
    else evidence.bySize++;
  }
}

function report({ engine, evidence, bytesTotal }: Verification): void {
  const { objects: objectsDone, bytes: bytesDone } = evidence;
  const percent = bytesTotal > 0 ? Math.min(99, Math.floor((100 * bytesDone) / bytesTotal)) : 0;
  engine.report.progress({ step: 'Verifying', objectsDone, bytesDone, bytesTotal, percent });
}

function extra(key: string): Parameters<FailureList['add']>[0] {
  return {
    object: key,
    reason: 'BackupUnreadable',
    message: 'is not in the meta of the backup, but lies where Milvus would import it',
  };
}

function missing({ key, size }: ExpectedObject): Parameters<FailureList['add']>[0] {
  return { object: key, reason: 'ObjectMissing', message: `is missing; it had ${size} bytes` };
}

function sizeFailure(
  { key, size }: ExpectedObject,
  listed: ObjectInfo,
): Parameters<FailureList['add']>[0] | undefined {
  if (listed.size === size) return undefined;
  return { object: key, reason: 'ChecksumMismatch', message: `has ${listed.size} bytes instead of ${size}` };
}

/** The store's hash is the manifest's. */
function isSettled({ checksum }: ExpectedObject, { contentHash, etag }: ObjectInfo): boolean {
  if (checksum === undefined) return false;
  const parts = /^md5-parts-\d+:(.+)$/.exec(checksum);
  return parts ? parts[1] === etag : checksum === `md5:${contentHash}`;
}

/** Both are hashes of the content and differ: damage, or the store keeps another kind of ETag (keys of a KMS). */
function isDoubtful({ checksum }: ExpectedObject, { contentHash }: ObjectInfo): boolean {
  return (
    checksum?.startsWith('md5:') === true && contentHash !== undefined && checksum !== `md5:${contentHash}`
  );
}

async function settleByBytes(work: Verification, { expected, listed }: Both): Promise<void> {
  const { engine, evidence, failures } = work;
  const checksum =
    expected.checksum ?? (listed.contentHash === undefined ? undefined : `md5:${listed.contentHash}`);
  try {
    const found = await retrying(
      () => readBack(work, listed.key, checksum),
      backoff,
      engine.clock,
      engine.signal,
    );
    if (found !== checksum) {
      const message = `reads back as ${found}; written was ${checksum}`;
      failures.add({ object: expected.key, reason: 'ChecksumMismatch', message });
    } else if (expected.checksum !== undefined) evidence.byBytes++;
    else if (checksum === undefined) evidence.bySize++;
    else evidence.byOwnHash++;
  } catch (error) {
    if (!(error instanceof OperatorError) || error.reason !== 'ObjectMissing') throw error;
    failures.add({ object: expected.key, reason: error.reason, message: error.message });
  }
}

/** The checksum of what is read, in the way of `like`; undefined where nothing says in which. */
async function readBack(
  { store, engine }: Verification,
  key: string,
  like: string | undefined,
): Promise<string | undefined> {
  const found = await store.get(key, {}, engine.signal);
  if (!found) throw new OperatorError('ObjectMissing', 'disappeared while it was being verified');
  const parts = /^md5-parts-(\d+):/.exec(like ?? '');
  if (parts) return `md5-parts-${parts[1]}:${await etagOf(found.body, Number(parts[1]))}`;
  if (like?.startsWith('sha256:')) return `sha256:${await sha256(found.body)}`;
  const md5 = `md5:${await etagOf(found.body)}`;
  // A checksum of an algorithm that this version does not know proves nothing either way.
  return like?.startsWith('md5:') ? md5 : like;
}
