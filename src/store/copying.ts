// SPDX-License-Identifier: Apache-2.0
// Copies inside the store: the bytes never come here.
import type { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  GetObjectCommand,
  UploadPartCopyCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { forEachConcurrent } from '../base/backoff.ts';
import { OperatorError } from '../base/error.ts';
import type { OpenUpload } from './contract.ts';
import { notAnObjectStore, type Situation } from './errors.ts';
import { readFailure } from './failure.ts';
import { bareEtag, copySource } from './key.ts';
import { partSizeFor, writeInParts, type Part } from './multipart.ts';
import type { Quirks } from './quirks.ts';
import { reading } from './reading.ts';
import type { Attempt, Requester, Task } from './request.ts';

const mib = 1024 ** 2;

/** Above this a copy is made in parts even where the provider would not demand it: one request must not outlast a time-out. */
export const singleCopyBytes = 500 * mib;
const copyPartBytes = 128 * mib;
const partsAtOnce = 4;

/** What is copied: `bucket` and `key` of the source, its size, and the key to write. */
export type Copy = { bucket: string; from: { key: string; size: number }; to: string };

type Store = { requester: Requester; quirks: Quirks; copyInPartsAbove: number };

export async function copyObject(store: Store, copy: Copy, signal?: AbortSignal): Promise<{ etag: string }> {
  const { partCopy, maxCopyBytes } = store.quirks;
  const isLarge = copy.from.size > Math.min(store.copyInPartsAbove, maxCopyBytes);
  return isLarge && partCopy ? copyInParts(store, copy, signal) : copyWhole(store, copy, signal);
}

function copying({ bucket, from, to }: Copy): Situation {
  return {
    verb: `copy s3://${bucket}/${from.key} to`,
    key: to,
    access: 'write',
    permission: 's3:PutObject',
  };
}

/** Runs one request of a copy. A refusal does not say which side refused, so the source is asked for a byte. */
async function requestCopy<T>(
  requester: Requester,
  copy: Copy,
  attempt: Attempt<T>,
  signal?: AbortSignal,
): Promise<T> {
  const source = { Bucket: copy.bucket, Key: copy.from.key, Range: 'bytes=0-0' };
  const task: Task<T> = {
    ...copying(copy),
    attempt: async (client, options) => {
      try {
        return await attempt(client, options);
      } catch (error) {
        if (readFailure(error).kind === 'denied' && (await isDenied(client, source, options))) {
          Object.assign(task, reading(copy.from.key), { bucket: copy.bucket });
        }
        throw error;
      }
    },
  };
  return requester.request(task, signal);
}

async function isDenied(
  client: S3Client,
  source: { Bucket: string; Key: string; Range: string },
  options: { abortSignal?: AbortSignal },
): Promise<boolean> {
  try {
    const { Body } = await client.send(new GetObjectCommand(source), options);
    (Body as Readable | undefined)?.destroy();
    return false;
  } catch (error) {
    return readFailure(error).kind === 'denied';
  }
}

function copyWhole({ requester }: Store, copy: Copy, signal?: AbortSignal): Promise<{ etag: string }> {
  const input = {
    Bucket: requester.place.bucket,
    Key: copy.to,
    CopySource: copySource(copy.bucket, copy.from.key),
  };
  return requestCopy(
    requester,
    copy,
    async (client, options) => {
      const { CopyObjectResult } = await client.send(new CopyObjectCommand(input), options);
      // Status 200 is sent before the copy is made; without a result it was not.
      if (CopyObjectResult?.ETag === undefined) throw notAnObjectStore();
      return { etag: bareEtag(CopyObjectResult.ETag) };
    },
    signal,
  );
}

async function copyInParts(
  { requester }: Store,
  copy: Copy,
  signal?: AbortSignal,
): Promise<{ etag: string }> {
  const { size } = copy.from;
  const partSize = partSizeFor(size, copyPartBytes);
  const outcome = await writeInParts(
    requester,
    { key: copy.to },
    async (upload, signal) => {
      const parts: Part[] = [];
      await forEachConcurrent(
        spans(size, partSize),
        partsAtOnce,
        async (span) => void parts.push(await copyPart(requester, copy, { upload, ...span }, signal)),
        signal,
      );
      return parts;
    },
    signal,
  );
  if (!outcome.written)
    throw new OperatorError('StoreError', `An unconditional copy to ${copy.to} was refused.`);
  return { etag: outcome.etag };
}

type Span = { number: number; start: number; end: number };

function* spans(size: number, partSize: number): Generator<Span> {
  for (let start = 0, number = 1; start < size; start += partSize, number++) {
    yield { number, start, end: Math.min(start + partSize, size) - 1 };
  }
}

function copyPart(
  requester: Requester,
  copy: Copy,
  part: Span & { upload: OpenUpload },
  signal: AbortSignal,
): Promise<Part> {
  const input = {
    Bucket: requester.place.bucket,
    Key: copy.to,
    UploadId: part.upload.uploadId,
    PartNumber: part.number,
    CopySource: copySource(copy.bucket, copy.from.key),
    CopySourceRange: `bytes=${part.start}-${part.end}`,
  };
  return requestCopy(
    requester,
    copy,
    async (client, options) => {
      const { CopyPartResult } = await client.send(new UploadPartCopyCommand(input), options);
      if (CopyPartResult?.ETag === undefined) throw notAnObjectStore();
      return { PartNumber: part.number, ETag: CopyPartResult.ETag };
    },
    signal,
  );
}
