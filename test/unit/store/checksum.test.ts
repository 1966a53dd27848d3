// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEtagHash, etagOf, sha256 } from '../../../src/store/checksum.ts';

function md5(...pieces: Uint8Array[]): Buffer {
  const hash = createHash('md5');
  for (const piece of pieces) hash.update(piece);
  return hash.digest();
}

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

describe('checksums', () => {
  it('SHA-256 of a stream', async () => {
    expect(await sha256(chunks('a', 'bc'))).toBe(createHash('sha256').update('abc').digest('hex'));
    expect(await sha256(chunks())).toBe(createHash('sha256').digest('hex'));
  });

  it('an ETag without parts is the MD5', async () => {
    expect(await etagOf(chunks('hel', 'lo'))).toBe('5d41402abc4b2a76b9719d911017c592');
  });

  it.each([
    ['hello', 5, 1],
    ['hello', 10, 1],
    ['hello', 4, 2],
    ['hello!', 3, 2],
    ['hello', 1, 5],
    ['', 4, 1],
  ])('%s in parts of %d are %d', async (text, partSize, parts) => {
    const pieces = Array.from({ length: parts }, (_, number) =>
      text.slice(number * partSize, (number + 1) * partSize),
    );
    const whole = md5(...pieces.map((piece) => md5(Buffer.from(piece)))).toString('hex');
    expect(await etagOf(chunks(text), partSize)).toBe(`${whole}-${parts}`);
  });

  it('does not depend on how the bytes arrive', () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 20 });
    fc.assert(
      fc.property(pieces, fc.integer({ min: 1, max: 60 }), (arriving, partSize) => {
        const [split, whole] = [createEtagHash(partSize), createEtagHash(partSize)];
        for (const piece of arriving) split.update(piece);
        whole.update(Buffer.concat(arriving));
        expect(split.digest()).toBe(whole.digest());
      }),
    );
  });
});
