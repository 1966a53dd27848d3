// SPDX-License-Identifier: Apache-2.0
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { partOf, partsOf, toPart } from '../../../src/milvus/wire.ts';

describe('a message', () => {
  it('gives back the parts that were put in, by number and in order', () => {
    const part = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.uint8Array({ maxLength: 300 }));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 20 }), (parts) => {
        const message = Buffer.concat(parts.map(([number, content]) => toPart(number, content)));
        for (const number of [1, 2, 3, 4]) {
          const put = parts.filter(([n]) => n === number).map(([, content]) => Buffer.from(content));
          expect(partsOf(message, number).map((p) => Buffer.from(p))).toEqual(put);
          expect(partOf(message, number)?.length).toBe(put.at(-1)?.length);
        }
      }),
    );
  });

  it('may hold numbers of all widths beside them', () => {
    const numbers = [0x08, 0xff, 0x01, 0x19, 1, 2, 3, 4, 5, 6, 7, 8, 0x25, 1, 2, 3, 4];
    const minusOne = [0x28, ...Array.from({ length: 9 }, () => 0xff), 0x01];
    const message = Buffer.concat([Buffer.from(numbers), toPart(2, Buffer.from('x')), Buffer.from(minusOne)]);
    expect(Buffer.from(partOf(message, 2) ?? []).toString()).toBe('x');
    expect(partOf(message, 1)).toBeUndefined();
  });

  it('has field numbers of many bytes', () => {
    expect(Buffer.from(partOf(toPart(4000, Buffer.from('x')), 4000) ?? []).toString()).toBe('x');
  });

  it.each([
    ['within a part', [0x12, 5, 1]],
    ['within a number', [0x08, 0x80]],
    ['within a length', [0x12]],
    ['with a group', [0x13]],
  ])('that ends %s is refused', (_, bytes) => {
    expect(() => partsOf(Uint8Array.from(bytes), 2)).toThrow('protobuf message');
  });
});
