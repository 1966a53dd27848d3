// SPDX-License-Identifier: Apache-2.0
// A vector search, asked and answered raw.
import { placeOf } from './collection.ts';
import { pairsOf, type Milvus } from './connection.ts';
import type { Place } from './definition.ts';

export type Hit = { key: string; distance: number };

/** `params` are the index's own, such as `ef`. */
export type Search = { field: string; vector: readonly number[]; params?: Record<string, number> };

const limit = 10;

/** The ten nearest by L2, nearest first. Asks for what is there, not for the newest: that would wait for the server's clock. */
export async function searchNearest(milvus: Milvus, place: Place, search: Search): Promise<Hit[]> {
  type Answer = { results: { ids: { int_id: { data: string[] } }; scores: number[] } };
  const parameters = {
    anns_field: search.field,
    topk: limit,
    metric_type: 'L2',
    params: JSON.stringify(search.params ?? {}),
    round_decimal: -1,
  };
  const { results } = await milvus.call<Answer>('Search', {
    ...placeOf(place),
    dsl: '',
    dsl_type: 'BoolExprV1',
    nq: 1,
    placeholder_group: placeholderGroup(search.vector),
    search_params: pairsOf(parameters),
    consistency_level: 3,
    use_default_consistency: false,
  });
  const { data } = results.ids.int_id;
  return data.map((key, at) => ({ key, distance: results.scores[at] ?? Number.NaN }));
}

const floatVector = 101;

/** PlaceholderGroup { 1: PlaceholderValue { 1: tag, 2: type, 3: values } }, which the SDK has no encoder for. */
function placeholderGroup(vector: readonly number[]): Buffer {
  const value = Buffer.concat([
    part(1, Buffer.from('$0')),
    Buffer.from([(2 << 3) | 0, floatVector]),
    part(3, Buffer.from(Float32Array.from(vector).buffer)),
  ]);
  return part(1, value);
}

function part(field: number, bytes: Buffer): Buffer {
  const head = [(field << 3) | 2];
  let length = bytes.length;
  for (; length >= 0x80; length >>>= 7) head.push((length & 0x7f) | 0x80);
  return Buffer.concat([Buffer.from([...head, length]), bytes]);
}
