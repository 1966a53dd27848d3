// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { openGate } from '../../../src/store/gate.ts';

async function isOpen(promise: Promise<unknown>): Promise<boolean> {
  const closed = Symbol('closed');
  await new Promise(setImmediate);
  return (await Promise.race([promise, Promise.resolve(closed)])) !== closed;
}

describe('gate', () => {
  it('lets in what fits and the rest in the order of asking', async () => {
    const gate = openGate(2);
    const [one] = await Promise.all([gate(1), gate(1)]);
    const third = gate(1);
    const fourth = gate(1);
    expect(await isOpen(third)).toBe(false);
    one();
    expect(await isOpen(third)).toBe(true);
    expect(await isOpen(fourth)).toBe(false);
    (await third)();
    expect(await isOpen(fourth)).toBe(true);
  });

  it('does not let the light overtake the heavy', async () => {
    const gate = openGate(10);
    const leave = await gate(6);
    const heavy = gate(8);
    const light = gate(1);
    expect([await isOpen(heavy), await isOpen(light)]).toEqual([false, false]);
    leave();
    expect([await isOpen(heavy), await isOpen(light)]).toEqual([true, true]);
  });

  it('takes what is heavier than itself alone', async () => {
    const gate = openGate(4);
    const leave = await gate(100);
    const next = gate(1);
    expect(await isOpen(next)).toBe(false);
    leave();
    expect(await isOpen(next)).toBe(true);
  });

  it('gives back once', async () => {
    const gate = openGate(1);
    const leave = await gate(1);
    leave();
    leave();
    await gate(1);
    expect(await isOpen(gate(1))).toBe(false);
  });

  it('lets go who no longer wants, and those behind move up', async () => {
    const gate = openGate(2);
    const leave = await gate(1);
    const controller = new AbortController();
    const heavy = gate(2, controller.signal);
    const light = gate(1);
    expect(await isOpen(light)).toBe(false);
    controller.abort(new Error('cancelled'));
    await expect(heavy).rejects.toThrow('cancelled');
    expect(await isOpen(light)).toBe(true);
    leave();
    await expect(gate(1, AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late');
  });

  it('never admits more than fits and forgets nobody', async () => {
    const weights = fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 10 }), weights, async (capacity, all) => {
        const gate = openGate(capacity);
        let inside = 0;
        let highest = 0;
        await Promise.all(
          all.map(async (weight) => {
            const leave = await gate(weight);
            inside += Math.min(weight, capacity);
            highest = Math.max(highest, inside);
            await Promise.resolve();
            inside -= Math.min(weight, capacity);
            leave();
          }),
        );
        expect(highest).toBeLessThanOrEqual(capacity);
        expect(inside).toBe(0);
      }),
    );
  });
});
