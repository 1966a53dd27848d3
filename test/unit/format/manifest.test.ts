// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readObjectParts, writeObjectParts } from '../../../src/format/manifest-parts.ts';
import {
  decodeManifest,
  decodeManifestObject,
  encodeManifest,
  encodeManifestObject,
  linesPerPart,
  manifestDigest,
  type Manifest,
  type ManifestObject,
} from '../../../src/format/manifest.ts';
import { chunksOf } from './chunks.ts';

const manifest: Manifest = {
  v: 1,
  runId: 'r1',
  backupName: 'b',
  engineVersion: '0.1.0',
  milvusVersion: 'v2.6.1',
  startTime: '2026-01-02T03:04:05Z',
  endTime: '2026-01-02T03:05:05Z',
  consistencyTimestamp: '449885215365439999',
  metaFiles: [{ path: 'meta/full_meta.json', size: 5, sha256: 'ab' }],
  objects: {
    parts: [{ path: 'milvusbackup.dev/objects-00001.ndjson', size: 7, sha256: 'cd', lines: 1 }],
    count: 1,
    bytes: 3,
  },
  collections: [
    {
      id: 449885215365432101n,
      db: 'default',
      name: 'größe',
      rows: 1,
      segments: 1,
      objects: 1,
      bytes: 3,
      describeCollection: 'CgA=',
      describeIndex: '',
    },
  ],
  dropped: [{ db: 'default', name: 'x', id: 449885215365432102n }],
  skipped: [{ name: 'default.y', reason: 'CollectionChanging', message: 'm' }],
  warnings: [{ reason: 'GCPauseUnsupported', message: 'w' }],
};

const unreadable = (text: string): unknown =>
  expect.objectContaining({ reason: 'BackupUnreadable', message: expect.stringContaining(text) });

describe('the manifest', () => {
  it('round-trips', () => {
    const text = encodeManifest(manifest);
    expect(text).toContain('"id":449885215365432101');
    expect(decodeManifest(text, 'm')).toEqual(manifest);
    expect(decodeManifest(text.replace('{', '{"new":[1],'), 'm')).toEqual(manifest);
  });

  it('says whose backup it is where that is known, and is read the same where it is not', () => {
    const source = { namespace: 'prod', instance: 'milvus', schedule: 'nightly', scheduleUID: 'u-1' };
    const text = encodeManifest({ ...manifest, source });
    expect(decodeManifest(text, 'm')).toEqual({ ...manifest, source });
    expect(decodeManifest(text.replace(/,"source":\{.*\}\}$/, '}'), 'm')).toEqual(manifest);
    expect(encodeManifest(manifest)).not.toContain('source');
  });

  it('is named by its digest', () => {
    const text = encodeManifest(manifest);
    expect(manifestDigest(text)).toBe(createHash('sha256').update(Buffer.from(text)).digest('hex'));
    expect(manifestDigest(Buffer.from(text))).toBe(manifestDigest(text));
  });

  it.each<[string, string, string, string]>([
    ['another version', '"v":1', '"v":2', '.v: found the number 2, expected 1'],
    ['a missing member', '"runId":"r1",', '', '.runId: found nothing'],
    ['a quoted size', '"size":5', '"size":"5"', '.metaFiles[0].size: found the text "5"'],
    ['a negative count', '"count":1', '"count":-1', '.objects.count: found the number -1'],
    ['an unknown reason', 'CollectionChanging', 'Whatever', '.skipped[0].reason: found the text "Whatever"'],
    ['a path that leads out', 'meta/full_meta.json', '../full_meta.json', 'the path "../full_meta.json"'],
    ['an absolute part', 'milvusbackup.dev/objects', '/objects', 'is absolute'],
    ['a cut end', '}]}', '}]', 'm.json'],
  ])('is refused with %s', (_name, from, to, message) => {
    const text = encodeManifest(manifest);
    expect(text).toContain(from);
    expect(() => decodeManifest(text.replace(from, to), 'm.json')).toThrow(unreadable(message));
  });
});

describe('a line of the object list', () => {
  it.each<[ManifestObject, string]>([
    [{ key: 'binlogs/a', size: 0 }, '{"key":"binlogs/a","size":0}'],
    [
      { key: 'binlogs/<', size: 9, checksum: 'md5:00' },
      String.raw`{"key":"binlogs/\u003c","size":9,"checksum":"md5:00"}`,
    ],
  ])('%j', (object, line) => {
    expect(encodeManifestObject(object)).toBe(line);
    expect(decodeManifestObject(line, 'w')).toEqual(object);
  });

  it.each([
    ['{"key":"../a","size":1}', 'p:1: the path'],
    ['{"key":"a"}', 'p:1: at .size'],
    ['{"key":"a","size":-1}', 'p:1: at .size'],
    ['x', 'p:1 is not JSON'],
  ])('%s is refused', (line, message) => {
    expect(() => decodeManifestObject(line, 'p:1')).toThrow(unreadable(message));
  });
});

type Written = { objects: Manifest['objects']; bodies: Map<string, string> };

async function write(objects: Iterable<ManifestObject>): Promise<Written> {
  const written: Written = { objects: { parts: [], count: 0, bytes: 0 }, bodies: new Map() };
  for await (const { part, body, bytes } of writeObjectParts(objects)) {
    written.objects.parts.push(part);
    written.objects.count += part.lines;
    written.objects.bytes += bytes;
    written.bodies.set(part.path, body.toString());
  }
  return written;
}

async function read({ objects, bodies }: Written): Promise<ManifestObject[]> {
  const found: ManifestObject[] = [];
  for await (const object of readObjectParts(objects, (path) => chunksOf(bodies.get(path) ?? '', 1000)))
    found.push(object);
  return found;
}

const three: ManifestObject[] = [
  { key: 'binlogs/a', size: 1, checksum: 'sha256:00' },
  { key: 'binlogs/ä', size: 2 },
  { key: 'binlogs/c', size: 3 },
];

describe('the parts of the object list', () => {
  it('round-trip', async () => {
    const written = await write(three);
    expect(written.objects).toMatchObject({
      count: 3,
      bytes: 6,
      parts: [{ path: 'milvusbackup.dev/objects-00001.ndjson', lines: 3 }],
    });
    expect(await read(written)).toEqual(three);
  });

  it('may be none', async () => {
    const written = await write([]);
    expect(written.objects.parts).toEqual([]);
    expect(await read(written)).toEqual([]);
  });

  it('hold a bounded number of lines', async () => {
    const many = Array.from({ length: linesPerPart + 1 }, (_, index) => ({
      key: `binlogs/${index}`,
      size: 1,
    }));
    const written = await write(many);
    expect(written.objects.parts.map(({ lines }) => lines)).toEqual([linesPerPart, 1]);
    expect(await read(written)).toHaveLength(linesPerPart + 1);
    const exact = await write(many.slice(1));
    expect(exact.objects.parts.map(({ lines }) => lines)).toEqual([linesPerPart]);
  });

  const path = 'milvusbackup.dev/objects-00001.ndjson';

  it.each<[string, (written: Written) => void, string]>([
    [
      'a changed byte',
      ({ bodies }) => bodies.set(path, bodies.get(path)!.replace('"size":1', '"size":2')),
      'SHA-256',
    ],
    ['a missing part', ({ bodies }) => bodies.delete(path), 'SHA-256'],
    ['more than it says', ({ bodies }) => bodies.set(path, `${bodies.get(path)}{}`), 'SHA-256'],
    [
      'a wrong number of lines',
      ({ objects }) => (objects.parts[0]!.lines = 2),
      'holds 3 whole lines, the manifest says 2',
    ],
    [
      'a wrong count',
      ({ objects }) => objects.count++,
      'the manifest says 4 objects with 6 bytes, its parts hold 3 with 6',
    ],
    ['a wrong sum', ({ objects }) => objects.bytes--, 'the manifest says 3 objects with 5 bytes'],
  ])('are refused with %s', async (_name, change, message) => {
    const written = await write(three);
    change(written);
    await expect(read(written)).rejects.toThrow(unreadable(message));
  });

  it('yield nothing of a part before it was checked', async () => {
    const { objects, bodies } = await write(three);
    const changed = readObjectParts(objects, (path) => chunksOf(bodies.get(path)!.replace(/\}\n$/, ']\n')));
    await expect(changed.next()).rejects.toThrow(unreadable('SHA-256'));
  });
});
