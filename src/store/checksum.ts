// SPDX-License-Identifier: Apache-2.0
// Fingerprints of content: SHA-256, and the ETag that a store would give it.
import { createHash, type Hash } from 'node:crypto';

/** The ETag of content that was uploaded in parts of this size, or in one piece. */
export type EtagHash = { update(chunk: Uint8Array): void; digest(): string };

export async function sha256(content: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of content) hash.update(chunk);
  return hash.digest('hex');
}

/**
 * Without a part size the MD5; with one, as every store computes it: the MD5 of the parts' MD5s and the number of parts.
 * Empty content counts as one part.
 */
export function createEtagHash(partSize?: number): EtagHash {
  if (partSize === undefined) {
    const hash = createHash('md5');
    return { update: (chunk) => void hash.update(chunk), digest: () => hash.digest('hex') };
  }
  const whole = createHash('md5');
  let part: Hash = createHash('md5');
  let room = partSize;
  let parts = 0;
  const endPart = (): void => {
    whole.update(part.digest());
    parts += 1;
    part = createHash('md5');
    room = partSize;
  };
  return {
    update(chunk) {
      for (let rest = chunk; rest.length > 0;) {
        if (room === 0) endPart();
        const piece = rest.subarray(0, room);
        part.update(piece);
        room -= piece.length;
        rest = rest.subarray(piece.length);
      }
    },
    digest() {
      if (room < partSize || parts === 0) endPart();
      return `${whole.digest('hex')}-${parts}`;
    },
  };
}

export async function etagOf(content: AsyncIterable<Uint8Array>, partSize?: number): Promise<string> {
  const hash = createEtagHash(partSize);
  for await (const chunk of content) hash.update(chunk);
  return hash.digest();
}
