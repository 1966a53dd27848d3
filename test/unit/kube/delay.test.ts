// SPDX-License-Identifier: Apache-2.0
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Delay } from '../../../src/kube/delay.ts';
import { Heap } from '../../../src/kube/heap.ts';
import { FakeClock } from './fake-clock.ts';

const hour = 3_600_000;

function start(): { clock: FakeClock; delay: Delay; released: string[] } {
  const clock = new FakeClock();
  const released: string[] = [];
  return { clock, released, delay: new Delay(clock, (key) => released.push(key)) };
}

describe('the heap', () => {
  it('gives what was put in, in order, whatever is put in between', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 50 }), { nil: undefined })), (steps) => {
        const heap = new Heap<number>((one, other) => one < other);
        const model: number[] = [];
        // A number is put in, undefined takes one out.
        for (const step of steps) {
          if (step === undefined) {
            model.sort((one, other) => one - other);
            expect(heap.pop()).toBe(model.shift());
          } else {
            heap.push(step);
            model.push(step);
          }
          expect(heap.size).toBe(model.length);
          expect(heap.peek()).toBe(model.length === 0 ? undefined : Math.min(...model));
        }
      }),
    );
  });

  it('is in order again after what it is ordered by has changed', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(100), fc.nat(100))), (pairs) => {
        const items = pairs.map(([before, after]) => ({ order: before, after }));
        const heap = new Heap<{ order: number }>((one, other) => one.order < other.order);
        items.forEach((item) => heap.push(item));
        items.forEach((item) => (item.order = item.after));
        heap.reorder();
        const out = items.map(() => heap.pop()?.order);
        expect(out).toEqual(items.map(({ after }) => after).toSorted((one, other) => one - other));
      }),
    );
  });
});

describe('keys that wait', () => {
  it('come when their time is up, not before', async () => {
    const { clock, delay, released } = start();
    delay.addAfter('a', 1000);
    await clock.advance(999);
    expect(released).toEqual([]);
    await clock.advance(1);
    expect(released).toEqual(['a']);
    expect(delay.size).toBe(0);
  });

  it('come once, at the earliest of their times', async () => {
    const { clock, delay, released } = start();
    delay.addAfter('a', 5000);
    delay.addAfter('a', 1000);
    delay.addAfter('a', 3000);
    await clock.advance(1000);
    expect(released).toEqual(['a']);
    await clock.advance(10_000);
    expect(released).toEqual(['a']);
  });

  it.each([
    ['a past moment', -5000, 0],
    ['now', 0, 0],
    ['a moment ahead', 90_000, 90_000],
    ['a moment far ahead: after an hour, to look again', 5 * hour, hour],
  ])('%s', async (_name, ahead, waits) => {
    const { clock, delay, released } = start();
    delay.addAt('a', clock.now() + ahead);
    await clock.advance(Math.max(waits - 1, 0));
    expect(released).toEqual(waits === 0 ? ['a'] : []);
    await clock.advance(1);
    expect(released).toEqual(['a']);
  });

  it.each([
    ['forward: what became due comes within a minute', 30 * 60_000, 16 * 60_000],
    ['back: it comes an hour after it was asked for', -30 * 60_000, hour],
  ])('notice a wall clock that was set %s', async (_name, jump, latest) => {
    const { clock, delay, released } = start();
    delay.addAt('moment', clock.now() + 40 * 60_000);
    delay.addAfter('duration', 30 * 60_000);
    await clock.advance(15 * 60_000);
    clock.setWall(clock.now() + jump);
    await clock.advance(latest - 15 * 60_000 - 60_000);
    expect(released).not.toContain('moment');
    await clock.advance(60_000);
    expect(released).toContain('moment');
    await clock.advance(hour);
    expect(released.toSorted()).toEqual(['duration', 'moment']);
  });

  it('measure a duration by the monotonic clock, whatever the wall clock says', async () => {
    const { clock, delay, released } = start();
    delay.addAfter('a', 10 * 60_000);
    await clock.advance(60_000);
    clock.setWall(clock.now() + 24 * hour);
    await clock.advance(9 * 60_000 - 1);
    expect(released).toEqual([]);
    await clock.advance(1);
    expect(released).toEqual(['a']);
  });

  it('wait no more once dropped, and the timer with them', async () => {
    const { clock, delay, released } = start();
    delay.addAfter('a', 1000);
    delay.addAfter('b', 2000);
    delay.drop('a');
    await clock.advance(5000);
    expect(released).toEqual(['b']);
    expect(clock.sleeping).toBe(0);
  });

  it('are forgotten when it is closed', async () => {
    const { clock, delay, released } = start();
    delay.addAfter('a', 1000);
    delay.close();
    delay.addAfter('b', 1000);
    await clock.advance(5000);
    expect(released).toEqual([]);
    expect(clock.sleeping).toBe(0);
  });

  it('share one timer', async () => {
    const { clock, delay } = start();
    for (let key = 0; key < 100; key++) delay.addAfter(`k${key}`, 1000 + key);
    await clock.advance(0);
    expect(clock.sleeping).toBe(1);
  });

  it('come each at its own time and in that order, whatever their number', async () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 100_000 })));
    await fc.assert(
      fc.asyncProperty(steps, async (adds) => {
        const clock = new FakeClock();
        const began = clock.monotonic();
        const released: { key: string; after: number }[] = [];
        const delay = new Delay(clock, (key) => released.push({ key, after: clock.monotonic() - began }));
        const earliest = new Map<string, number>();
        for (const [key, ms] of adds) {
          delay.addAfter(`k${key}`, ms);
          earliest.set(`k${key}`, Math.min(ms, earliest.get(`k${key}`) ?? Infinity));
        }
        await clock.advance(100_000);
        const byKey = (all: { key: string; after: number }[]) =>
          all.toSorted((one, other) => one.key.localeCompare(other.key));
        expect(byKey(released)).toEqual(byKey([...earliest].map(([key, after]) => ({ key, after }))));
        expect(released).toEqual(released.toSorted((one, other) => one.after - other.after));
      }),
      { numRuns: 30 },
    );
  });
});
