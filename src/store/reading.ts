// SPDX-License-Identifier: Apache-2.0
// Reading one object: what it is, and its bytes. A body whose connection is cut goes on where it stopped, from the same
// version of the object, without the reader noticing.
import { Readable } from 'node:stream';
import { GetObjectCommand, HeadObjectCommand, type GetObjectCommandOutput } from '@aws-sdk/client-s3';
import type { Clock } from '../base/clock.ts';
import type { ObjectInfo } from './contract.ts';
import { notAnObjectStore, toOperatorError, type Situation } from './errors.ts';
import { kindOf, readFailure } from './failure.ts';
import { bareEtag, hashOfEtag } from './key.ts';
import type { Requester } from './request.ts';

export type Range = { start: number; end: number };
export type OpenObject = ObjectInfo & { body: Readable };

/** How often in a row a body may break without a single byte in between. */
const resumptions = 5;

/** What reading an object is called in messages. */
export function reading(key: string): Situation {
  return { verb: 'read', key, access: 'read', permission: 's3:GetObject' };
}

export async function headObject(
  requester: Requester,
  key: string,
  signal?: AbortSignal,
): Promise<ObjectInfo | undefined> {
  const input = { Bucket: requester.place.bucket, Key: key };
  return requester.request(
    {
      ...reading(key),
      attempt: async (client, options) => {
        try {
          return infoOf(key, await client.send(new HeadObjectCommand(input), options));
        } catch (error) {
          if (isAbsent(error)) return undefined;
          if (!isUnexplained(error)) throw error;
        }
        // An answer to HEAD has no body, so no code either: the same question as GET says why.
        const answer = await client.send(new GetObjectCommand({ ...input, Range: 'bytes=0-0' }), options);
        (answer.Body as Readable | undefined)?.destroy();
        const total = Number(answer.ContentRange?.split('/')[1]);
        return infoOf(key, { ...answer, ContentLength: total });
      },
    },
    signal,
  );
}

/** The size of the first part of an object that was uploaded in parts; undefined where the store does not tell. */
export async function headFirstPart(
  requester: Requester,
  key: string,
  signal?: AbortSignal,
): Promise<number | undefined> {
  const input = { Bucket: requester.place.bucket, Key: key, PartNumber: 1 };
  return requester.request(
    {
      ...reading(key),
      attempt: async (client, options) => {
        try {
          const answer = await client.send(new HeadObjectCommand(input), options);
          return answer.PartsCount === undefined ? undefined : answer.ContentLength;
        } catch (error) {
          // Servers that do not know the parameter refuse it in several ways; whoever asks can do without.
          const { isTransient } = kindOf(readFailure(error));
          if (isTransient) throw error;
          return undefined;
        }
      },
    },
    signal,
  );
}

type Store = { requester: Requester; clock: Clock };

export async function getObject(
  store: Store,
  key: string,
  range: Range | undefined,
  signal?: AbortSignal,
): Promise<OpenObject | undefined> {
  const opened = await open(store.requester, { key, range }, signal);
  if (!opened) return undefined;
  const source = { ...opened, isClosed: false };
  const body = Readable.from(resuming(store, source, signal), { objectMode: false });
  // A generator that waits for a byte cannot be ended from outside; closing what it reads from can.
  body.once('close', () => {
    source.isClosed = true;
    source.body.destroy();
  });
  return { ...opened.info, body };
}

/** The bytes of `source`, whose body is replaced by a new one whenever it breaks. */
async function* resuming(
  store: Store,
  source: Opened & { isClosed: boolean },
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  const { key, etag } = source.info;
  for (let broken = 0; ;) {
    try {
      for await (const chunk of source.body as AsyncIterable<Buffer>) {
        source.start += chunk.length;
        broken = 0;
        yield chunk;
      }
      if (source.start > source.end) return;
      throw Object.assign(new Error('the body ended early'), { code: 'ECONNRESET' });
    } catch (error) {
      signal?.throwIfAborted();
      if (source.isClosed) return;
      if (++broken > resumptions || !kindOf(readFailure(error)).isTransient) {
        throw toOperatorError(error, store.requester.place, reading(key), []);
      }
    }
    await store.clock.sleep(200 * broken, signal);
    const again = await open(
      store.requester,
      { key, range: { start: source.start, end: source.end }, etag },
      signal,
    );
    if (!again) throw toOperatorError({ code: 'NoSuchKey' }, store.requester.place, reading(key), []);
    source.body = again.body;
  }
}

type Wanted = { key: string; range: Range | undefined; etag?: string };
type Opened = { info: ObjectInfo; body: Readable; start: number; end: number };

function open(requester: Requester, wanted: Wanted, signal?: AbortSignal): Promise<Opened | undefined> {
  const { key, range, etag } = wanted;
  const input = {
    Bucket: requester.place.bucket,
    Key: key,
    ...(range ? { Range: `bytes=${range.start}-${range.end}` } : {}),
    ...(etag === undefined ? {} : { IfMatch: `"${etag}"` }),
  };
  return requester.request(
    {
      ...reading(key),
      attempt: async (client, options) => {
        try {
          return openedOf(wanted, await client.send(new GetObjectCommand(input), options));
        } catch (error) {
          if (isAbsent(error)) return undefined;
          throw error;
        }
      },
      bodyOf: (result) => result?.body,
    },
    signal,
  );
}

function openedOf({ key, range }: Wanted, answer: GetObjectCommandOutput): Opened {
  const body = answer.Body as Readable;
  const span = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(answer.ContentRange ?? '');
  const size = span ? Number(span[3]) : answer.ContentLength;
  try {
    const info = infoOf(key, { ...answer, ContentLength: size });
    // The whole object in answer to a range would be taken for the piece.
    if (range && !span) throw notAnObjectStore();
    return { info, body, start: span ? Number(span[1]) : 0, end: span ? Number(span[2]) : info.size - 1 };
  } catch (error) {
    body.destroy();
    throw error;
  }
}

type Described = {
  ETag?: string | undefined;
  ContentLength?: number | undefined;
  ServerSideEncryption?: string | undefined;
  SSECustomerAlgorithm?: string | undefined;
};

function infoOf(key: string, answer: Described): ObjectInfo {
  if (answer.ETag === undefined) throw notAnObjectStore();
  const etag = bareEtag(answer.ETag);
  const isKeyed = (answer.ServerSideEncryption ?? '').startsWith('aws:kms') || answer.SSECustomerAlgorithm;
  const contentHash = isKeyed ? undefined : hashOfEtag(etag);
  return {
    key,
    size: answer.ContentLength ?? 0,
    etag,
    ...(contentHash === undefined ? {} : { contentHash }),
  };
}

// An absent bucket has a code of its own in an answer to GET, and none in an answer to HEAD.
function isAbsent(error: unknown): boolean {
  return readFailure(error).kind === 'noObject';
}

function isUnexplained(error: unknown): boolean {
  const failure = readFailure(error);
  return failure.code === '' && failure.said === '' && !kindOf(failure).isTransient;
}
