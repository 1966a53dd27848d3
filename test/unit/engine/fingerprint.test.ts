// SPDX-License-Identifier: Apache-2.0
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addTo, emptyFingerprint, isSameSet, type Fingerprint } from '../../../src/engine/fingerprint.ts';

function of(texts: readonly string[]): Fingerprint {
  const fingerprint = emptyFingerprint();
  for (const text of texts) addTo(fingerprint, text);
  return fingerprint;
}

describe('fingerprint', () => {
  it('does not depend on the order', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (texts) => {
        expect(isSameSet(of(texts), of(texts.toReversed()))).toBe(true);
      }),
    );
  });

  it.each([
    ['one is missing', ['a', 'b'], ['a']],
    ['one is another', ['a', 'b'], ['a', 'c']],
    ['one is there twice', ['a', 'b'], ['a', 'b', 'b']],
    ['one stands for two', ['ab'], ['a', 'b']],
    ['two of each against none', ['a', 'a'], ['b', 'b']],
  ])('differs when %s', (_name, one, other) => {
    expect(isSameSet(of(one), of(other))).toBe(false);
  });

  it('stays exact over many members', () => {
    const texts = Array.from({ length: 100_000 }, (_, i) => `insert_log/1/2/3/${i}`);
    const sum = of(texts);
    expect(Number.isSafeInteger(sum.low) && Number.isSafeInteger(sum.high)).toBe(true);
    expect(isSameSet(sum, of(texts.slice(1)))).toBe(false);
  });
});
