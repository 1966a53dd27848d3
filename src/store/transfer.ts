// SPDX-License-Identifier: Apache-2.0
// Getting one object from a store to another: by the server itself where one login sees both, else through this
// process, which takes a fingerprint of the bytes on their way so that nobody has to read them twice.
import { pipeline, Transform, type Readable } from 'node:stream';
import { retrying, type Backoff } from '../base/backoff.ts';
import { systemClock, type Clock } from '../base/clock.ts';
import { OperatorError } from '../base/error.ts';
import { createEtagHash } from './checksum.ts';
import type { ObjectInfo, ObjectStore } from './contract.ts';
import { uploadPartSize } from './multipart.ts';
import { singlePutBytes } from './upload.ts';

export type Transfer = {
  source: ObjectStore;
  from: ObjectInfo;
  target: ObjectStore;
  key: string;
  /** auto: by the server where it can. direct: by the server or not at all. streaming: always through this process. */
  mode?: 'auto' | 'direct' | 'streaming';
};

/**
 * The ETag that content would have if it was written in parts of `partSize` (in one piece: left out). Taken from the
 * bytes themselves, not from a store.
 */
export type Fingerprint = { etag: string; partSize?: number };

/** `etag` is what the target answered; `streamed` is there if the bytes passed through this process. */
export type Transferred = { etag: string; streamed?: Fingerprint };

// The store repeats requests by itself; this is for streams, which only their owner can begin again.
const backoff: Backoff = { attempts: 5, minMs: 500, maxMs: 5_000 };

/** Copies `from` to `key`. Throws ObjectMissing if it is gone or is another version. What it wrote is yet to be proven. */
export async function transfer(
  work: Transfer,
  signal?: AbortSignal,
  clock: Clock = systemClock,
): Promise<Transferred> {
  const { mode = 'auto' } = work;
  if (mode !== 'streaming' && (await work.target.canCopyFrom(work.source))) {
    return work.target.copy(work.source, work.from, work.key, signal);
  }
  if (mode === 'direct') throw notDirect(work);
  return retrying(() => stream(work, signal), backoff, clock, signal);
}

function notDirect({ source, target }: Transfer): OperatorError {
  return new OperatorError(
    'InvalidConfiguration',
    `transfer.mode is direct, but ${target.label} cannot copy from ${source.label}: they differ in endpoint, region or login. ` +
      'Give both the same, or set transfer.mode to auto.',
  );
}

async function stream({ source, from, target, key }: Transfer, signal?: AbortSignal): Promise<Transferred> {
  const found = await source.get(from.key, {}, signal);
  if (!found || found.size !== from.size || found.etag !== from.etag) {
    found?.body.destroy();
    const what = found ? 'is another version than was listed' : 'does not exist any more';
    throw new OperatorError(
      'ObjectMissing',
      `${source.label}: ${from.key} ${what}. Something else writes there.`,
    );
  }
  const { body, fingerprint } = fingerprinted(found.body, from.size);
  const outcome = await target.put(key, { stream: body, size: from.size }, undefined, signal);
  if (!outcome.written) throw new OperatorError('StoreError', `${target.label}: writing ${key} was refused.`);
  return { etag: outcome.etag, streamed: fingerprint() };
}

/** Hashes in the parts that the target will be written in, so that its ETag can be compared. */
function fingerprinted(source: Readable, size: number): { body: Readable; fingerprint: () => Fingerprint } {
  const partSize = size > singlePutBytes ? uploadPartSize(size) : undefined;
  const hash = createEtagHash(partSize);
  const body = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  // Its callback does nothing: an error of the source destroys `body` with it, and put throws it.
  pipeline(source, body, () => undefined);
  return {
    body,
    fingerprint: () => ({ etag: hash.digest(), ...(partSize === undefined ? {} : { partSize }) }),
  };
}
