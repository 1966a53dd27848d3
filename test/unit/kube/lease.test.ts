// SPDX-License-Identifier: Apache-2.0
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ApiError } from '../../../src/kube/api-error.ts';
import { LeaderElection } from '../../../src/kube/lease.ts';
import { holderOf } from '../../../src/kube/lease-record.ts';
import { FakeClock, settle } from './fake-clock.ts';
import { LeaseServer, type Trouble } from './lease-server.ts';
import { keepingLog } from './stub-log.ts';

const away = new ApiError('x', { status: 0, reason: 'Unreachable' });

type Replica = {
  election: LeaderElection;
  lost: string[];
  told: boolean[];
  stop: AbortController;
  /** What its calls end in. */
  trouble: { now: Trouble; delayMs: number };
};

function join(server: LeaseServer, clock: FakeClock, identity = 'me'): Replica {
  const lost: string[] = [];
  const told: boolean[] = [];
  const trouble: Replica['trouble'] = { now: undefined, delayMs: 0 };
  const election = new LeaderElection({
    rest: server.client(async () => {
      if (trouble.delayMs > 0) await clock.sleep(trouble.delayMs);
      return trouble.now;
    }),
    lease: { namespace: 'x', name: 'lock' },
    identity,
    fieldManager: 'test',
    clock,
    log: keepingLog(),
    random: () => 0,
    onLost: (why) => lost.push(why),
    observer: (isLeading) => told.push(isLeading),
  });
  return { election, lost, told, trouble, stop: new AbortController() };
}

async function lead(server: LeaseServer, clock: FakeClock, identity = 'me'): Promise<Replica> {
  const replica = join(server, clock, identity);
  await replica.election.acquire(replica.stop.signal);
  return replica;
}

describe('becoming leader', () => {
  it('makes the Lease where there is none', async () => {
    const server = new LeaseServer();
    const { election, told } = await lead(server, new FakeClock());
    expect(election.isLeading).toBe(true);
    expect(told).toEqual([false, true]);
    expect(server.lease?.spec).toMatchObject({ holderIdentity: 'me', leaseDurationSeconds: 15 });
    expect(server.lease?.spec?.renewTime).toMatch(/\.\d{6}Z$/);
  });

  it('waits as long as the Lease changes, and takes it 15 s after the last change that it saw', async () => {
    const [server, clock] = [new LeaseServer(), new FakeClock()];
    const first = await lead(server, clock, 'first');
    const second = join(server, clock, 'second');
    const acquired = second.election.acquire(second.stop.signal);
    await clock.advance(60_000);
    expect([first.election.isLeading, second.election.isLeading]).toEqual([true, false]);
    // SIGKILL: it renews no more and says nothing.
    first.trouble.now = 'silence';
    await clock.advance(14_000);
    expect(second.election.isLeading).toBe(false);
    await clock.advance(6000);
    await acquired;
    expect(second.election.isLeading).toBe(true);
    expect(server.lease?.spec).toMatchObject({ holderIdentity: 'second', leaseTransitions: 1 });
  });

  it('needs no waiting when the former one gave it up', async () => {
    const [server, clock] = [new LeaseServer(), new FakeClock()];
    const first = await lead(server, clock, 'first');
    const second = join(server, clock, 'second');
    const acquired = second.election.acquire(second.stop.signal);
    await clock.advance(10_000);
    await first.election.release();
    expect([first.election.isLeading, first.told.at(-1), first.lost]).toEqual([false, false, []]);
    await clock.advance(2400);
    await acquired;
    expect(second.election.isLeading).toBe(true);
  });

  it('is for one of two who ask at the same moment', async () => {
    const [server, clock] = [new LeaseServer(), new FakeClock()];
    const replicas = ['a', 'b', 'c'].map((identity) => join(server, clock, identity));
    for (const { election, stop } of replicas) void election.acquire(stop.signal);
    await clock.advance(5000);
    expect(replicas.filter(({ election }) => election.isLeading)).toHaveLength(1);
  });

  it('goes on asking while the server is away', async () => {
    const [server, clock] = [new LeaseServer(), new FakeClock()];
    const replica = join(server, clock);
    replica.trouble.now = away;
    const acquired = replica.election.acquire(replica.stop.signal);
    await clock.advance(30_000);
    expect(replica.election.isLeading).toBe(false);
    replica.trouble.now = undefined;
    await clock.advance(2000);
    await acquired;
    expect(replica.election.isLeading).toBe(true);
  });

  it('ends when it is told to stop', async () => {
    const [server, clock] = [new LeaseServer(), new FakeClock()];
    await lead(server, clock, 'first');
    const second = join(server, clock, 'second');
    const acquired = second.election.acquire(second.stop.signal);
    await clock.advance(1000);
    second.stop.abort(new Error('stop'));
    await expect(acquired).rejects.toThrow('stop');
    await second.election.release();
    expect(holderOf(server.lease ?? expect.fail())).toBe('first');
  });
});

describe('staying leader', () => {
  it('costs one write each two seconds and nothing else', async () => {
    const [server, clock] = [new LeaseServer(), new FakeClock()];
    await lead(server, clock);
    await settle();
    const before = server.writes;
    await clock.advance(60_000);
    expect(server.writes - before).toBe(30);
  });

  it.each<[string, Error | 'silence']>([
    ['is away', away],
    ['does not answer', 'silence'],
    ['is busy', new ApiError('x', { status: 429, reason: 'TooManyRequests', retryAfter: 1 })],
    ['fails', new ApiError('x', { status: 500, reason: 'InternalError' })],
  ])('survives a server that %s for seven seconds', async (_name, wrong) => {
    const [server, clock] = [new LeaseServer(), new FakeClock()];
    const { election, trouble, lost } = await lead(server, clock);
    trouble.now = wrong;
    await clock.advance(7000);
    trouble.now = undefined;
    await clock.advance(60_000);
    expect([election.isLeading, lost]).toEqual([true, []]);
  });

  it('survives that somebody writes into the Lease and leaves us its holder', async () => {
    const [server, clock] = [new LeaseServer(), new FakeClock()];
    const { election, lost } = await lead(server, clock);
    server.edit(({ metadata }) => (metadata.annotations = { note: 'kubectl was here' }));
    await clock.advance(20_000);
    expect([election.isLeading, lost]).toEqual([true, []]);
    expect(server.lease?.metadata.annotations).toEqual({ note: 'kubectl was here' });
  });

  it('survives that somebody deletes the Lease', async () => {
    const [server, clock] = [new LeaseServer(), new FakeClock()];
    const { election, lost } = await lead(server, clock);
    server.lease = undefined;
    await clock.advance(3000);
    expect([election.isLeading, lost]).toEqual([true, []]);
    expect(holderOf(server.lease ?? expect.fail())).toBe('me');
  });
});

describe('losing it', () => {
  it.each<[string, Error | 'silence']>([
    ['is away', away],
    ['does not answer', 'silence'],
  ])(
    'happens ten seconds after the last renewal when the server %s, and is told once',
    async (_name, wrong) => {
      const [server, clock] = [new LeaseServer(), new FakeClock()];
      const { election, trouble, lost, told } = await lead(server, clock);
      trouble.now = wrong;
      await clock.advance(9999);
      expect(lost).toEqual([]);
      await clock.advance(1);
      expect(lost).toEqual(['it could not be renewed in time']);
      expect([election.isLeading, told]).toEqual([false, [false, true, false]]);
      await clock.advance(60_000);
      expect(lost).toHaveLength(1);
    },
  );

  it('counts from when the last renewal was sent, not from when its answer came', async () => {
    const [server, clock] = [new LeaseServer(), new FakeClock()];
    const { trouble, lost } = await lead(server, clock);
    trouble.delayMs = 4000;
    // Sent after two seconds, answered after six.
    await clock.advance(6500);
    trouble.now = 'silence';
    await clock.advance(5499);
    expect(lost).toEqual([]);
    await clock.advance(1);
    expect(lost).toHaveLength(1);
  });

  it('happens at once when another holds it', async () => {
    const [server, clock] = [new LeaseServer(), new FakeClock()];
    const { election, lost } = await lead(server, clock);
    server.edit(({ spec }) => Object.assign(spec ?? {}, { holderIdentity: 'thief' }));
    await clock.advance(2000);
    expect([election.isLeading, lost]).toEqual([false, ['"thief" holds it']]);
    await election.release();
    expect(holderOf(server.lease ?? expect.fail())).toBe('thief');
  });

  it('is known to a process that was asleep before it has noticed', async () => {
    const [server, clock] = [new LeaseServer(), new FakeClock()];
    const { election, lost } = await lead(server, clock);
    await clock.advance(1000);
    clock.freeze(13_999);
    expect(election.isLeading).toBe(true);
    clock.freeze(1);
    expect(election.isLeading).toBe(false);
    await clock.advance(0);
    expect(lost).toEqual(['it could not be renewed in time']);
  });

  it('is no secret when the Lease cannot be given up: the stop goes on all the same', async () => {
    const [server, clock] = [new LeaseServer(), new FakeClock()];
    const { election, trouble, lost } = await lead(server, clock);
    trouble.now = 'silence';
    const released = election.release();
    await clock.advance(5000);
    await released;
    expect([election.isLeading, lost]).toEqual([false, []]);
  });
});

describe('whatever happens', () => {
  it('there are never two leaders', async () => {
    const act = fc.record({
      who: fc.nat(2),
      what: fc.constantFrom<'away' | 'silence' | 'well' | 'asleep' | 'edit'>(
        'away',
        'silence',
        'well',
        'well',
        'asleep',
        'edit',
      ),
      ms: fc.integer({ min: 100, max: 12_000 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 25 }), async (acts) => {
        const server = new LeaseServer();
        // Each has a clock of its own, so that one can sleep while the others go on.
        const replicas = ['a', 'b', 'c'].map((identity) => {
          const clock = new FakeClock();
          return { clock, asleepMs: 0, ...join(server, clock, identity) };
        });
        for (const { election, stop } of replicas) void election.acquire(stop.signal);
        for (const { who, what, ms } of acts) {
          const actor = replicas[who] ?? expect.fail();
          if (what === 'asleep') actor.asleepMs += 3 * ms;
          else if (what === 'edit') server.touch();
          else actor.trouble.now = { away, silence: 'silence' as const, well: undefined }[what];
          for (let passed = 0; passed < ms; passed += 500) {
            for (const replica of replicas) {
              if (replica.asleepMs > 0) {
                replica.asleepMs -= 500;
                replica.clock.freeze(500);
              } else await replica.clock.advance(500);
            }
            const leaders = replicas.filter(({ election }) => election.isLeading);
            expect(leaders.length).toBeLessThanOrEqual(1);
          }
        }
      }),
      { numRuns: 25 },
    );
  }, 60_000);
});
