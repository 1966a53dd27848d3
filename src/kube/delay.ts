// SPDX-License-Identifier: Apache-2.0
// Keys that wait for their time: after a duration, which the monotonic clock measures, or at a moment of the wall clock,
// which may be set while they wait. One timer for all of them.
import type { Clock } from '../base/clock.ts';
import { Heap } from './heap.ts';

type Waiting = {
  key: string;
  /** By the monotonic clock. */
  due: number;
  /** By the wall clock, where that is what was asked for. */
  at: number | undefined;
  /** By the monotonic clock: not later than this, whatever happens to the wall clock. */
  latest: number;
};

/** However far a moment lies ahead, its key comes sooner: whoever handles it looks again and decides anew. */
const longestMs = 3_600_000;
/** How soon a wall clock that was set is noticed. */
const checkMs = 60_000;
const jumpMs = 1000;

export class Delay {
  readonly #clock: Clock;
  readonly #release: (key: string) => void;
  readonly #heap = new Heap<Waiting>((one, other) => one.due < other.due);
  readonly #waiting = new Map<string, Waiting>();
  #offset: number;
  #timer: AbortController | undefined;
  #timerDue = Infinity;
  #isClosed = false;

  constructor(clock: Clock, release: (key: string) => void) {
    this.#clock = clock;
    this.#release = release;
    this.#offset = this.#wallOffset();
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** After `ms`, or sooner if the key already waits for an earlier time. */
  addAfter(key: string, ms: number): void {
    const due = this.#clock.monotonic() + Math.min(Math.max(ms, 0), longestMs);
    this.#add({ key, due, at: undefined, latest: due });
  }

  /** At a moment of the wall clock, at most an hour ahead; a past one is due at once. */
  addAt(key: string, at: number): void {
    const now = this.#clock.monotonic();
    const latest = now + longestMs;
    const due = Math.min(Math.max(at - this.#wallOffset(), now), latest);
    this.#add({ key, due, at, latest });
  }

  /** The key waits no more. */
  drop(key: string): void {
    this.#waiting.delete(key);
  }

  close(): void {
    this.#isClosed = true;
    this.#waiting.clear();
    this.#timer?.abort();
  }

  #add(entry: Waiting): void {
    const known = this.#waiting.get(entry.key);
    if (this.#isClosed || (known && known.due <= entry.due)) return;
    this.#waiting.set(entry.key, entry);
    this.#heap.push(entry);
    this.#arm();
  }

  /** Entries that were dropped or overtaken stay in the heap until they come up. */
  #first(): Waiting | undefined {
    for (let first = this.#heap.peek(); first; first = this.#heap.peek()) {
      if (this.#waiting.get(first.key) === first) return first;
      this.#heap.pop();
    }
    return undefined;
  }

  #arm(): void {
    const first = this.#first();
    if (!first || first.due >= this.#timerDue) return;
    this.#timer?.abort();
    const timer = new AbortController();
    const ms = Math.min(Math.max(first.due - this.#clock.monotonic(), 0), checkMs);
    this.#timer = timer;
    this.#timerDue = this.#clock.monotonic() + ms;
    this.#clock.sleep(ms, timer.signal).then(
      () => this.#wake(),
      () => undefined,
    );
  }

  #wake(): void {
    this.#timerDue = Infinity;
    if (this.#isClosed) return;
    this.#followWallClock();
    const now = this.#clock.monotonic();
    for (let first = this.#first(); first && first.due <= now; first = this.#first()) {
      this.#heap.pop();
      this.#waiting.delete(first.key);
      this.#release(first.key);
    }
    this.#arm();
  }

  #followWallClock(): void {
    const offset = this.#wallOffset();
    if (Math.abs(offset - this.#offset) < jumpMs) return;
    this.#offset = offset;
    for (const entry of this.#waiting.values()) {
      if (entry.at !== undefined) entry.due = Math.min(entry.at - offset, entry.latest);
    }
    this.#heap.reorder();
  }

  #wallOffset(): number {
    return this.#clock.now() - this.#clock.monotonic();
  }
}
