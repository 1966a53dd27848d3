// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { Turns } from '../../../src/controllers/turns.ts';

/** An action that ends when the test says so, and what has begun and ended so far. */
function stage() {
  const told: string[] = [];
  const ends = new Map<string, () => void>();
  const action = (name: string) => async (): Promise<string> => {
    told.push(`${name} begins`);
    await new Promise<void>((resolve) => ends.set(name, resolve));
    told.push(`${name} ends`);
    return name;
  };
  return { told, action, end: (name: string) => ends.get(name)?.() };
}

const settled = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await Promise.resolve();
};

describe('turns', () => {
  it('of one key are taken one after the other, those of others beside them', async () => {
    const { told, action, end } = stage();
    const turns = new Turns();
    const all = [turns.take('a', action('1')), turns.take('a', action('2')), turns.take('b', action('3'))];
    await settled();
    expect(told).toEqual(['1 begins', '3 begins']);
    end('1');
    await settled();
    expect(told).toEqual(['1 begins', '3 begins', '1 ends', '2 begins']);
    end('2');
    end('3');
    expect(await Promise.all(all)).toEqual(['1', '2', '3']);
  });

  it('go on after one that failed, and each failure reaches its own caller', async () => {
    const turns = new Turns();
    const failed = turns.take('a', () => Promise.reject(new Error('no')));
    const next = turns.take('a', () => Promise.resolve('yes'));
    await expect(failed).rejects.toThrow('no');
    expect(await next).toBe('yes');
    expect(await turns.take('a', () => Promise.resolve('again'))).toBe('again');
  });
});
