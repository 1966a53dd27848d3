// SPDX-License-Identifier: Apache-2.0
// The keys that want to be looked at. One worker per key: what is added while it is being worked on comes once more
// afterwards, and what is added a hundred times while it waits comes once. Nothing added is ever lost short of shutdown.
import { backoffMs } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import { Delay } from './delay.ts';

/** `later` is for what is no news, such as the first list: a live change overtakes it. */
export type Priority = 'now' | 'later';

export type QueueObserver = {
  added?: () => void;
  started?: (waitedMs: number) => void;
  finished?: (workedMs: number) => void;
  retried?: () => void;
};

export type QueueOptions = {
  name: string;
  clock: Clock;
  /** Of a key that fails: work that takes minutes is not repeated after milliseconds. */
  backoff?: { minMs: number; maxMs: number };
  random?: () => number;
  observer?: QueueObserver;
};

const fairTurn = 8;
const defaultBackoff = { minMs: 1000, maxMs: 300_000 };

export class WorkQueue {
  readonly name: string;
  readonly #clock: Clock;
  readonly #options: QueueOptions;
  readonly #delay: Delay;
  /** Each in the order of arrival, with the time of it. */
  readonly #waiting: Record<Priority, Map<string, number>> = { now: new Map(), later: new Map() };
  /** Since when. */
  readonly #processing = new Map<string, number>();
  /** Added while it was being worked on. */
  readonly #again = new Map<string, Priority>();
  readonly #failures = new Map<string, number>();
  readonly #takers: ((key: string | undefined) => void)[] = [];
  #turn = 0;
  #isShutDown = false;
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(options: QueueOptions) {
    this.name = options.name;
    this.#clock = options.clock;
    this.#options = options;
    this.#delay = new Delay(options.clock, (key) => this.add(key));
  }

  /** How many wait to be taken now. */
  get depth(): number {
    return this.#waiting.now.size + this.#waiting.later.size;
  }

  depthOf(priority: Priority): number {
    return this.#waiting[priority].size;
  }

  /** How many wait for their time. */
  get delayed(): number {
    return this.#delay.size;
  }

  /** For each key in work, since how many milliseconds. */
  get inWork(): number[] {
    const now = this.#clock.monotonic();
    return [...this.#processing.values()].map((since) => now - since);
  }

  add(key: string, priority: Priority = 'now'): void {
    if (this.#isShutDown) return;
    if (!this.#processing.has(key)) this.#enqueue(key, priority);
    else if (this.#again.get(key) !== 'now') this.#again.set(key, priority);
  }

  /** At a moment of the wall clock, at most an hour ahead. Taking the key before that time makes it void. */
  addAt(key: string, at: number): void {
    if (!this.#isShutDown) this.#delay.addAt(key, at);
  }

  /** After a failure: each time twice as long as before, but not sooner than `atLeastMs`. Returns the wait. */
  addAfterFailure(key: string, atLeastMs = 0): number {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    const { backoff = defaultBackoff, random = Math.random } = this.#options;
    const wait = Math.max(backoffMs({ attempts: Infinity, ...backoff }, failures, random()), atLeastMs);
    if (this.#isShutDown) return wait;
    this.#options.observer?.retried?.();
    this.#delay.addAfter(key, wait);
    return wait;
  }

  /** It went well, or is over: the next failure is a first one. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** The next key, when there is one; undefined once the queue is shut down. Every key taken must be `done`. */
  async take(): Promise<string | undefined> {
    if (this.#isShutDown) return undefined;
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    this.#takers.push(resolve);
    this.#hand();
    return promise;
  }

  done(key: string): void {
    const since = this.#processing.get(key);
    if (since === undefined) throw new Error(`${this.name}: "${key}" is done but was not taken`);
    this.#processing.delete(key);
    this.#options.observer?.finished?.(this.#clock.monotonic() - since);
    const again = this.#again.get(key);
    this.#again.delete(key);
    if (again !== undefined) this.add(key, again);
    if (this.#processing.size === 0) this.#idle?.resolve();
  }

  /** Nothing more is taken or accepted; what is in work goes on. */
  shutDown(): void {
    this.#isShutDown = true;
    this.#delay.close();
    for (const taker of this.#takers.splice(0)) taker(undefined);
  }

  /** When nothing is in work. */
  async whenIdle(): Promise<void> {
    if (this.#processing.size === 0) return;
    this.#idle ??= Promise.withResolvers<void>();
    await this.#idle.promise;
    this.#idle = undefined;
  }

  /** Once at most; news overtakes, and keeps the time since when the key waits. */
  #enqueue(key: string, priority: Priority): void {
    const { now, later } = this.#waiting;
    const since = later.get(key);
    if (now.has(key) || (since !== undefined && priority === 'later')) return;
    later.delete(key);
    this.#waiting[priority].set(key, since ?? this.#clock.monotonic());
    if (since === undefined) this.#options.observer?.added?.();
    this.#hand();
  }

  #hand(): void {
    while (this.#takers.length > 0) {
      const from = this.#nextLine();
      const [first] = from;
      if (!first) return;
      const [key, since] = first;
      from.delete(key);
      // Whoever looks at it now decides when it comes next.
      this.#delay.drop(key);
      const now = this.#clock.monotonic();
      this.#processing.set(key, now);
      this.#options.observer?.started?.(now - since);
      this.#takers.shift()?.(key);
    }
  }
  /** News first; but every eighth turn is for what waits behind it, so that a busy day does not keep it for ever. */
  #nextLine(): Map<string, number> {
    const { now, later } = this.#waiting;
    if (later.size === 0) return now;
    if (now.size === 0) return later;
    this.#turn = (this.#turn + 1) % fairTurn;
    return this.#turn === 0 ? later : now;
  }
}
