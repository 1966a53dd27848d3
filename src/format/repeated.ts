// SPDX-License-Identifier: Apache-2.0
// Codecs of lists, and of texts with few possible values.
import { type Codec, mismatch, piecesOf, stepping, text } from './codec.ts';

/** A repeated field. Go reads a null element as an empty one. */
export function list<V>(item: Codec<V>): Codec<V[]> {
  return {
    zero: () => [],
    isZero: (value) => value.length === 0,
    encode: (value) => `[${value.map((element) => item.encode(element)).join(',')}]`,
    decode(found) {
      if (!Array.isArray(found)) throw mismatch(found, 'a list');
      return found.map((element: unknown, index) => {
        if (element === null) return item.zero();
        return stepping(index, () => item.decode(element));
      });
    },
    *pieces(value) {
      let separator = '[';
      for (const element of value) {
        yield separator;
        separator = ',';
        yield* piecesOf(item, element);
      }
      yield value.length === 0 ? '[]' : ']';
    },
  };
}

/** A list in a file of ours: no element may be null. */
export function array<V>(item: Codec<V>): Codec<V[]> {
  return {
    ...list(item),
    decode(found) {
      if (!Array.isArray(found)) throw mismatch(found, 'a list');
      return found.map((element: unknown, index) =>
        stepping(index, () => {
          if (element === null) throw mismatch(element, 'a value');
          return item.decode(element);
        }),
      );
    },
  };
}

/** One of a few texts. */
export function oneOf<const V extends string>(...values: V[]): Codec<V> {
  const expected = values.map((value) => JSON.stringify(value)).join(' or ');
  const known: ReadonlySet<unknown> = new Set(values);
  return {
    zero() {
      throw mismatch(null, expected);
    },
    isZero: () => false,
    encode: (value) => text.encode(value),
    decode(found) {
      if (known.has(found)) return found as V;
      throw mismatch(found, expected);
    },
  };
}

/** One number and no other, such as a version. */
export function literal<const V extends number>(value: V): Codec<V> {
  return {
    zero: () => value,
    isZero: () => false,
    encode: String,
    decode(found) {
      if (found === value) return value;
      throw mismatch(found, String(value));
    },
  };
}
