// SPDX-License-Identifier: Apache-2.0
// A fixed amount of something scarce, handed out in the order of asking: request slots, or bytes of memory.

/** Resolves when there is room for `weight`, with the function that gives it back (once; again is harmless). */
export type Gate = (weight: number, signal?: AbortSignal) => Promise<() => void>;

/** Something heavier than the whole capacity is let in when nothing else is inside. */
export function openGate(capacity: number): Gate {
  let free = capacity;
  const waiting: { weight: number; admit: () => void }[] = [];

  const admitWaiting = (): void => {
    for (let next = waiting[0]; next && next.weight <= free; next = waiting[0]) {
      waiting.shift();
      free -= next.weight;
      next.admit();
    }
  };

  const releaseOf = (weight: number): (() => void) => {
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      free += weight;
      admitWaiting();
    };
  };

  return async (wanted, signal) => {
    signal?.throwIfAborted();
    const weight = Math.min(wanted, capacity);
    const { promise, resolve, reject } = Promise.withResolvers<() => void>();
    const entry = { weight, admit: () => resolve(releaseOf(weight)) };
    const leave = (): void => {
      const place = waiting.indexOf(entry);
      if (place === -1) return;
      waiting.splice(place, 1);
      reject(
        signal?.reason instanceof Error ? signal.reason : new Error('aborted', { cause: signal?.reason }),
      );
      admitWaiting();
    };
    waiting.push(entry);
    signal?.addEventListener('abort', leave, { once: true });
    admitWaiting();
    return promise.finally(() => signal?.removeEventListener('abort', leave));
  };
}
