// SPDX-License-Identifier: Apache-2.0
// Proof that a copy holds what its source holds. The cheapest evidence that suffices: equal content hashes, else a
// fingerprint compared with the target's bytes, else the bytes of both. A mismatch is only ever concluded from bytes:
// two ETags may differ for equal content (keys of a KMS, other part sizes).
import { OperatorError } from '../base/error.ts';
import { etagOf, sha256 } from './checksum.ts';
import type { ObjectInfo, ObjectStore } from './contract.ts';
import { partsOfEtag } from './key.ts';
import type { Fingerprint } from './transfer.ts';

export type Copied = {
  source: ObjectStore;
  from: ObjectInfo;
  target: ObjectStore;
  /** As head or list found it; undefined: nothing stands there. */
  to: ObjectInfo | undefined;
  /** What transfer took from the bytes while they passed. */
  streamed?: Fingerprint | undefined;
  /** Reads the target back even where its content hash would do. */
  readBack?: boolean;
};

/** How it was proven, and the checksum that source and target share. */
export type Proof = { by: 'hash' | 'target' | 'both'; checksum: string };

/** Throws ObjectMissing if nothing stands at the target, ChecksumMismatch if it differs from the source. */
export async function proveCopy(copied: Copied, signal?: AbortSignal): Promise<Proof> {
  const { from, target, to } = copied;
  if (!to) {
    throw new OperatorError(
      'ObjectMissing',
      `${target.label}: the copy of ${from.key} is not there although the store said it was written. Distrust the store or what stands in between.`,
    );
  }
  if (to.size !== from.size) throw mismatch(copied, `${to.size} bytes instead of ${from.size}`);
  return (copied.readBack ? undefined : byHash(copied, to)) ?? byBytes(copied, to, signal);
}

function byHash({ from, streamed }: Copied, to: ObjectInfo): Proof | undefined {
  if (to.contentHash !== undefined && to.contentHash === (from.contentHash ?? streamed?.etag)) {
    return { by: 'hash', checksum: `md5:${to.contentHash}` };
  }
  // In parts, the target's ETag is the fingerprint's if every part arrived as it left.
  if (streamed?.partSize !== undefined && to.etag === streamed.etag) {
    return { by: 'hash', checksum: partsChecksum(streamed) };
  }
  return undefined;
}

async function byBytes(copied: Copied, to: ObjectInfo, signal?: AbortSignal): Promise<Proof> {
  const expected = await knownFingerprint(copied, signal);
  if (expected) {
    const etag = await read(copied.target, to, (body) => etagOf(body, expected.etag.partSize), signal);
    if (etag === expected.etag.etag) return { by: 'target', checksum: partsChecksum(expected.etag) };
    if (expected.isCertain) throw mismatch(copied, 'the same size but other bytes');
  }
  return readBoth(copied, to, signal);
}

/**
 * What the target's bytes must add up to. Certain, if it was taken from the source's bytes; an ETag of the source may be
 * none that can be computed (a KMS, parts of unequal size), so that a difference says nothing yet.
 */
async function knownFingerprint(
  { source, from, streamed }: Copied,
  signal?: AbortSignal,
): Promise<{ etag: Fingerprint; isCertain: boolean } | undefined> {
  if (streamed) return { etag: streamed, isCertain: true };
  if (from.contentHash !== undefined) return { etag: { etag: from.contentHash }, isCertain: false };
  const parts = partsOfEtag(from.etag);
  if (parts === undefined) return undefined;
  const partSize = parts === 1 ? from.size : await source.firstPartSize(from.key, signal);
  if (!partSize || Math.ceil(from.size / partSize) !== parts) return undefined;
  return { etag: { etag: from.etag, partSize }, isCertain: false };
}

// One after the other: whoever holds a body of one store while waiting for another's can wait for ever.
async function readBoth(copied: Copied, to: ObjectInfo, signal?: AbortSignal): Promise<Proof> {
  const there = await read(copied.source, copied.from, sha256, signal);
  const here = await read(copied.target, to, sha256, signal);
  if (there !== here) throw mismatch(copied, 'the same size but other bytes');
  return { by: 'both', checksum: `sha256:${here}` };
}

async function read<T>(
  store: ObjectStore,
  { key, etag }: ObjectInfo,
  digest: (body: AsyncIterable<Uint8Array>) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const found = await store.get(key, {}, signal);
  if (found && found.etag === etag) return digest(found.body);
  found?.body.destroy();
  const what = found ? 'was replaced' : 'disappeared';
  throw new OperatorError(
    'ObjectMissing',
    `${store.label}: ${key} ${what} while its copy was being verified.`,
  );
}

function partsChecksum({ etag, partSize }: Fingerprint): string {
  return partSize === undefined ? `md5:${etag}` : `md5-parts-${partSize}:${etag}`;
}

function mismatch({ source, from, target, to }: Copied, found: string): OperatorError {
  return new OperatorError(
    'ChecksumMismatch',
    `${target.label}: ${to?.key} is not what ${from.key} in ${source.label} is: ${found}. It was damaged on its way or in the store.`,
  );
}
