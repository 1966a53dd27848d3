// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { openMemory } from '../../../src/store/memory.ts';

const mib = 1024 ** 2;

describe('memory', () => {
  it('gives buffers of the length that was asked for', async () => {
    const memory = openMemory(64 * mib);
    for (const bytes of [0, 1, 1000, mib - 1, mib, mib + 1, 5 * mib, 16 * mib, 20 * mib]) {
      const { buffer, release } = await memory(bytes);
      expect(buffer).toHaveLength(bytes);
      release();
    }
  });

  it('uses a buffer again, but never for two at once', async () => {
    const memory = openMemory(64 * mib);
    const first = await memory(16 * mib);
    const second = await memory(16 * mib);
    expect(second.buffer.buffer).not.toBe(first.buffer.buffer);
    first.release();
    first.release();
    const third = await memory(12 * mib);
    const fourth = await memory(16 * mib);
    expect(third.buffer.buffer).toBe(first.buffer.buffer);
    expect(new Set([second, third, fourth].map(({ buffer }) => buffer.buffer)).size).toBe(3);
  });

  it('waits for room', async () => {
    const memory = openMemory(32 * mib);
    const held = await Promise.all([memory(16 * mib), memory(16 * mib)]);
    let isIn = false;
    const next = memory(1).then((more) => {
      isIn = true;
      return more;
    });
    await new Promise(setImmediate);
    expect(isIn).toBe(false);
    held[0].release();
    expect((await next).buffer).toHaveLength(1);
  });

  it('keeps no more than its capacity when sizes change', async () => {
    const memory = openMemory(32 * mib);
    const large = await Promise.all([memory(16 * mib), memory(16 * mib)]);
    for (const { release } of large) release();
    const small = await memory(2 * mib);
    small.release();
    const again = await memory(16 * mib);
    // The two large ones were given up for the small one.
    expect(large.map(({ buffer }) => buffer.buffer)).not.toContain(again.buffer.buffer);
  });
});
