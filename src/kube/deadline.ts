// SPDX-License-Identifier: Apache-2.0
// A time limit for one call, or for the silence of a stream. AbortSignal.any keeps every call's signal tied to the
// process's stop signal until the garbage collector comes round; this lets go at once, and its time is the injected
// clock's.
import type { Clock } from '../base/clock.ts';

export type Deadline = {
  readonly signal: AbortSignal;
  /** The limit was reached, as opposed to the parent's abort. */
  readonly isExpired: () => boolean;
  /** Begins the time anew: for limits of silence. */
  readonly extend: () => void;
  /** No limit any more; the parent still aborts. For streams, whose limit covers the first answer only. */
  readonly stopClock: () => void;
  /** Lets go of clock and parent. Whoever starts a deadline ends it. */
  readonly end: () => void;
};

/** Follows `parent` and aborts by itself after `ms`. */
export function startDeadline(clock: Clock, ms: number, parent?: AbortSignal): Deadline {
  const own = new AbortController();
  const timer = new AbortController();
  let start = clock.monotonic();
  let expired = false;
  const expire = (): void => {
    expired = !own.signal.aborted;
    own.abort(new Error(`no answer within ${ms / 1000} s`));
  };
  const follow = (): void => own.abort(parent?.reason);
  if (parent?.aborted) follow();
  else parent?.addEventListener('abort', follow, { once: true });
  waitFor(clock, () => start + ms, timer.signal).then(expire, () => undefined);
  return {
    signal: own.signal,
    isExpired: () => expired,
    extend() {
      start = clock.monotonic();
    },
    stopClock: () => timer.abort(),
    end() {
      timer.abort();
      parent?.removeEventListener('abort', follow);
    },
  };
}

export function whenAborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  else signal.addEventListener('abort', () => resolve(), { once: true });
  return promise;
}

/** The due time may move while this waits: one timer at a time, however often it moves. */
async function waitFor(clock: Clock, due: () => number, signal: AbortSignal): Promise<void> {
  for (let left = due() - clock.monotonic(); left > 0; left = due() - clock.monotonic()) {
    await clock.sleep(left, signal);
  }
}
