// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { mapConcurrent } from '../../../src/engine/concurrent.ts';

/** Resolves after the given number of turns of the event loop. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
}

describe('mapConcurrent', () => {
  it('yields in the order of the items, however long each takes', async () => {
    const results: number[] = [];
    for await (const result of mapConcurrent([5, 1, 3, 0], 3, async (n) => (await turns(n), n)))
      results.push(result);
    expect(results).toEqual([5, 1, 3, 0]);
  });

  it('runs at most `limit` at once', async () => {
    let running = 0;
    let most = 0;
    const action = async (): Promise<void> => {
      most = Math.max(most, ++running);
      await turns(2);
      running--;
    };
    for await (const _ of mapConcurrent([1, 2, 3, 4, 5, 6, 7], 3, action));
    expect(most).toBe(3);
  });

  it('throws a failure in its place and lets the others settle', async () => {
    const seen: number[] = [];
    const settled: number[] = [];
    const run = async (): Promise<void> => {
      const mapped = mapConcurrent([1, 2, 3], 3, async (n) => {
        await turns(n === 2 ? 0 : 3);
        settled.push(n);
        if (n === 2) throw new Error('two');
        return n;
      });
      for await (const n of mapped) seen.push(n);
    };
    await expect(run()).rejects.toThrow('two');
    expect(seen).toEqual([1]);
    expect(settled.toSorted((one, other) => one - other)).toEqual([1, 2, 3]);
  });

  it('reads no further than it has room for', async () => {
    let read = 0;
    function* source(): Generator<number> {
      for (;;) yield read++;
    }
    for await (const n of mapConcurrent(source(), 2, (n) => Promise.resolve(n))) if (n === 5) break;
    expect(read).toBeLessThan(9);
  });
});
