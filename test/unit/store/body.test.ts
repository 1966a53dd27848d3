// SPDX-License-Identifier: Apache-2.0
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exactly, readParts } from '../../../src/store/body.ts';
import { partSizeFor, uploadPartSize } from '../../../src/store/multipart.ts';

const mib = 1024 ** 2;
const where = { endpoint: 'minio:9000', bucket: 'backups', isTls: false, key: 'a' };
const room = (bytes: number): Promise<Buffer> => Promise.resolve(Buffer.alloc(bytes));

describe('readParts', () => {
  it('cuts a stream into parts, however it arrives', async () => {
    const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(pieces, fc.integer({ min: 1, max: 50 }), async (arriving, partSize) => {
        const whole = Buffer.concat(arriving);
        const stream = Readable.from(arriving.map((piece) => Buffer.from(piece)));
        const parts = await Array.fromAsync(readParts(stream, whole.length, { partSize, where, room }));
        expect(Buffer.concat(parts)).toEqual(whole);
        expect(parts.slice(0, -1).every(({ length }) => length === partSize)).toBe(true);
        expect(stream.destroyed).toBe(true);
      }),
    );
  });

  it.each([
    [4, 'its source was to deliver 4 bytes and delivered 3'],
    [2, 'its source was to deliver 2 bytes and delivered more'],
    [0, 'its source was to deliver 0 bytes and delivered more'],
  ])('refuses three bytes announced as %d', async (size, text) => {
    const stream = Readable.from([Buffer.from('abc')]);
    await expect(Array.fromAsync(readParts(stream, size, { partSize: 10, where, room }))).rejects.toThrow(
      text,
    );
  });

  it('asks for room before each part', async () => {
    const asked: number[] = [];
    const counting = (bytes: number): Promise<Buffer> => {
      asked.push(bytes);
      return room(bytes);
    };
    await Array.fromAsync(
      readParts(Readable.from([Buffer.alloc(25)]), 25, { partSize: 10, where, room: counting }),
    );
    expect(asked).toEqual([10, 10, 5]);
  });

  it('ends a stream that stands still when it is cancelled', async () => {
    const controller = new AbortController();
    const stream = new Readable({ read() {} });
    const parts = Array.fromAsync(
      readParts(stream, 10, { partSize: 10, where, room, signal: controller.signal }),
    );
    setImmediate(() => controller.abort(new Error('cancelled')));
    await expect(parts).rejects.toThrow('cancelled');
  });

  it('destroys a stream that nobody reads to its end', async () => {
    const stream = Readable.from([Buffer.alloc(10), Buffer.alloc(10)]);
    for await (const _part of readParts(stream, 20, { partSize: 5, where, room })) break;
    expect(stream.destroyed).toBe(true);
  });
});

describe('exactly', () => {
  it('passes what is as long as announced', async () => {
    const counted = exactly(6, where);
    const done = pipeline(Readable.from([Buffer.from('abc'), Buffer.from('def')]), counted);
    expect(String(await buffer(counted))).toBe('abcdef');
    await done;
  });

  it.each([5, 7])('fails at %d instead of 6', async (size) => {
    const counted = exactly(size, where);
    counted.resume();
    await expect(
      pipeline(Readable.from([Buffer.from('abc'), Buffer.from('def')]), counted),
    ).rejects.toMatchObject({
      reason: 'StoreError',
    });
  });
});

describe('part sizes', () => {
  it.each([
    [1, 16 * mib],
    [100 * mib, 16 * mib],
    [160_000 * mib, 16 * mib],
    [160_000 * mib + 1, 17 * mib],
    [5 * 1024 ** 2 * mib, 525 * mib],
  ])('of %d bytes are %d', (size, partSize) => {
    expect(uploadPartSize(size)).toBe(partSize);
  });

  it('are whole MiB and never more than ten thousand', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 * 1024 ** 4 }), (size) => {
        const partSize = partSizeFor(size, 5 * mib);
        expect(partSize % mib).toBe(0);
        expect(Math.ceil(size / partSize)).toBeLessThanOrEqual(10_000);
      }),
    );
  });
});
