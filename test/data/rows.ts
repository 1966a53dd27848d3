// SPDX-License-Identifier: Apache-2.0
// The row of a number: the same at each call, another one for each version of it.
import type { Definition } from './definition.ts';
import type { Row } from './field.ts';
import { keyOf } from './keys.ts';
import { randomOf } from './random.ts';
import { jsonOf } from './texts.ts';
import { valueOf } from './values.ts';

/** With an automatic key an empty one stands in its place until the server has given it. */
export function rowOf({ fields, dynamic }: Definition, seed: string, ordinal: number, version: number): Row {
  const random = randomOf(seed, 'row', ordinal, version);
  const row = fields.map((field) => {
    if (field.isKey !== true) return valueOf(field, random);
    return field.autoID === true ? '' : keyOf(field, seed, ordinal);
  });
  return dynamic ? [...row, jsonOf(random)] : row;
}
