// SPDX-License-Identifier: Apache-2.0
// Our own account of a finished backup: what was written, with size and digest of everything, and what Milvus said of
// the collections, byte for byte. Its list of objects lies beside it in parts of one line per object.
import { createHash } from 'node:crypto';
import { reasons, type Reason } from '../base/reason.ts';
import { decode, int64, natural, optional, text, type Codec } from './codec.ts';
import { assertRelativeKey } from './guards.ts';
import { parseJson } from './json.ts';
import { record } from './message.ts';
import { array, literal, oneOf } from './repeated.ts';

/** Keeps a part near 20 MB: small enough to be read whole before it is believed. */
export const linesPerPart = 100_000;

/** A document of the backup; `path` is relative to the backup's folder. */
export type ManifestDocument = { path: string; size: number; sha256: string };

export type ManifestPart = ManifestDocument & { lines: number };

export type ManifestCollection = {
  id: bigint;
  db: string;
  name: string;
  rows: number;
  segments: number;
  objects: number;
  bytes: number;
  /** Base64 of the answers of Milvus, as they came: they hold what the Go tool's meta loses. */
  describeCollection: string;
  describeIndex: string;
};

/** Whose backup it is, in the words of the cluster that it was made in. */
export type ManifestSource = {
  namespace?: string;
  /** MilvusInstance. */
  instance: string;
  /** MilvusBackupSchedule that made it, and its UID. */
  schedule?: string;
  scheduleUID?: string;
};

export type Manifest = {
  v: 1;
  runId: string;
  backupName: string;
  engineVersion: string;
  milvusVersion: string;
  /** RFC 3339. */
  startTime: string;
  endTime: string;
  /** The earliest flush timestamp of the collections, decimal; absent where nothing was flushed. */
  consistencyTimestamp?: string;
  metaFiles: ManifestDocument[];
  objects: { parts: ManifestPart[]; count: number; bytes: number };
  collections: ManifestCollection[];
  /** Gone from Milvus while the backup ran: no failure. */
  dropped: { db: string; name: string; id: bigint }[];
  /** Left out because they failed: a backup with any is partial. */
  skipped: { name: string; reason: Reason; message: string }[];
  warnings: { reason: Reason; message: string }[];
  /** Only of a backup that was asked for by an object of Kubernetes; readers that do not know it leave it alone. */
  source?: ManifestSource;
};

/** One object below `binlogs/`. `checksum` is an algorithm, a colon and its value, such as `md5:…`. */
export type ManifestObject = { key: string; size: number; checksum?: string };

const document = { path: text, size: natural, sha256: text };

const collection = record<ManifestCollection>({
  id: int64,
  db: text,
  name: text,
  rows: natural,
  segments: natural,
  objects: natural,
  bytes: natural,
  describeCollection: text,
  describeIndex: text,
});

const reason: Codec<Reason> = oneOf(...reasons);

const manifestRecord = record<Manifest>({
  v: literal(1),
  runId: text,
  backupName: text,
  engineVersion: text,
  milvusVersion: text,
  startTime: text,
  endTime: text,
  consistencyTimestamp: optional(text),
  metaFiles: array(record<ManifestDocument>(document)),
  objects: record<Manifest['objects']>({
    parts: array(record<ManifestPart>({ ...document, lines: natural })),
    count: natural,
    bytes: natural,
  }),
  collections: array(collection),
  dropped: array(record<Manifest['dropped'][number]>({ db: text, name: text, id: int64 })),
  skipped: array(record<Manifest['skipped'][number]>({ name: text, reason, message: text })),
  warnings: array(record<Manifest['warnings'][number]>({ reason, message: text })),
  source: optional(
    record<ManifestSource>({
      namespace: optional(text),
      instance: text,
      schedule: optional(text),
      scheduleUID: optional(text),
    }),
  ),
});

const objectRecord = record<ManifestObject>({ key: text, size: natural, checksum: optional(text) });

export function encodeManifest(manifest: Manifest): string {
  return manifestRecord.encode(manifest);
}

/** `file` names the manifest in the BackupUnreadable that is thrown for anything else, also for keys that lead out. */
export function decodeManifest(content: string, file: string): Manifest {
  const manifest = decode(manifestRecord, parseJson(content, file), file);
  for (const { path } of [...manifest.metaFiles, ...manifest.objects.parts]) assertRelativeKey(path, file);
  return manifest;
}

/** What the result of a run names the manifest by: SHA-256 of its bytes, in hexadecimal. */
export function manifestDigest(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** One line of a part, without the line feed that ends it. */
export function encodeManifestObject(object: ManifestObject): string {
  return objectRecord.encode(object);
}

/** The opposite; `where` names part and line in what is thrown. */
export function decodeManifestObject(line: string, where: string): ManifestObject {
  const object = decode(objectRecord, parseJson(line, where), where);
  assertRelativeKey(object.key, where);
  return object;
}
