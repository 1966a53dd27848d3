// SPDX-License-Identifier: Apache-2.0
// Uploads in parts: begun, filled, completed or aborted. Whoever fills one gives the parts' ETags back; this file makes
// sure that none stays open, whatever happens in between.
import { createHash } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { conditionHeaders, isRefused } from './condition.ts';
import type { Condition, OpenUpload, WriteOutcome } from './contract.ts';
import { notAnObjectStore, type Situation } from './errors.ts';
import { readFailure } from './failure.ts';
import { bareEtag } from './key.ts';
import type { Requester } from './request.ts';

const mib = 1024 ** 2;
const maxParts = 10_000;
const abandonMs = 30_000;

export function writing(key: string): Situation {
  return { verb: 'write', key, access: 'write', permission: 's3:PutObject' };
}

export type Part = { PartNumber: number; ETag: string };

/** Sends the parts of an upload, in any order. */
export type Filling = (upload: OpenUpload, signal: AbortSignal) => Promise<Part[]>;

/** The size of all parts but the last, such that the parts are enough. Whole MiB, as every provider accepts them. */
export function partSizeFor(size: number, smallest: number): number {
  return Math.max(smallest, Math.ceil(size / maxParts / mib) * mib);
}

/** What an object of this size is written in. */
export function uploadPartSize(size: number): number {
  return partSizeFor(size, 16 * mib);
}

/** Begins an upload, lets `fill` send its parts, completes it; aborts it where that fails or is refused. */
export async function writeInParts(
  requester: Requester,
  target: { key: string; condition?: Condition | undefined },
  fill: Filling,
  signal?: AbortSignal,
): Promise<WriteOutcome> {
  const upload = await begin(requester, target.key, signal);
  // Parts still under way when one fails must not outlive the abort.
  const stop = new AbortController();
  try {
    const parts = await fill(upload, signal ? AbortSignal.any([signal, stop.signal]) : stop.signal);
    const outcome = await complete(requester, { ...target, upload, parts }, signal);
    // A refused one stays open (measured on MinIO).
    if (!outcome.written) await abandon(requester, upload);
    return outcome;
  } catch (error) {
    stop.abort();
    await abandon(requester, upload);
    throw error;
  }
}

async function begin(requester: Requester, key: string, signal?: AbortSignal): Promise<OpenUpload> {
  const input = { Bucket: requester.place.bucket, Key: key };
  return requester.request(
    {
      ...writing(key),
      attempt: async (client, options) => {
        const { UploadId } = await client.send(new CreateMultipartUploadCommand(input), options);
        if (UploadId === undefined) throw notAnObjectStore();
        return { key, uploadId: UploadId };
      },
    },
    signal,
  );
}

type Completion = { key: string; condition?: Condition | undefined; upload: OpenUpload; parts: Part[] };

function complete(requester: Requester, completion: Completion, signal?: AbortSignal): Promise<WriteOutcome> {
  const { key, condition, upload } = completion;
  const parts = completion.parts.toSorted((one, other) => one.PartNumber - other.PartNumber);
  const input = {
    Bucket: requester.place.bucket,
    Key: key,
    UploadId: upload.uploadId,
    MultipartUpload: { Parts: parts },
    ...conditionHeaders(condition),
  };
  let tries = 0;
  return requester.request(
    {
      ...writing(key),
      attempt: async (client, options): Promise<WriteOutcome> => {
        tries += 1;
        try {
          const { ETag } = await client.send(new CompleteMultipartUploadCommand(input), options);
          if (ETag === undefined) throw notAnObjectStore();
          return { written: true, etag: bareEtag(ETag) };
        } catch (error) {
          const isGone = readFailure(error).code === 'NoSuchUpload';
          const refused = isRefused(error, condition);
          if (!isGone && !refused) throw error;
          // The answer to the first try may have got lost: then what stands there is this very upload.
          const etag = tries > 1 ? await standingEtag(client, input, options) : undefined;
          if (etag !== undefined && etag === etagOfParts(parts)) return { written: true, etag };
          if (refused) return { written: false };
          throw error;
        }
      },
    },
    signal,
  );
}

async function standingEtag(
  client: S3Client,
  { Bucket, Key }: { Bucket: string; Key: string },
  options: { abortSignal?: AbortSignal },
): Promise<string | undefined> {
  try {
    return bareEtag((await client.send(new HeadObjectCommand({ Bucket, Key }), options)).ETag);
  } catch (error) {
    if (readFailure(error).kind === 'noObject') return undefined;
    throw error;
  }
}

function etagOfParts(parts: Part[]): string {
  const whole = createHash('md5');
  for (const { ETag } of parts) whole.update(bareEtag(ETag), 'hex');
  return `${whole.digest('hex')}-${parts.length}`;
}

/** Removes what an upload has stored so far. That it is gone already is fine. */
export async function abortUpload(
  requester: Requester,
  upload: OpenUpload,
  signal?: AbortSignal,
): Promise<void> {
  const input = { Bucket: requester.place.bucket, Key: upload.key, UploadId: upload.uploadId };
  await requester.request(
    {
      verb: 'abort the upload of',
      key: upload.key,
      access: 'write',
      permission: 's3:AbortMultipartUpload',
      attempt: async (client, options) => {
        try {
          await client.send(new AbortMultipartUploadCommand(input), options);
        } catch (error) {
          if (readFailure(error).code !== 'NoSuchUpload') throw error;
        }
      },
    },
    signal,
  );
}

// Not under the caller's signal: after a cancellation, too, nothing should stay open. What stays is found by cleanup.
async function abandon(requester: Requester, upload: OpenUpload): Promise<void> {
  await abortUpload(requester, upload, AbortSignal.timeout(abandonMs)).catch(() => undefined);
}
