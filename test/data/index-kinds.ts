// SPDX-License-Identifier: Apache-2.0
// The indexes that Milvus 2.3.5 both accepts and builds, by type of field. What it accepts and never builds is named in
// refusals.ts.
import { isVector, type Field } from './field.ts';
import type { Random } from './random.ts';

type Params = Record<string, string>;

const metrics = ['L2', 'IP', 'COSINE'] as const;

/** Parameters as the SDKs send them: kind, metric, and the kind's own as one JSON text. */
export function vectorIndex(field: Field & { dim: number }, random: Random): Params {
  if (field.type === 'BinaryVector') {
    const ivf = index('BIN_IVF_FLAT', random.pick(['HAMMING', 'JACCARD']), { nlist: 8 });
    return random.chance(0.5)
      ? ivf
      : index('BIN_FLAT', random.pick(['HAMMING', 'JACCARD', 'SUBSTRUCTURE', 'SUPERSTRUCTURE']), {});
  }
  const metric = random.pick(metrics);
  if (field.type === 'Float16Vector') return index('FLAT', metric, {});
  const kinds = [
    () => index('FLAT', metric, {}),
    () => index('IVF_FLAT', metric, { nlist: random.int(1, 64) }),
    () => index('IVF_SQ8', metric, { nlist: random.int(1, 64) }),
    () => index('IVF_PQ', metric, { nlist: 8, m: largestDivisor(field.dim), nbits: 8 }),
    () => index('HNSW', metric, { M: random.int(4, 32), efConstruction: random.int(16, 128) }),
    // The server keeps no parameters of this kind.
    () => ({ index_type: 'AUTOINDEX', metric_type: metric }),
    ...(field.dim % 2 === 0 ? [() => index('SCANN', metric, { nlist: 8, with_raw_data: true })] : []),
  ];
  return random.pick(kinds)();
}

/** Undefined where this server indexes no such field. */
export function scalarIndex(field: Field, random: Random): Params | undefined {
  if (isVector(field)) return undefined;
  if (field.type === 'VarChar')
    return random.pick([{}, { index_type: 'Trie' }, { index_type: 'marisa-trie' }]);
  const isNumber = !['Bool', 'JSON', 'Array'].includes(field.type);
  return isNumber ? random.pick([{}, { index_type: 'STL_SORT' }]) : undefined;
}

function index(kind: string, metric: string, params: Record<string, number | boolean>): Params {
  return { index_type: kind, metric_type: metric, params: JSON.stringify(params) };
}

/** Up to 8; product quantization cuts a vector into this many parts. */
function largestDivisor(dim: number): number {
  for (let divisor = 8; divisor > 1; divisor -= 1) if (dim % divisor === 0) return divisor;
  return 1;
}
