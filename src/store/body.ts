// SPDX-License-Identifier: Apache-2.0
// Bodies on their way in: counted, or cut into parts. A body that is not as long as announced is an error, never an object.
import { Transform, type Readable } from 'node:stream';
import { OperatorError } from '../base/error.ts';
import type { Place } from './errors.ts';

/** What is being written, for messages. */
export type Where = Place & { key: string };

/** Passes through `size` bytes, neither more nor fewer. */
export function exactly(size: number, where: Where): Transform {
  let seen = 0;
  return new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      seen += chunk.length;
      if (seen > size) done(wrongSize(where, size, seen));
      else done(null, chunk);
    },
    flush(done) {
      done(seen === size ? null : wrongSize(where, size, seen));
    },
  });
}

/** The stream in buffers of `partSize`, the last one shorter. `room` gives the buffer for each. */
export async function* readParts(
  stream: Readable,
  size: number,
  options: {
    partSize: number;
    where: Where;
    room: (bytes: number) => Promise<Buffer>;
    signal?: AbortSignal | undefined;
  },
): AsyncGenerator<Buffer> {
  const { partSize, where, signal } = options;
  const stop = (): void => void stream.destroy(abortError(signal));
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const chunks = chunksOf(stream);
    let seen = 0;
    while (seen < size) {
      const length = Math.min(partSize, size - seen);
      const part = await options.room(length);
      const filled = await fill(part, chunks);
      seen += filled;
      if (filled < length) throw wrongSize(where, size, seen);
      yield part;
    }
    const extra = await fill(Buffer.allocUnsafeSlow(1), chunks);
    if (extra > 0) throw wrongSize(where, size, seen + extra);
  } finally {
    signal?.removeEventListener('abort', stop);
    stream.destroy();
  }
}

function abortError(signal: AbortSignal | undefined): Error {
  return signal?.reason instanceof Error ? signal.reason : new Error('aborted');
}

type Chunks = { next(): Promise<Buffer | undefined>; unread: Buffer };

function chunksOf(stream: Readable): Chunks {
  const iterator = (stream as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  return {
    unread: Buffer.alloc(0),
    async next() {
      const { done, value } = await iterator.next();
      return done ? undefined : value;
    },
  };
}

/** Fills `part` and keeps what does not fit; less than its length only where the stream ends. */
async function fill(part: Buffer, chunks: Chunks): Promise<number> {
  let filled = 0;
  while (filled < part.length) {
    if (chunks.unread.length === 0) {
      const chunk = await chunks.next();
      if (!chunk) break;
      chunks.unread = chunk;
    }
    const copied = chunks.unread.copy(part, filled);
    filled += copied;
    chunks.unread = chunks.unread.subarray(copied);
  }
  return filled;
}

function wrongSize({ endpoint, bucket, key }: Where, size: number, seen: number): OperatorError {
  const found = `its source was to deliver ${size} bytes and delivered ${seen < size ? seen : 'more'}`;
  return new OperatorError('StoreError', `Could not write s3://${bucket}/${key} at ${endpoint}: ${found}.`);
}
