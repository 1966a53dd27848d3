// SPDX-License-Identifier: Apache-2.0
// Writing one object, from memory or from a stream: in one request while it is small enough, in parts above.
import { pipeline, type Readable } from 'node:stream';
import { PutObjectCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import { forEachConcurrent } from '../base/backoff.ts';
import { exactly, readParts } from './body.ts';
import { conditionHeaders, isRefused } from './condition.ts';
import type { Body, Condition, OpenUpload, WriteOutcome } from './contract.ts';
import { notAnObjectStore } from './errors.ts';

import { bareEtag } from './key.ts';
import type { Memory } from './memory.ts';
import { uploadPartSize, writeInParts, writing, type Part } from './multipart.ts';
import type { Attempt, Requester } from './request.ts';

const mib = 1024 ** 2;

/** Above this an object is written in parts. */
export const singlePutBytes = 64 * mib;
/** A stream up to this is held in memory, so that the request can be repeated. */
const heldBytes = 8 * mib;
/** Parts of one object in flight. */
const partsAtOnce = 4;

export type Writer = { requester: Requester; memory: Memory };
export type Write = { key: string; body: Body; condition?: Condition | undefined };

function sizeOf(body: Body): number {
  return body instanceof Uint8Array ? body.length : body.size;
}

/** Writes an object; a stream is consumed or destroyed, whatever the outcome. */
export async function putObject(writer: Writer, write: Write, signal?: AbortSignal): Promise<WriteOutcome> {
  const { body } = write;
  const stream = body instanceof Uint8Array ? undefined : body.stream;
  // It may fail while something else is awaited; whoever reads it next is told.
  stream?.on('error', () => undefined);
  try {
    if (sizeOf(body) > singlePutBytes) return await putInParts(writer, write, signal);
    if (body instanceof Uint8Array) return await putBytes(writer.requester, write, body, signal);
    if (body.size > heldBytes) return await putStream(writer.requester, write, body, signal);
    return await putHeld(writer, write, body, signal);
  } finally {
    stream?.destroy();
  }
}

type StreamBody = Exclude<Body, Uint8Array>;

async function putHeld(
  writer: Writer,
  write: Write,
  { stream, size }: StreamBody,
  signal?: AbortSignal,
): Promise<WriteOutcome> {
  const { buffer, release } = await writer.memory(size, signal);
  try {
    const room = (): Promise<Buffer> => Promise.resolve(buffer);
    const where = { ...writer.requester.place, key: write.key };
    for await (const _part of readParts(stream, size, { partSize: heldBytes, where, room, signal }));
    return await putBytes(writer.requester, write, buffer, signal);
  } finally {
    release();
  }
}

function putBytes(
  requester: Requester,
  write: Write,
  bytes: Uint8Array,
  signal?: AbortSignal,
): Promise<WriteOutcome> {
  const attempt = putAttempt(requester.place.bucket, write, bytes, bytes.length);
  return requester.request({ ...writing(write.key), attempt }, signal);
}

/** The stream goes straight to the socket: bounded memory, but only one try. */
async function putStream(
  requester: Requester,
  write: Write,
  { stream, size }: StreamBody,
  signal?: AbortSignal,
): Promise<WriteOutcome> {
  // The SDK pipes without listening for the source's errors: the request would hang, the error go unhandled.
  const broken = new AbortController();
  const counted = exactly(size, { ...requester.place, key: write.key });
  pipeline(stream, counted, (error) => {
    if (error) broken.abort(error);
  });
  const both = signal ? AbortSignal.any([signal, broken.signal]) : broken.signal;
  try {
    const attempt = putAttempt(requester.place.bucket, write, counted, size);
    return await requester.request({ ...writing(write.key), isOnce: true, attempt }, both);
  } finally {
    counted.destroy();
  }
}

function putAttempt(
  bucket: string,
  { key, condition }: Write,
  body: Uint8Array | Readable,
  size: number,
): Attempt<WriteOutcome> {
  const input = { Bucket: bucket, Key: key, Body: body, ContentLength: size, ...conditionHeaders(condition) };
  return async (client, options) => {
    try {
      const { ETag } = await client.send(new PutObjectCommand(input), options);
      if (ETag === undefined) throw notAnObjectStore();
      return { written: true, etag: bareEtag(ETag) };
    } catch (error) {
      if (isRefused(error, condition)) return { written: false };
      throw error;
    }
  };
}

/** Writes an object in parts, holding at most `partsAtOnce` of them and what the writer's memory allows. */
async function putInParts(writer: Writer, write: Write, signal?: AbortSignal): Promise<WriteOutcome> {
  return writeInParts(
    writer.requester,
    write,
    (upload, signal) => uploadParts(writer, write, upload, signal),
    signal,
  );
}

async function uploadParts(
  writer: Writer,
  { key, body }: Write,
  upload: OpenUpload,
  signal: AbortSignal,
): Promise<Part[]> {
  const partSize = uploadPartSize(sizeOf(body));
  const held: (() => void)[] = [];
  const source =
    body instanceof Uint8Array
      ? slices(body, partSize)
      : readParts(body.stream, body.size, {
          partSize,
          where: { ...writer.requester.place, key },
          room: async (bytes) => {
            const { buffer, release } = await writer.memory(bytes, signal);
            held.push(release);
            return buffer;
          },
          signal,
        });
  const parts: Part[] = [];
  try {
    await forEachConcurrent(
      numbered(source),
      partsAtOnce,
      async ({ bytes, number }) => {
        parts.push(await sendPart(writer.requester, upload, { bytes, number }, signal));
        held[number - 1]?.();
      },
      signal,
    );
  } finally {
    for (const release of held) release();
  }
  return parts;
}

function* slices(bytes: Uint8Array, partSize: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += partSize) yield bytes.subarray(at, at + partSize);
}

async function* numbered(
  parts: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): AsyncGenerator<{ bytes: Uint8Array; number: number }> {
  let number = 0;
  for await (const bytes of parts) yield { bytes, number: ++number };
}

function sendPart(
  requester: Requester,
  { key, uploadId }: OpenUpload,
  { bytes, number }: { bytes: Uint8Array; number: number },
  signal: AbortSignal,
): Promise<Part> {
  const input = {
    Bucket: requester.place.bucket,
    Key: key,
    UploadId: uploadId,
    PartNumber: number,
    Body: bytes,
    ContentLength: bytes.length,
  };
  return requester.request(
    {
      ...writing(key),
      attempt: async (client, options) => {
        const { ETag } = await client.send(new UploadPartCommand(input), options);
        if (ETag === undefined) throw notAnObjectStore();
        return { PartNumber: number, ETag };
      },
    },
    signal,
  );
}
