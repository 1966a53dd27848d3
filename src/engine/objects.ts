// SPDX-License-Identifier: Apache-2.0
// Small things over an object store that several operations need: whole small objects, and streams spooled to disk so
// that a document can be written with a known size and digest without ever being in memory.
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { OperatorError } from '../base/error.ts';
import type { Condition, ObjectStore, WriteOutcome } from '../store/contract.ts';

/** Documents that are read whole are at most this large; what may be larger is streamed. */
const smallBytes = 64 * 1024 * 1024;

/** Reads a small object whole; undefined if it is not there. */
export async function readSmall(
  store: ObjectStore,
  key: string,
  signal?: AbortSignal,
  limit = smallBytes,
): Promise<{ bytes: Buffer; etag: string } | undefined> {
  const found = await store.get(key, {}, signal);
  if (!found) return undefined;
  if (found.size > limit) {
    found.body.destroy();
    throw new OperatorError(
      'BackupUnreadable',
      `${key} in ${store.label} has ${found.size} bytes: too large for what it should be`,
    );
  }
  const chunks: Buffer[] = [];
  for await (const chunk of found.body) chunks.push(chunk as Buffer);
  return { bytes: Buffer.concat(chunks), etag: found.etag };
}

/** The SHA-256 in hex of an object as the store gives it back; undefined if it is not there. */
export async function digestOf(
  store: ObjectStore,
  key: string,
  signal?: AbortSignal,
): Promise<{ sha256: string; size: number } | undefined> {
  const found = await store.get(key, {}, signal);
  if (!found) return undefined;
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of found.body) {
    hash.update(chunk as Buffer);
    size += (chunk as Buffer).length;
  }
  return { sha256: hash.digest('hex'), size };
}

export type Spooled = { path: string; size: number; sha256: string };

/** A folder of this run for documents on their way; removed with everything in it by `close`. */
export type Spool = {
  write(name: string, chunks: AsyncIterable<Buffer | string>): Promise<Spooled>;
  close(): Promise<void>;
};

export async function openSpool(): Promise<Spool> {
  const folder = await mkdtemp(join(tmpdir(), 'milvus-backup-'));
  return {
    async write(name, chunks) {
      const path = join(folder, name.replaceAll('/', '_'));
      const hash = createHash('sha256');
      const hashing = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          hash.update(chunk);
          done(undefined, chunk);
        },
      });
      await pipeline(Readable.from(chunks), hashing, createWriteStream(path));
      return { path, size: (await stat(path)).size, sha256: hash.digest('hex') };
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Puts a spooled document. */
export function putSpooled(
  store: ObjectStore,
  key: string,
  spooled: Spooled,
  options: { condition?: Condition; signal?: AbortSignal } = {},
): Promise<WriteOutcome> {
  const body = { stream: createReadStream(spooled.path), size: spooled.size };
  return store.put(key, body, options.condition, options.signal);
}
