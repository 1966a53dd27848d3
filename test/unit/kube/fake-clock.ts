// SPDX-License-Identifier: Apache-2.0
// Time that moves only when a test says so.
import type { Clock } from '../../../src/base/clock.ts';

type Sleeper = { due: number; wake: () => void };

export class FakeClock implements Clock {
  #wall: number;
  #monotonic = 1000;
  readonly #sleepers = new Set<Sleeper>();

  constructor(wall = Date.parse('2026-11-20T12:00:00Z')) {
    this.#wall = wall;
  }

  now(): number {
    return this.#wall;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  /** How many timers run. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (signal?.aborted) {
      reject(signal.reason);
      return promise;
    }
    const sleeper = { due: this.#monotonic + ms, wake: resolve };
    this.#sleepers.add(sleeper);
    signal?.addEventListener('abort', () => {
      if (this.#sleepers.delete(sleeper)) reject(signal.reason);
    });
    return promise;
  }

  /** Lets time pass, and everything that is due on the way happen in its order. */
  async advance(ms: number): Promise<void> {
    await settle();
    const end = this.#monotonic + ms;
    for (;;) {
      const next = [...this.#sleepers]
        .filter(({ due }) => due <= end)
        .toSorted((one, other) => one.due - other.due)[0];
      if (!next) break;
      this.#move(Math.max(next.due, this.#monotonic));
      this.#sleepers.delete(next);
      next.wake();
      await settle();
    }
    this.#move(end);
    await settle();
  }

  /** Time passes in which nothing runs: a process that was stopped. */
  freeze(ms: number): void {
    this.#move(this.#monotonic + ms);
  }

  /** Somebody sets the wall clock. */
  setWall(ms: number): void {
    this.#wall = ms;
  }

  #move(to: number): void {
    this.#wall += to - this.#monotonic;
    this.#monotonic = to;
  }
}

/** Everything that can go on without time or network has gone on. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 5; round++) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
