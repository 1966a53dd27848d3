// SPDX-License-Identifier: Apache-2.0
// The S3 driver: one contract over every provider that speaks the S3 protocol.
import type { Clock } from '../base/clock.ts';
import { OperatorError } from '../base/error.ts';
import { openConnection, type Connection } from './connection.ts';
import type { ObjectStore, StoreOptions } from './contract.ts';
import { copyObject, singleCopyBytes } from './copying.ts';
import type { Place } from './errors.ts';
import { checkBucket, listObjects, listUploads } from './listing.ts';
import { openMemory } from './memory.ts';
import { abortUpload } from './multipart.ts';
import { quirksOf, type Quirks } from './quirks.ts';
import { getObject, headFirstPart, headObject } from './reading.ts';
import { removeObjects } from './removal.ts';
import { openRequester } from './request.ts';
import { putObject } from './upload.ts';

/** What all parts in memory may take together, per store. */
const memoryBytes = 96 * 1024 ** 2;

/** Where a store stands and as whom it is seen: what must be equal for a copy on the server's side. */
const identities = new WeakMap<ObjectStore, () => Promise<string>>();

/** A bucket. Nothing is connected before the first request. */
export function openS3Store(options: StoreOptions, clock: Clock): ObjectStore {
  const { bucket, concurrency, copyInPartsAbove = singleCopyBytes } = options;
  const quirks = quirksOf(options);
  const place = placeOf(options, quirks);
  const connection = openConnection(options, quirks);
  const requester = openRequester({ place, connection, clock, concurrency });
  const writer = { requester, memory: openMemory(memoryBytes) };
  const parts = { requester, quirks, clock, concurrency, copyInPartsAbove };
  const identity = (): Promise<string> => identify(options, place, connection);

  const store: ObjectStore = {
    label: `s3://${bucket} at ${place.endpoint}`,
    bucket,
    capabilities: quirks,
    async canCopyFrom(other) {
      const otherIdentity = identities.get(other);
      return otherIdentity !== undefined && (await identity()) === (await otherIdentity());
    },
    check: (signal) => checkBucket(requester, quirks, signal),
    list: (prefix, query = {}, signal) => listObjects(parts, { prefix, ...query }, signal),
    head: (key, signal) => headObject(requester, key, signal),
    firstPartSize: (key, signal) => headFirstPart(requester, key, signal),
    get: (key, query = {}, signal) => getObject(parts, key, query.range, signal),
    async put(key, body, condition, signal) {
      if (condition && !quirks.conditionalWrites) throw noConditions(place);
      return putObject(writer, { key, body, condition }, signal);
    },
    copy: (source, from, to, signal) => copyObject(parts, { bucket: source.bucket, from, to }, signal),
    remove: (keys, signal) => removeObjects(parts, keys, signal),
    listUploads: (prefix, signal) => listUploads(parts, prefix, signal),
    abortUpload: (upload, signal) => abortUpload(requester, upload, signal),
    close: () => connection.close(),
  };
  identities.set(store, identity);
  return store;
}

function placeOf(options: StoreOptions, quirks: Quirks): Place {
  const { provider, bucket, region } = options;
  const endpoint = options.endpoint ?? quirks.defaultEndpoint;
  if (endpoint === undefined && provider !== 'S3') {
    throw new OperatorError('InvalidConfiguration', `Provider ${provider} needs an endpoint (host[:port]).`);
  }
  const amazon = region === undefined ? 's3.amazonaws.com' : `s3.${region}.amazonaws.com`;
  return { endpoint: endpoint ?? amazon, bucket, isTls: options.tls.enabled };
}

async function identify(options: StoreOptions, { endpoint }: Place, connection: Connection): Promise<string> {
  return JSON.stringify([options.provider, endpoint, options.region ?? '', await connection.login()]);
}

// A caller's mistake: it asks the capability first.
function noConditions({ bucket, endpoint }: Place): Error {
  return new Error(
    `s3://${bucket} at ${endpoint} has no conditional writes (see capabilities.conditionalWrites)`,
  );
}
