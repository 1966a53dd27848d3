// SPDX-License-Identifier: Apache-2.0
// A binary heap: what is due first comes first.

export class Heap<T> {
  readonly #items: T[] = [];
  readonly #isBefore: (one: T, other: T) => boolean;

  constructor(isBefore: (one: T, other: T) => boolean) {
    this.#isBefore = isBefore;
  }

  get size(): number {
    return this.#items.length;
  }

  peek(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    this.#items.push(item);
    this.#rise(this.#items.length - 1);
  }

  pop(): T | undefined {
    const first = this.#items[0];
    const last = this.#items.pop();
    if (last !== undefined && this.#items.length > 0) {
      this.#items[0] = last;
      this.#sink(0);
    }
    return first;
  }

  /** Puts everything in order again after what it is ordered by has changed. */
  reorder(): void {
    for (let at = this.#items.length >> 1; at >= 0; at--) this.#sink(at);
  }

  #rise(from: number): void {
    for (let at = from; at > 0;) {
      const parent = (at - 1) >> 1;
      if (!this.#swapIfBefore(at, parent)) return;
      at = parent;
    }
  }

  #sink(from: number): void {
    for (let at = from; ;) {
      const left = 2 * at + 1;
      const right = left + 1;
      const child = right < this.#items.length && this.#before(right, left) ? right : left;
      if (child >= this.#items.length || !this.#swapIfBefore(child, at)) return;
      at = child;
    }
  }

  #swapIfBefore(one: number, other: number): boolean {
    if (!this.#before(one, other)) return false;
    [this.#items[one], this.#items[other]] = [this.#items[other] as T, this.#items[one] as T];
    return true;
  }

  #before(one: number, other: number): boolean {
    return this.#isBefore(this.#items[one] as T, this.#items[other] as T);
  }
}
