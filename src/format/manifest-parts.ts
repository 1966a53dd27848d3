// SPDX-License-Identifier: Apache-2.0
// The object list of a manifest as parts of newline-delimited JSON. A part is small enough to be held whole, so it is
// written again as often as the store needs and believed only after its digest was checked.
import { createHash } from 'node:crypto';
import { OperatorError } from '../base/error.ts';
import {
  decodeManifestObject,
  encodeManifestObject,
  linesPerPart,
  type Manifest,
  type ManifestObject,
  type ManifestPart,
} from './manifest.ts';
import { objectsPartKey } from './paths.ts';

/** Far above what linesPerPart lines of legal keys take; a manifest that says more is not believed. */
const maxPartBytes = 256 * 1024 * 1024;

export type WrittenPart = {
  part: ManifestPart;
  body: Buffer;
  /** Sum of the sizes of the objects in this part. */
  bytes: number;
};

/** Cuts objects into parts; the caller stores each body under the part's path. */
export async function* writeObjectParts(
  objects: AsyncIterable<ManifestObject> | Iterable<ManifestObject>,
): AsyncGenerator<WrittenPart> {
  let number = 1;
  let lines: string[] = [];
  let bytes = 0;
  for await (const object of objects) {
    lines.push(encodeManifestObject(object));
    bytes += object.size;
    if (lines.length < linesPerPart) continue;
    yield writtenPart(number++, lines, bytes);
    lines = [];
    bytes = 0;
  }
  if (lines.length > 0) yield writtenPart(number, lines, bytes);
}

function writtenPart(number: number, lines: string[], bytes: number): WrittenPart {
  const body = Buffer.from(`${lines.join('\n')}\n`);
  return {
    part: { path: objectsPartKey(number), size: body.length, sha256: sha256(body), lines: lines.length },
    body,
    bytes,
  };
}

/** Reads the list back through `open`, which is given each part's path. Each part is checked before it is yielded. */
export async function* readObjectParts(
  objects: Manifest['objects'],
  open: (path: string) => AsyncIterable<Uint8Array>,
): AsyncGenerator<ManifestObject> {
  let count = 0;
  let bytes = 0;
  for (const part of objects.parts) {
    const body = await readPart(part, open(part.path));
    for (const object of linesOf(part, body)) {
      count++;
      bytes += object.size;
      yield object;
    }
  }
  if (count === objects.count && bytes === objects.bytes) return;
  const said = `${objects.count} objects with ${objects.bytes} bytes`;
  throw unreadable('the object list', `the manifest says ${said}, its parts hold ${count} with ${bytes}`);
}

async function readPart(part: ManifestPart, chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  if (part.size > maxPartBytes) throw unreadable(part.path, `${part.size} bytes are too much for a part`);
  const read: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > part.size) break;
    read.push(chunk);
  }
  const body = Buffer.concat(read);
  if (size !== part.size || sha256(body) !== part.sha256) {
    throw unreadable(part.path, 'its size or SHA-256 is not what the manifest says');
  }
  return body;
}

function* linesOf(part: ManifestPart, body: Buffer): Generator<ManifestObject> {
  let start = 0;
  let line = 0;
  for (let end = body.indexOf(0x0a); end >= 0; end = body.indexOf(0x0a, start)) {
    line++;
    yield decodeManifestObject(body.toString('utf8', start, end), `${part.path}:${line}`);
    start = end + 1;
  }
  if (start !== body.length || line !== part.lines) {
    throw unreadable(part.path, `it holds ${line} whole lines, the manifest says ${part.lines}`);
  }
}

function sha256(body: Buffer): string {
  return createHash('sha256').update(body).digest('hex');
}

function unreadable(file: string, what: string): OperatorError {
  return new OperatorError('BackupUnreadable', `${file}: ${what}`);
}
