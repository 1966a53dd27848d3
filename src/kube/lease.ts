// SPDX-License-Identifier: Apache-2.0
// Leader election by one Lease: held by whoever renews it. Losing it is final: whoever lost it ends the process, because
// somebody else may be at work already. Renewing is one write each two seconds and nothing else.
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/error.ts';
import { isAlreadyExists, isConflict, isNotFound } from './api-error.ts';
import { startDeadline } from './deadline.ts';
import {
  claimed,
  holderOf,
  isFree,
  leases,
  newLease,
  observe,
  released,
  type Lease,
  type Observed,
} from './lease-record.ts';
import { logWith, type Log } from './log.ts';
import type { Rest } from './rest.ts';

export type LeaseTiming = {
  /** Others wait so long after the last change that they saw. */
  leaseMs: number;
  /** Without a renewal for so long we give up: well before anybody else may begin. */
  renewMs: number;
  retryMs: number;
};

export type LeaseOptions = {
  rest: Pick<Rest, 'get' | 'create' | 'replace'>;
  lease: { namespace: string; name: string };
  /** Of this process, never used twice. */
  identity: string;
  fieldManager: string;
  clock: Clock;
  log: Log;
  /** Called once, when the Lease was held and is no more, other than by `release`. */
  onLost: (why: string) => void;
  random?: () => number;
  timing?: Partial<LeaseTiming>;
  observer?: (isLeading: boolean) => void;
};

const defaultTiming: LeaseTiming = { leaseMs: 15_000, renewMs: 10_000, retryMs: 2000 };
/** Those who wait do not all ask at the same moment. */
const jitter = 0.2;

export class LeaderElection {
  readonly #options: LeaseOptions;
  readonly #timing: LeaseTiming;
  readonly #log: Log;
  readonly #stop = new AbortController();
  #observed: Observed | undefined;
  #isHeld = false;
  /** When the last renewal that succeeded was sent. */
  #renewedAt = -Infinity;
  #renewing: Promise<void> | undefined;

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#timing = { ...defaultTiming, ...options.timing };
    this.#log = logWith(options.log, { lease: options.lease.name, identity: options.identity });
  }

  /** Also false for a process that was asleep for longer than its Lease, before it has noticed. */
  get isLeading(): boolean {
    return this.#isHeld && this.#options.clock.monotonic() - this.#renewedAt < this.#timing.leaseMs;
  }

  /** Returns once the Lease is held, and renews it from then on. Throws only when `signal` aborts. */
  async acquire(signal: AbortSignal): Promise<void> {
    const { clock, random = Math.random, observer } = this.#options;
    observer?.(false);
    while (!(await this.#limited((limit) => this.#tryAcquire(limit), signal))) {
      signal.throwIfAborted();
      await clock.sleep(this.#timing.retryMs * (1 + jitter * random()), signal);
    }
    this.#isHeld = true;
    observer?.(true);
    this.#log.info({}, 'leading');
    this.#renewing = this.#renew(this.#stop.signal).catch(() => undefined);
  }

  /** Gives the Lease up so that the next one need not wait. Never throws: without it they wait 15 s. */
  async release(): Promise<void> {
    this.#stop.abort();
    await this.#renewing;
    if (!this.#isHeld || !this.#observed) return;
    this.#setLost();
    try {
      const lease = released(this.#observed.lease, this.#options.clock.now());
      await this.#limited((signal) => this.#replace(lease, signal));
      this.#log.info({}, 'lease released');
    } catch (error) {
      this.#log.warn({ error: messageOf(error) }, 'lease not released');
    }
  }

  async #renew(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const { renewMs, retryMs } = this.#timing;
    const left = (): number => this.#renewedAt + renewMs - clock.monotonic();
    for (;;) {
      await clock.sleep(Math.min(retryMs, Math.max(left(), 0)), signal);
      if (left() <= 0) return this.#lose('it could not be renewed in time');
      try {
        await this.#limited((limit) => this.#extend(limit), signal, left());
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof Taken) return this.#lose(error.message);
        this.#log.warn({ error: messageOf(error) }, 'lease not renewed');
      }
    }
  }

  /** Renews the record as we know it. A conflict says that somebody wrote: then it is read who holds it. */
  async #extend(signal: AbortSignal): Promise<void> {
    try {
      if (this.#observed) return await this.#claim(this.#observed.lease, signal);
    } catch (error) {
      if (!isOvertaken(error)) throw error;
    }
    const lease = await this.#read(signal);
    if (!lease) return this.#create(signal);
    if (holderOf(lease) !== this.#options.identity) throw new Taken(`"${holderOf(lease)}" holds it`);
    await this.#claim(lease, signal);
  }

  /** Looks at the Lease and takes it if that is allowed. */
  async #tryAcquire(signal: AbortSignal): Promise<boolean> {
    const { clock, identity } = this.#options;
    try {
      const seen = clock.monotonic();
      const lease = await this.#read(signal);
      if (!lease) {
        await this.#create(signal);
        return true;
      }
      this.#observed = observe(this.#observed, lease, seen);
      if (!isFree(this.#observed, identity, clock.monotonic())) return false;
      await this.#claim(lease, signal);
      return true;
    } catch (error) {
      if (isOvertaken(error)) this.#log.debug({ error: messageOf(error) }, 'somebody else was faster');
      else this.#log.warn({ error: messageOf(error) }, 'lease not reached');
      return false;
    }
  }

  async #read(signal: AbortSignal): Promise<Lease | undefined> {
    try {
      return await this.#options.rest.get<Lease>(leases, this.#options.lease, signal);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async #create(signal: AbortSignal): Promise<void> {
    const { rest, lease, fieldManager, clock } = this.#options;
    const sent = clock.monotonic();
    this.#hold(await rest.create(leases, newLease(lease, this.#claimNow()), { fieldManager }, signal), sent);
  }

  async #claim(lease: Lease, signal: AbortSignal): Promise<void> {
    const sent = this.#options.clock.monotonic();
    this.#hold(await this.#replace(claimed(lease, this.#claimNow()), signal), sent);
  }

  #replace(lease: Lease, signal: AbortSignal): Promise<Lease> {
    const { rest, fieldManager } = this.#options;
    return rest.replace(leases, lease, { fieldManager }, signal);
  }

  /** What counts is when we asked: the answer may have been under way for long. */
  #hold(lease: Lease, sent: number): void {
    this.#observed = { lease, since: sent };
    this.#renewedAt = sent;
  }

  #claimNow(): { identity: string; seconds: number; wall: number } {
    const { identity, clock } = this.#options;
    return { identity, seconds: Math.ceil(this.#timing.leaseMs / 1000), wall: clock.now() };
  }

  #lose(why: string): void {
    this.#setLost();
    this.#log.error({ why }, 'lease lost');
    this.#options.onLost(why);
  }

  #setLost(): void {
    this.#isHeld = false;
    this.#options.observer?.(false);
  }

  /** One call that hangs must leave time for another. */
  async #limited<T>(
    action: (signal: AbortSignal) => Promise<T>,
    parent?: AbortSignal,
    limitMs = Infinity,
  ): Promise<T> {
    const ms = Math.min(this.#timing.renewMs / 2, limitMs);
    const deadline = startDeadline(this.#options.clock, ms, parent);
    try {
      return await action(deadline.signal);
    } finally {
      deadline.end();
    }
  }
}

class Taken extends Error {}

function isOvertaken(error: unknown): boolean {
  return isConflict(error) || isAlreadyExists(error) || isNotFound(error);
}
