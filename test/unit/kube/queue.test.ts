// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { WorkQueue, type QueueOptions } from '../../../src/kube/queue.ts';
import { FakeClock, settle } from './fake-clock.ts';

function start(options: Partial<QueueOptions> = {}): { clock: FakeClock; queue: WorkQueue } {
  const clock = new FakeClock();
  return { clock, queue: new WorkQueue({ name: 'test', clock, random: () => 0, ...options }) };
}

/** What can be taken now, each done at once. */
async function drain(queue: WorkQueue): Promise<string[]> {
  const keys: string[] = [];
  while (queue.depth > 0) {
    const key = (await queue.take()) ?? '';
    keys.push(key);
    queue.done(key);
  }
  return keys;
}

describe('taking', () => {
  it('gives keys in the order in which they came, each once', async () => {
    const { queue } = start();
    for (const key of ['b', 'a', 'b', 'c', 'a']) queue.add(key);
    expect(queue.depth).toBe(3);
    expect(await drain(queue)).toEqual(['b', 'a', 'c']);
  });

  it('waits for a key', async () => {
    const { queue } = start();
    const taken = queue.take();
    await settle();
    queue.add('a');
    expect(await taken).toBe('a');
  });

  it('gives a key to one worker at a time, and once more if it came meanwhile', async () => {
    const { queue } = start();
    queue.add('a');
    expect(await queue.take()).toBe('a');
    queue.add('a');
    queue.add('a');
    expect(queue.depth).toBe(0);
    queue.done('a');
    expect(queue.depth).toBe(1);
    expect(await drain(queue)).toEqual(['a']);
  });

  it('serves those who wait in their order', async () => {
    const { queue } = start();
    const [first, second] = [queue.take(), queue.take()];
    queue.add('a');
    queue.add('b');
    expect(await Promise.all([first, second])).toEqual(['a', 'b']);
  });

  it('refuses to finish what nobody took', () => {
    expect(() => start().queue.done('a')).toThrow('"a" is done but was not taken');
  });
});

describe('news and what is none', () => {
  it.each<[string, [string, 'now' | 'later'][], string[]]>([
    [
      'news comes first',
      [
        ['a', 'later'],
        ['b', 'now'],
      ],
      ['b', 'a'],
    ],
    [
      'a key that becomes news overtakes',
      [
        ['a', 'later'],
        ['b', 'later'],
        ['b', 'now'],
      ],
      ['b', 'a'],
    ],
    [
      'news stays news',
      [
        ['a', 'now'],
        ['b', 'now'],
        ['b', 'later'],
      ],
      ['a', 'b'],
    ],
  ])('%s', async (_name, adds, order) => {
    const { queue } = start();
    for (const [key, priority] of adds) queue.add(key, priority);
    expect(await drain(queue)).toEqual(order);
  });

  it.each(['now', 'later'] as const)(
    'a key in work that comes again as news is news (%s before)',
    async (before) => {
      const { queue } = start();
      queue.add('a');
      await queue.take();
      queue.add('a', before);
      queue.add('a', 'now');
      queue.add('a', 'later');
      queue.add('b', 'now');
      queue.done('a');
      expect(await drain(queue)).toEqual(['b', 'a']);
    },
  );

  it('lets what waits behind the news have a turn, however busy it is', async () => {
    const { queue } = start();
    queue.add('old', 'later');
    const taken: string[] = [];
    for (let turn = 0; turn < 10; turn++) {
      queue.add(`news-${turn}`);
      const key = (await queue.take()) ?? '';
      taken.push(key);
      queue.done(key);
    }
    expect(taken).toContain('old');
  });
});

describe('later', () => {
  it('adds a key at its moment', async () => {
    const { clock, queue } = start();
    queue.addAt('a', clock.now() + 5000);
    await clock.advance(4999);
    expect([queue.depth, queue.delayed]).toEqual([0, 1]);
    await clock.advance(1);
    expect([queue.depth, queue.delayed]).toEqual([1, 0]);
  });

  it('forgets the moment when the key is taken before it: whoever looks now decides anew', async () => {
    const { clock, queue } = start();
    queue.addAt('a', clock.now() + 5000);
    queue.add('a');
    expect(await drain(queue)).toEqual(['a']);
    await clock.advance(10_000);
    expect(queue.depth).toBe(0);
  });

  it('keeps a moment that was asked for while the key was in work', async () => {
    const { clock, queue } = start();
    queue.add('a');
    await queue.take();
    queue.addAt('a', clock.now() + 5000);
    queue.done('a');
    await clock.advance(5000);
    expect(queue.depth).toBe(1);
  });
});

describe('failures', () => {
  it('wait twice as long each time, until they are forgotten', () => {
    const { queue } = start({ backoff: { minMs: 1000, maxMs: 10_000 } });
    const waits = Array.from({ length: 6 }, () => queue.addAfterFailure('a'));
    expect(waits).toEqual([1000, 2000, 4000, 8000, 10_000, 10_000]);
    expect(queue.addAfterFailure('b')).toBe(1000);
    queue.forget('a');
    expect(queue.addAfterFailure('a')).toBe(1000);
  });

  it('begin at one second and end at five minutes, where nothing else was said', () => {
    const { queue } = start();
    const waits = Array.from({ length: 20 }, () => queue.addAfterFailure('a'));
    expect([waits[0], waits.at(-1)]).toEqual([1000, 300_000]);
  });

  it('are spread, so that a thousand keys do not come at once', () => {
    const { queue } = start({ random: () => 1 });
    expect(queue.addAfterFailure('a')).toBe(750);
  });

  it('wait at least as long as the server asked', async () => {
    const { clock, queue } = start();
    expect(queue.addAfterFailure('a', 7000)).toBe(7000);
    await clock.advance(6999);
    expect(queue.depth).toBe(0);
    await clock.advance(1);
    expect(queue.depth).toBe(1);
  });
});

describe('shutdown', () => {
  it('ends those who wait, takes nothing and gives nothing any more', async () => {
    const { clock, queue } = start();
    const waiting = queue.take();
    queue.shutDown();
    expect(await waiting).toBeUndefined();
    queue.add('a');
    queue.addAt('b', clock.now());
    queue.addAfterFailure('c');
    await clock.advance(10_000);
    expect(queue.depth).toBe(0);
    expect(await queue.take()).toBeUndefined();
  });

  it('leaves what waits where it is', async () => {
    const { queue } = start();
    queue.add('a');
    queue.shutDown();
    expect(await queue.take()).toBeUndefined();
  });

  it('is idle when the last key in work is done', async () => {
    const { queue } = start();
    await queue.whenIdle();
    queue.add('a');
    queue.add('b');
    await queue.take();
    await queue.take();
    let isIdle = false;
    const idle = queue.whenIdle().then(() => (isIdle = true));
    queue.shutDown();
    queue.done('a');
    await settle();
    expect(isIdle).toBe(false);
    queue.done('b');
    await idle;
    expect(isIdle).toBe(true);
  });
});

describe('what is told', () => {
  it('counts adds and retries, and measures waiting and work', async () => {
    const told: string[] = [];
    const observer = {
      added: () => told.push('added'),
      started: (ms: number) => told.push(`waited ${ms}`),
      finished: (ms: number) => told.push(`worked ${ms}`),
      retried: () => told.push('retried'),
    };
    const { clock, queue } = start({ observer });
    queue.add('a', 'later');
    queue.add('a');
    await clock.advance(300);
    await queue.take();
    await clock.advance(200);
    expect(queue.inWork).toEqual([200]);
    queue.addAfterFailure('a');
    queue.done('a');
    await clock.advance(1000);
    expect(told).toEqual(['added', 'waited 300', 'retried', 'worked 200', 'added']);
  });
});
