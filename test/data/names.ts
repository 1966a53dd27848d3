// SPDX-License-Identifier: Apache-2.0
// Names at their limits. Milvus 2.3.5 takes ASCII letters, digits and underscores only, at most 255 of them; other
// scripts live in descriptions, property names, dynamic keys and values.
import type { Random } from './random.ts';

export const longestName = 255;

/** Those that a program of ours could trip over. */
const traps = [
  'constructor',
  '__proto__',
  'toString',
  'RowID_',
  'Timestamp_',
  '_',
  'null',
  'order',
  'A',
  'a',
];

/** Unique among `taken` regardless of the stem; `prefix` keeps runs apart that share a server. */
export function nameOf(random: Random, taken: Set<string>, prefix = ''): string {
  for (;;) {
    const kind = random.int(0, 9);
    const stem = kind === 0 ? long(random, prefix) : kind < 4 ? random.pick(traps) : word(random);
    const name = `${prefix}${stem}`;
    if (taken.has(name)) continue;
    taken.add(name);
    return name;
  }
}

/** 255 characters, prefix included. */
export function long(random: Random, prefix: string): string {
  const start = word(random);
  return start + random.pick(['_', 'x', 'Z']).repeat(longestName - prefix.length - start.length);
}

const letters = Array.from('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_');

function word(random: Random): string {
  const first = random.pick(letters);
  const rest = Array.from({ length: random.int(1, 12) }, () => random.pick([...letters, '0', '7']));
  return first + rest.join('');
}
