// SPDX-License-Identifier: Apache-2.0
// The queue against everything that can happen to it in any order. Its subtle errors lose events, and a lost event is a
// backup that nobody looks at again.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WorkQueue, type Priority } from '../../../src/kube/queue.ts';
import { FakeClock } from './fake-clock.ts';

type Step =
  | { do: 'add'; key: string; priority: Priority }
  | { do: 'take' }
  | { do: 'done'; which: number }
  | { do: 'fail'; which: number }
  | { do: 'later'; key: string; ms: number }
  | { do: 'wait'; ms: number };

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('add' as const), key, priority: fc.constantFrom('now', 'later') }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('take' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('done' as const), which: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('fail' as const), which: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('later' as const), key, ms: fc.nat(5000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(3000) }) },
);

/** Drives the queue and keeps, per key, when it was last wished for and when it was last taken. */
class Driver {
  readonly clock = new FakeClock();
  readonly queue = new WorkQueue({ name: 'test', clock: this.clock, random: () => 0 });
  readonly inWork: string[] = [];
  readonly taken: string[] = [];
  readonly wished = new Map<string, number>();
  readonly lastTaken = new Map<string, number>();
  wishes = 0;
  #time = 0;

  async perform(action: Step): Promise<void> {
    this.#time += 1;
    switch (action.do) {
      case 'add':
        this.#wish(action.key);
        return this.queue.add(action.key, action.priority);
      case 'take':
        return this.take();
      case 'done':
        return this.#done(action.which);
      case 'fail':
        return this.#fail(action.which);
      case 'later':
        this.#wish(action.key);
        return this.queue.addAt(action.key, this.clock.now() + action.ms);
      case 'wait':
        return this.clock.advance(action.ms);
    }
  }

  async take(): Promise<void> {
    if (this.queue.depth === 0) return;
    const key = (await this.queue.take()) ?? '';
    expect(this.inWork, 'one worker per key').not.toContain(key);
    this.inWork.push(key);
    this.taken.push(key);
    this.lastTaken.set(key, ++this.#time);
  }

  /** Everything that was asked for has happened. */
  async quiesce(): Promise<void> {
    for (let round = 0; round < 50; round++) {
      while (this.inWork.length > 0) this.#done(0);
      await this.clock.advance(10_000);
      while (this.queue.depth > 0) await this.take();
    }
    while (this.inWork.length > 0) this.#done(0);
  }

  #wish(key: string): void {
    this.wishes += 1;
    this.wished.set(key, this.#time);
  }

  #done(which: number): void {
    const [key] = this.inWork.splice(which % Math.max(this.inWork.length, 1), 1);
    if (key !== undefined) this.queue.done(key);
  }

  #fail(which: number): void {
    const key = this.inWork[which % Math.max(this.inWork.length, 1)];
    if (key === undefined) return;
    this.#wish(key);
    this.queue.addAfterFailure(key);
    this.#done(which);
  }
}

describe('whatever happens', () => {
  it('no wish is lost, no key is with two workers, and nothing comes that nobody wished for', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const driver = new Driver();
        for (const action of steps) await driver.perform(action);
        await driver.quiesce();
        for (const [key, time] of driver.wished) {
          expect(driver.lastTaken.get(key) ?? -1, `${key} was taken after it was wished for`).toBeGreaterThan(
            time,
          );
        }
        expect(driver.taken.length).toBeLessThanOrEqual(driver.wishes);
        expect([driver.queue.depth, driver.queue.delayed, driver.queue.inWork]).toEqual([0, 0, []]);
      }),
      { numRuns: 60 },
    );
  });

  it('keys of one kind come in the order in which they began to wait', async () => {
    const some = fc.array(fc.oneof(key, fc.constant(undefined)), { maxLength: 80 });
    await fc.assert(
      fc.asyncProperty(some, fc.constantFrom<Priority>('now', 'later'), async (steps, priority) => {
        const driver = new Driver();
        const line: string[] = [];
        for (const wish of steps) {
          if (wish === undefined) {
            await driver.take();
            if (line.length > 0) expect(driver.taken.at(-1)).toBe(line.shift());
            await driver.perform({ do: 'done', which: 0 });
          } else {
            await driver.perform({ do: 'add', key: wish, priority });
            if (!line.includes(wish)) line.push(wish);
          }
          expect(driver.queue.depth).toBe(line.length);
        }
      }),
    );
  });
});
