// SPDX-License-Identifier: Apache-2.0
// Lists of objects and of open uploads, page by page, as they come.
import {
  ListMultipartUploadsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  type _Object,
  type CommonPrefix,
  type ListMultipartUploadsCommandInput,
  type ListMultipartUploadsCommandOutput,
} from '@aws-sdk/client-s3';
import { OperatorError } from '../base/error.ts';
import type { ListEntry, OpenUpload } from './contract.ts';
import { notAnObjectStore, type Place, type Situation } from './errors.ts';
import { bareEtag, hashOfEtag } from './key.ts';
import type { Quirks } from './quirks.ts';
import type { Requester } from './request.ts';

type Page = {
  Name?: string | undefined;
  Contents?: _Object[] | undefined;
  CommonPrefixes?: CommonPrefix[] | undefined;
  /** Where the next page begins; undefined on the last one. */
  next: string | undefined;
};

/** One page of at most `limit` objects, from `at` on. */
type Query = { prefix: string; delimiter?: '/'; at?: string | undefined; limit?: number };

const listing = { verb: 'list', access: 'read', permission: 's3:ListBucket' } as const;

/** Resolves if the bucket answers a listing: the one question whose refusal comes with a reason. */
export async function checkBucket(requester: Requester, quirks: Quirks, signal?: AbortSignal): Promise<void> {
  await readPage({ requester, quirks }, { prefix: '', limit: 1 }, listing, signal);
}

export async function* listObjects(
  store: { requester: Requester; quirks: Quirks },
  query: Query,
  signal?: AbortSignal,
): AsyncGenerator<ListEntry> {
  let at: string | undefined;
  do {
    const page = await readPage(store, { ...query, at }, { ...listing, key: query.prefix }, signal);
    yield* entriesOf(page);
    if (page.next !== undefined && page.next === at) throw pagingLoop(store.requester.place, at);
    at = page.next;
  } while (at !== undefined);
}

/** Objects and prefixes of a page merged into the order of their keys, as the store itself keeps them. */
function entriesOf(page: Page): ListEntry[] {
  const objects = (page.Contents ?? []).map(({ Key = '', Size = 0, ETag, LastModified }): ListEntry => {
    const etag = bareEtag(ETag);
    const contentHash = hashOfEtag(etag);
    return {
      kind: 'object',
      key: Key,
      size: Size,
      etag,
      ...(contentHash === undefined ? {} : { contentHash }),
      ...(LastModified === undefined ? {} : { modified: LastModified.getTime() }),
    };
  });
  const prefixes = (page.CommonPrefixes ?? []).map(({ Prefix = '' }): ListEntry => ({
    kind: 'prefix',
    prefix: Prefix,
  }));
  if (prefixes.length === 0) return objects;
  return [...objects, ...prefixes].sort((one, other) => compareBytes(nameOf(one), nameOf(other)));
}

function nameOf(entry: ListEntry): string {
  return entry.kind === 'object' ? entry.key : entry.prefix;
}

// Stores order keys by their UTF-8 bytes; JavaScript compares UTF-16 units, which differ above U+FFFF.
function compareBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

function readPage(
  { requester, quirks }: { requester: Requester; quirks: Quirks },
  query: Query,
  situation: Situation,
  signal?: AbortSignal,
): Promise<Page> {
  const { bucket } = requester.place;
  const input = {
    Bucket: bucket,
    Prefix: query.prefix,
    ...(query.delimiter ? { Delimiter: query.delimiter } : {}),
    ...(query.limit === undefined ? {} : { MaxKeys: query.limit }),
  };
  return requester.request(
    {
      ...situation,
      attempt: async (client, options) => {
        const page = quirks.listV2
          ? await client
              .send(
                new ListObjectsV2Command({ ...input, ...(query.at ? { ContinuationToken: query.at } : {}) }),
                options,
              )
              .then((answer) => ({
                ...answer,
                next: answer.IsTruncated ? answer.NextContinuationToken : undefined,
              }))
          : await client
              .send(new ListObjectsCommand({ ...input, ...(query.at ? { Marker: query.at } : {}) }), options)
              .then((answer) => ({ ...answer, next: answer.IsTruncated ? markerOf(answer) : undefined }));
        // A web page parses as an empty answer, and an empty answer would read as an empty bucket.
        if (page.Name === undefined && page.IsTruncated === undefined) throw notAnObjectStore();
        return page;
      },
    },
    signal,
  );
}

// NextMarker comes only with a delimiter; without one the last key is the marker.
function markerOf(answer: { NextMarker?: string | undefined } & Omit<Page, 'next'>): string | undefined {
  return answer.NextMarker || answer.Contents?.at(-1)?.Key;
}

// Seen where list parameters are ignored; without this it never ends.
function pagingLoop({ bucket, endpoint }: Place, at: string): OperatorError {
  const found = `the page after "${at}" points to itself`;
  const advice = "Check that the provider named in the configuration is the store's own.";
  return new OperatorError('StoreError', `Could not list s3://${bucket} at ${endpoint}: ${found}. ${advice}`);
}

export async function* listUploads(
  { requester, quirks }: { requester: Requester; quirks: Quirks },
  prefix: string,
  signal?: AbortSignal,
): AsyncGenerator<OpenUpload> {
  let at: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {};
  while (at) {
    const input: ListMultipartUploadsCommandInput = {
      Bucket: requester.place.bucket,
      ...(quirks.uploadPrefix ? { Prefix: prefix } : {}),
      ...at,
    };
    const page: ListMultipartUploadsCommandOutput = await requester.request(
      {
        verb: 'list the open uploads of',
        key: prefix,
        access: 'read',
        permission: 's3:ListBucketMultipartUploads',
        attempt: (client, options) => client.send(new ListMultipartUploadsCommand(input), options),
      },
      signal,
    );
    for (const { Key: key, UploadId: uploadId } of page.Uploads ?? []) {
      if (key?.startsWith(prefix) && uploadId !== undefined) yield { key, uploadId };
    }
    at =
      page.IsTruncated && page.NextKeyMarker
        ? markersOf(page.NextKeyMarker, page.NextUploadIdMarker)
        : undefined;
  }
}

function markersOf(
  key: string,
  uploadId: string | undefined,
): { KeyMarker: string; UploadIdMarker?: string } {
  return { KeyMarker: key, ...(uploadId ? { UploadIdMarker: uploadId } : {}) };
}
