// SPDX-License-Identifier: Apache-2.0
// How much happens to each of a seed's collections.
import type { Definition } from './definition.ts';
import { randomOf } from './random.ts';

/** `none`: rows are only added. `all`: at the end none is left. */
export type Plan = { seed: string; rows: number; steps: number; deletes: 'none' | 'some' | 'all' };

const largest = 3000;

/** About this many of a collection at most: 2.3.5 imports one segment after another, each in more than two seconds. */
const segments = 4;

/** Each seed has one collection that never had a row, one that lost all of them and one that is larger. */
export function planOf(seed: string, at: number, { shards, keyPartitions }: Definition): Plan {
  const random = randomOf(seed, 'plan', at);
  const [empty, emptied, large] = randomOf(seed, 'plans').shuffled([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const spread = shards * Math.max(1, keyPartitions);
  const rows = at === large ? largest : random.int(200, 1000);
  return {
    seed: `${seed}/${at}`,
    rows: at === empty ? 0 : rows,
    steps: at === empty ? 0 : random.int(1, Math.max(1, Math.floor(segments / spread))),
    deletes: at === emptied ? 'all' : random.pick(['none', 'some', 'some', 'some']),
  };
}
