// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { OperatorError } from '../../../src/base/error.ts';
import { ApiError } from '../../../src/kube/api-error.ts';
import {
  Controller,
  type ControllerOptions,
  type Outcome,
  type Reconcile,
} from '../../../src/kube/controller.ts';
import { WorkQueue } from '../../../src/kube/queue.ts';
import { FakeClock, settle } from './fake-clock.ts';
import { keepingLog, type Line } from './stub-log.ts';

type Bench = {
  clock: FakeClock;
  queue: WorkQueue;
  controller: Controller;
  outcomes: Outcome[];
  lines: Line[];
  kill: AbortController;
  ended: Promise<void>;
};

function start(reconcile: Reconcile, options: Partial<ControllerOptions> = {}): Bench {
  const clock = new FakeClock();
  const queue = new WorkQueue({ name: 'widgets', clock, random: () => 0 });
  const outcomes: Outcome[] = [];
  const log = keepingLog();
  const observer = { finished: (outcome: Outcome) => outcomes.push(outcome) };
  const controller = new Controller({
    queue,
    reconcile,
    clock,
    log,
    observer,
    deadlineMs: 60_000,
    ...options,
  });
  const kill = new AbortController();
  return { clock, queue, controller, outcomes, lines: log.lines, kill, ended: controller.run(kill.signal) };
}

/** Ends when its signal does. */
const hanging: Reconcile = (_request, signal) =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });

describe('what follows from a reconcile', () => {
  type Row = [name: string, reconcile: Reconcile, outcome: Outcome, againAfter: number | undefined];
  const throwing =
    (error: unknown): Reconcile =>
    () =>
      Promise.reject(error);
  it.each<Row>([
    ['nothing to say', async () => ({}), 'success', undefined],
    [
      'a moment to look again',
      async () => ({ requeueAt: Date.parse('2026-11-20T12:05:00Z') }),
      'requeue_after',
      300_000,
    ],
    ['a network error', throwing(new ApiError('x', { status: 0, reason: 'Unreachable' })), 'error', 1000],
    [
      'a busy server that asks for time',
      throwing(new ApiError('x', { status: 429, reason: 'TooManyRequests', retryAfter: 20 })),
      'error',
      20_000,
    ],
    [
      'somebody who wrote first',
      throwing(new ApiError('x', { status: 409, reason: 'Conflict' })),
      'requeue',
      1000,
    ],
    ['what another attempt may mend', throwing(new OperatorError('Unreachable', 'x')), 'error', 1000],
    ['what must appear first', throwing(new OperatorError('SecretNotFound', 'x')), 'error', 1000],
    [
      'what no attempt can mend',
      throwing(new OperatorError('InvalidConfiguration', 'x')),
      'terminal',
      undefined,
    ],
    ['an error in the program', throwing(new TypeError('x is undefined')), 'panic', 1000],
    ['something that is no error', throwing('text'), 'panic', 1000],
    [
      'a throw before the first await',
      () => {
        throw new RangeError('x');
      },
      'panic',
      1000,
    ],
  ])('%s', async (_name, reconcile, outcome, againAfter) => {
    let calls = 0;
    const bench = start((request, signal) => {
      calls += 1;
      return reconcile(request, signal);
    });
    bench.queue.add('x/a');
    await settle();
    expect([calls, bench.outcomes]).toEqual([1, [outcome]]);
    if (againAfter !== undefined) {
      await bench.clock.advance(againAfter - 1);
      expect(calls).toBe(1);
      await bench.clock.advance(1);
      expect(calls).toBe(2);
    } else {
      await bench.clock.advance(3_600_000);
      expect(calls).toBe(1);
    }
  });

  it('a moment that has passed is a second away, not a loop', async () => {
    const bench = start(async () => ({ requeueAt: 0 }));
    bench.queue.add('x/a');
    await bench.clock.advance(3500);
    expect(bench.outcomes).toHaveLength(4);
  });

  it('failures of one key neither stop nor delay another', async () => {
    const seen: string[] = [];
    const bench = start(async ({ key }) => {
      seen.push(key);
      if (key === 'x/bad') throw new Error('always');
      return {};
    });
    for (const key of ['x/bad', 'x/good', 'x/other']) bench.queue.add(key);
    await bench.clock.advance(3000);
    bench.queue.add('x/good');
    await settle();
    expect(seen).toEqual(['x/bad', 'x/good', 'x/other', 'x/bad', 'x/bad', 'x/good']);
  });

  it('a success makes the next failure a first one', async () => {
    let fails = true;
    const bench = start(async () => {
      if (fails) throw new Error('x');
      return {};
    });
    bench.queue.add('x/a');
    await bench.clock.advance(6999);
    expect(bench.outcomes).toEqual(['error', 'error', 'error']);
    fails = false;
    await bench.clock.advance(1);
    expect(bench.outcomes.at(-1)).toBe('success');
    fails = true;
    bench.queue.add('x/a');
    await bench.clock.advance(1000);
    expect(bench.outcomes).toEqual(['error', 'error', 'error', 'success', 'error', 'error']);
  });
});

describe('a request', () => {
  it('has the name, an id of its own, and a log that carries both', async () => {
    const ids: string[] = [];
    const bench = start(async ({ namespace, name, key, reconcileId, log }) => {
      ids.push(reconcileId);
      log.info({ step: 1 }, `${namespace} ${name} ${key}`);
      return {};
    });
    bench.queue.add('x/a');
    await settle();
    bench.queue.add('x/a');
    await settle();
    const fields = { controller: 'widgets', namespace: 'x', name: 'a', reconcileId: ids[0], step: 1 };
    expect(bench.lines[0]).toEqual({ level: 'info', message: 'x a x/a', fields });
    expect(new Set(ids).size).toBe(2);
  });
});

describe('time', () => {
  it('a reconcile that takes too long is aborted, counted and repeated', async () => {
    const bench = start(hanging);
    bench.queue.add('x/a');
    await bench.clock.advance(59_999);
    expect(bench.outcomes).toEqual([]);
    await bench.clock.advance(1);
    expect(bench.outcomes).toEqual(['timeout']);
    expect(bench.controller.isStuck).toBe(false);
  });

  it('one that does not heed its signal is stuck, and others go on', async () => {
    const done: string[] = [];
    const bench = start(({ key }) => {
      if (key === 'x/stuck') return new Promise(() => undefined);
      done.push(key);
      return Promise.resolve({});
    });
    bench.queue.add('x/stuck');
    await bench.clock.advance(120_000);
    expect(bench.controller.isStuck).toBe(false);
    await bench.clock.advance(1);
    expect(bench.controller.isStuck).toBe(true);
    bench.queue.add('x/a');
    await settle();
    expect(done).toEqual(['x/a']);
  });
});

describe('workers', () => {
  it.each([1, 3])('%i work at once and no more', async (workers) => {
    let running = 0;
    let most = 0;
    const release = Promise.withResolvers<void>();
    const bench = start(
      async () => {
        most = Math.max(most, ++running);
        await release.promise;
        running -= 1;
        return {};
      },
      { workers },
    );
    for (const key of ['a', 'b', 'c', 'd', 'e']) bench.queue.add(`x/${key}`);
    await settle();
    expect(running).toBe(workers);
    release.resolve();
    await settle();
    expect([most, bench.outcomes.length]).toEqual([workers, 5]);
  });

  it('let what is under way end after the stop, and take nothing more', async () => {
    const release = Promise.withResolvers<void>();
    const bench = start(
      async () => {
        await release.promise;
        return { requeueAt: 0 };
      },
      { workers: 1 },
    );
    bench.queue.add('x/a');
    bench.queue.add('x/b');
    await settle();
    bench.queue.shutDown();
    await settle();
    expect(bench.outcomes).toEqual([]);
    release.resolve();
    await bench.ended;
    expect(bench.outcomes).toEqual(['requeue_after']);
  });

  it('end at once when they are told to', async () => {
    const bench = start(hanging);
    bench.queue.add('x/a');
    await settle();
    bench.queue.shutDown();
    bench.kill.abort(new Error('grace is over'));
    await bench.ended;
    expect(bench.outcomes).toEqual(['error']);
  });

  it('leave keys alone while they may not run', async () => {
    let calls = 0;
    const bench = start(
      async () => {
        calls += 1;
        return {};
      },
      { mayRun: () => false },
    );
    bench.queue.add('x/a');
    await settle();
    expect([calls, bench.queue.depth, bench.queue.inWork]).toEqual([0, 0, []]);
    expect(bench.lines[0]?.message).toContain('not leading');
  });
});
