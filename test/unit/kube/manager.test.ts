// SPDX-License-Identifier: Apache-2.0
// The order of beginning and end, with stand-ins for what has tests of its own: what is looked at here is the sequence.
import { describe, expect, it } from 'vitest';
import { Controller, type Reconcile } from '../../../src/kube/controller.ts';
import type { EventRecorder } from '../../../src/kube/events.ts';
import type { LeaderElection } from '../../../src/kube/lease.ts';
import { livenessOf, readinessOf, runManager, type Synced } from '../../../src/kube/manager.ts';
import type { ProbeServer } from '../../../src/kube/probes.ts';
import { WorkQueue } from '../../../src/kube/queue.ts';
import { FakeClock, settle } from './fake-clock.ts';
import { widgets } from './objects.ts';
import { keepingLog } from './stub-log.ts';

type Bench = {
  clock: FakeClock;
  queue: WorkQueue;
  steps: string[];
  sync: () => void;
  lead: () => void;
  stop: AbortController;
  ended: Promise<void>;
};

function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve());
  });
}

function start(reconcile: Reconcile = async () => ({})): Bench {
  const clock = new FakeClock();
  const log = keepingLog();
  const steps: string[] = [];
  const synced = Promise.withResolvers<void>();
  const leading = Promise.withResolvers<void>();
  const queue = new WorkQueue({ name: 'widgets', clock });
  const cache: Synced = {
    resource: widgets,
    isSynced: true,
    whenSynced: () => synced.promise,
    async run(signal) {
      steps.push('cache begins');
      await whenAborted(signal);
      await settle();
      steps.push('cache ends');
    },
  };
  const election: Pick<LeaderElection, 'acquire' | 'release'> = {
    async acquire(signal) {
      steps.push('election begins');
      await Promise.race([leading.promise, whenAborted(signal)]);
      signal.throwIfAborted();
    },
    release: async () => void steps.push('lease released'),
  };
  const recorder: Pick<EventRecorder, 'run' | 'drain'> = {
    run: whenAborted,
    drain: async () => void steps.push('events drained'),
  };
  const server: Pick<ProbeServer, 'listen' | 'close'> = {
    async listen() {
      steps.push('probes begin');
      return 1;
    },
    close: async () => void steps.push('probes end'),
  };
  const counted: Reconcile = async (request, signal) => {
    steps.push(`reconcile ${request.name}`);
    try {
      return await reconcile(request, signal);
    } finally {
      steps.push(`end ${request.name}`);
    }
  };
  const controllers = [
    new Controller({ queue, reconcile: counted, clock, log, workers: 1, deadlineMs: 3_600_000 }),
  ];
  const stop = new AbortController();
  const parts = {
    clock,
    log,
    caches: [cache],
    controllers,
    election: election as LeaderElection,
    recorder: recorder as EventRecorder,
    server: server as ProbeServer,
    graceMs: 25_000,
  };
  const ended = runManager(parts, stop.signal);
  return { clock, queue, steps, sync: synced.resolve, lead: leading.resolve, stop, ended };
}

const begin = ['probes begin', 'cache begins'];
const end = ['events drained', 'lease released', 'probes end'];

describe('the beginning', () => {
  it('is probes, caches, election, work: each when the one before it is there', async () => {
    const { queue, steps, sync, lead } = start();
    queue.add('x/a', 'later');
    await settle();
    expect(steps).toEqual(begin);
    sync();
    await settle();
    expect(steps).toEqual([...begin, 'election begins']);
    lead();
    await settle();
    expect(steps).toEqual([...begin, 'election begins', 'reconcile a', 'end a']);
  });

  it.each<[string, (bench: Bench) => void, string[]]>([
    ['before the caches are filled', () => undefined, []],
    ['while it stands by', ({ sync }) => sync(), ['election begins']],
  ])('may be stopped %s', async (_name, prepare, steps) => {
    const bench = start();
    bench.queue.add('x/a');
    prepare(bench);
    await settle();
    bench.stop.abort(new Error('SIGTERM'));
    await bench.ended;
    expect(bench.steps).toEqual([...begin, ...steps, 'cache ends', ...end]);
  });
});

describe('the end', () => {
  async function working(reconcile: Reconcile): Promise<Bench> {
    const bench = start(reconcile);
    bench.sync();
    bench.lead();
    bench.queue.add('x/a');
    bench.queue.add('x/b');
    await settle();
    bench.steps.length = 0;
    bench.stop.abort(new Error('SIGTERM'));
    await settle();
    return bench;
  }

  it('waits for what is under way, takes nothing more, and gives the Lease up afterwards', async () => {
    const release = Promise.withResolvers<void>();
    const bench = await working(async () => {
      await release.promise;
      return {};
    });
    await bench.clock.advance(20_000);
    expect(bench.steps).toEqual(['cache ends']);
    release.resolve();
    await bench.ended;
    expect(bench.steps).toEqual(['cache ends', 'end a', ...end]);
    expect(bench.clock.sleeping).toBe(0);
  });

  it('aborts what does not end in time', async () => {
    const bench = await working(async (_request, signal) => {
      await whenAborted(signal);
      throw signal.reason;
    });
    await bench.clock.advance(24_999);
    expect(bench.steps).toEqual(['cache ends']);
    await bench.clock.advance(1);
    await bench.ended;
    expect(bench.steps).toEqual(['cache ends', 'end a', ...end]);
  });

  it('does not wait for ever for what does not heed that either', async () => {
    const bench = await working(() => new Promise(() => undefined));
    await bench.clock.advance(25_000);
    expect(bench.steps).toEqual(['cache ends']);
    await bench.clock.advance(3000);
    await bench.ended;
    expect(bench.steps).toEqual(['cache ends', ...end]);
  });
});

describe('what the probes ask', () => {
  it('alive: no worker is lost', async () => {
    const clock = new FakeClock();
    const queue = new WorkQueue({ name: 'widgets', clock });
    const reconcile = (): Promise<never> => new Promise(() => undefined);
    const controller = new Controller({ queue, reconcile, clock, log: keepingLog(), deadlineMs: 1000 });
    void controller.run(new AbortController().signal);
    const check = livenessOf([controller])['widgets'] ?? expect.fail();
    queue.add('x/a');
    await clock.advance(2000);
    expect(check()).toBeUndefined();
    await clock.advance(1);
    expect(check()).toContain('long after its deadline');
  });

  it('ready: every cache is filled', () => {
    const cache = {
      resource: widgets,
      isSynced: false,
      whenSynced: async () => undefined,
      run: async () => undefined,
    };
    const check = readinessOf([cache])['widgets'] ?? expect.fail();
    expect(check()).toContain('has not arrived');
    cache.isSynced = true;
    expect(check()).toBeUndefined();
  });
});
