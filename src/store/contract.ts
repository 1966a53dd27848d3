// SPDX-License-Identifier: Apache-2.0
// Object storage as the engine sees it: one contract for every provider. Keys are relative to the bucket, without a
// leading slash. Every method that waits takes an AbortSignal last. Drivers throw OperatorError with a reason
// (Unreachable, CredentialsRejected, Throttled, StoreError, TLSFailed, BucketNotFound, TargetReadOnly, ObjectLocked,
// InvalidConfiguration) and a message that names endpoint, bucket and key; absence of an object is a value (undefined),
// not an error.
import type { Readable } from 'node:stream';

export type Provider = 'S3' | 'Minio' | 'Ceph' | 'GCS' | 'Aliyun' | 'Tencent' | 'Huawei';

export type StoreOptions = {
  provider: Provider;
  /** host[:port] without scheme; left out for AWS's own endpoints. */
  endpoint?: string;
  region?: string;
  bucket: string;
  addressing: 'Auto' | 'Path' | 'VirtualHosted';
  tls: { enabled: boolean; caFile?: string; insecureSkipVerify: boolean };
  credentials: () => Promise<Credentials | undefined>;
  /** In flight at most. */
  concurrency: number;
  /** Bytes; a server-side copy of more is made in parts. Left out: 500 MiB. */
  copyInPartsAbove?: number;
  /** Variables that name proxies, as others know them: HTTPS_PROXY, HTTP_PROXY, NO_PROXY, also in small letters. */
  proxies?: Readonly<Record<string, string | undefined>>;
};

/** Read anew by the driver when the store says 401, 403 or ExpiredToken. Undefined: the provider's own chain. */
export type Credentials =
  | { accessKeyId: string; secretAccessKey: string; sessionToken?: string }
  | 'anonymous';

export type Capabilities = {
  /** PutObject and CompleteMultipartUpload honour If-None-Match and If-Match. */
  conditionalWrites: boolean;
  bulkDelete: boolean;
  /** UploadPartCopy exists. */
  partCopy: boolean;
  /** Objects larger than this need a multipart copy, bytes. */
  maxCopyBytes: number;
};

/** `etag` without quotes. `contentHash` is the MD5 in hex where the ETag is one (single part, no KMS), else undefined. */
export type ObjectInfo = { key: string; size: number; etag: string; contentHash?: string };

/** `modified`: when the object was written, milliseconds; left out where the store does not tell. */
export type ListEntry =
  | ({ kind: 'object'; modified?: number } & ObjectInfo)
  | { kind: 'prefix'; prefix: string };

/** A write happens only if: '*' nothing stands there; an etag, exactly that version stands there. */
export type Condition = { ifNoneMatch: '*' } | { ifMatch: string };

/** A conditional write that was refused: something else stands there. Callers read it back before they judge. */
export type WriteOutcome = { written: true; etag: string } | { written: false };

export type Body = Uint8Array | { stream: Readable; size: number };

/** A multipart upload that was begun and neither completed nor aborted. */
export type OpenUpload = { key: string; uploadId: string };

export interface ObjectStore {
  /** What it is, for messages: "s3://bucket at endpoint". */
  readonly label: string;
  readonly bucket: string;
  readonly capabilities: Capabilities;
  /** True if one server-side copy can read `other` and write here: same provider, endpoint, region and login. */
  canCopyFrom(other: ObjectStore): Promise<boolean>;
  /** Throws BucketNotFound, CredentialsRejected or Unreachable; resolves if the bucket answers. */
  check(signal?: AbortSignal): Promise<void>;
  /** All objects below `prefix` in key order; with `delimiter` one level: objects and common prefixes. Streams pages. */
  list(prefix: string, options?: { delimiter?: '/' }, signal?: AbortSignal): AsyncIterable<ListEntry>;
  head(key: string, signal?: AbortSignal): Promise<ObjectInfo | undefined>;
  /** The size of the first part of an object that was uploaded in parts; undefined where the store does not tell. */
  firstPartSize(key: string, signal?: AbortSignal): Promise<number | undefined>;
  /** The object as a stream; the caller consumes or destroys it. `range` is inclusive, bytes. */
  get(
    key: string,
    options?: { range?: { start: number; end: number } },
    signal?: AbortSignal,
  ): Promise<(ObjectInfo & { body: Readable }) | undefined>;
  /** Writes an object whole, as multipart where it is large. A refused condition is an outcome, not an error. */
  put(key: string, body: Body, condition?: Condition, signal?: AbortSignal): Promise<WriteOutcome>;
  /** Server-side copy of `from` in `source` (same backend), by parts where it is large. Unconditional. ObjectMissing. */
  copy(
    source: ObjectStore,
    from: { key: string; size: number },
    to: string,
    signal?: AbortSignal,
  ): Promise<{ etag: string }>;
  /** Removes the keys; absent ones are fine. Throws ObjectLocked or StoreError naming the first key that stayed. */
  remove(keys: Iterable<string> | AsyncIterable<string>, signal?: AbortSignal): Promise<number>;
  listUploads(prefix: string, signal?: AbortSignal): AsyncIterable<OpenUpload>;
  abortUpload(upload: OpenUpload, signal?: AbortSignal): Promise<void>;
  close(): void;
}
