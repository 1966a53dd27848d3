// SPDX-License-Identifier: Apache-2.0
// Primary keys: by number of the row, and as Milvus's expressions name them.
import type { Field } from './field.ts';
import { randomOf } from './random.ts';
import { cutBytes, textOf } from './texts.ts';
import { longOf } from './values.ts';

/**
 * The ends of what 2.3.5 can find again. It stores the last number of each side as well, but an expression cannot write
 * the least and finds the greatest nowhere (see refusals.ts).
 */
const edgeNumbers = ['-9223372036854775807', '9223372036854775806', '9007199254740993', '-1', '0'];

/** Unique for each number of a row, the same at each call. */
export function keyOf(field: Field, seed: string, ordinal: number): string {
  const random = randomOf(seed, 'key', ordinal);
  if (field.type === 'Int64') return edgeNumbers[ordinal] ?? longOf(random);
  const { maxLength = 0 } = field as { maxLength?: number };
  if (ordinal === 0) return '';
  if (ordinal === 1) return 'k'.repeat(maxLength);
  return cutBytes(`${ordinal}:${textOf(random, 50)}`, maxLength);
}

/** `key in [...]`; a JSON string is a string of the expression language too. */
export function keyList(field: Field, keys: readonly string[]): string {
  const literals = field.type === 'Int64' ? keys : keys.map((key) => JSON.stringify(key));
  return `${field.name} in [${literals.join(', ')}]`;
}
