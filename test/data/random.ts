// SPDX-License-Identifier: Apache-2.0
// Random numbers from a seed: the same seed gives the same data on every machine, so that a failure can be repeated and
// rows can be made again instead of being remembered.

export type Random = {
  /** In [0, 1). */
  real(): number;
  /** 32 bits. */
  bits(): number;
  /** Whole, both ends included. */
  int(least: number, most: number): number;
  chance(share: number): boolean;
  pick<T>(from: readonly T[]): T;
  shuffled<T>(list: readonly T[]): T[];
};

export function randomOf(...seed: (string | number)[]): Random {
  const bits = mulberry32(hash(seed.join('/')));
  const real = (): number => bits() / 4_294_967_296;
  const int = (least: number, most: number): number => least + Math.floor(real() * (most - least + 1));
  const shuffled = <T>(list: readonly T[]): T[] => {
    const all = [...list];
    for (let at = all.length - 1; at > 0; at -= 1) {
      const other = int(0, at);
      [all[at], all[other]] = [all[other] as T, all[at] as T];
    }
    return all;
  };
  return {
    real,
    bits,
    int,
    chance: (share) => real() < share,
    pick: (from) => from[int(0, from.length - 1)] as (typeof from)[number],
    shuffled,
  };
}

/** Mulberry32 by Tommy Ettinger, public domain. */
function mulberry32(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
}

/** FNV-1a with a final mix: neighboring seeds must not give neighboring streams. */
function hash(text: string): number {
  let state = 0x81_1c_9d_c5;
  for (let at = 0; at < text.length; at += 1) state = Math.imul(state ^ text.charCodeAt(at), 0x01_00_01_93);
  state = Math.imul(state ^ (state >>> 16), 0x85_eb_ca_6b);
  return (state ^ (state >>> 13)) >>> 0;
}
