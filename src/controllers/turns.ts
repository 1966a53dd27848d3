// SPDX-License-Identifier: Apache-2.0
// One after the other, by key. Whether a run may start is decided from its siblings: between looking at them and writing
// that it has started nobody else may do the same.

export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs `action` once every earlier one of this key has ended, however it ended. */
  async take<R>(key: string, action: () => Promise<R>): Promise<R> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const mine = before.then(action, action);
    this.#last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(key) === mine) this.#last.delete(key);
    }
  }
}
