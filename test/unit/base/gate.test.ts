// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { createGate } from '../../../src/base/gate.ts';

const settled = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await Promise.resolve();
};

describe('a gate', () => {
  it('lets so many through at once, the rest in the order they came', async () => {
    const inside: string[] = [];
    const ends = new Map<string, () => void>();
    const gate = createGate(2);
    const all = ['1', '2', '3', '4'].map((name) =>
      gate(async () => {
        inside.push(name);
        await new Promise<void>((resolve) => ends.set(name, resolve));
        return name;
      }),
    );
    await settled();
    expect(inside).toEqual(['1', '2']);
    ends.get('2')?.();
    await settled();
    expect(inside).toEqual(['1', '2', '3']);
    for (const name of ['1', '3']) ends.get(name)?.();
    await settled();
    expect(inside).toEqual(['1', '2', '3', '4']);
    ends.get('4')?.();
    expect(await Promise.all(all)).toEqual(['1', '2', '3', '4']);
  });

  it('is left by one that failed', async () => {
    const gate = createGate(1);
    await expect(gate(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await gate(() => Promise.resolve('yes'))).toBe('yes');
  });
});
