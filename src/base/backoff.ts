// SPDX-License-Identifier: Apache-2.0
// Waiting longer each time, and doing many things at once but not too many.
import type { Clock } from './clock.ts';
import { OperatorError } from './error.ts';

export type Backoff = { attempts: number; minMs: number; maxMs: number };

/** The wait before try `attempt` (1 = first repetition): doubling, capped, with up to a quarter of jitter off. */
export function backoffMs(backoff: Backoff, attempt: number, random: number): number {
  const full = Math.min(backoff.maxMs, backoff.minMs * 2 ** (attempt - 1));
  return full * (1 - random / 4);
}

/**
 * Runs `action` until it succeeds, throws something whose consequence is not retry, or attempts are used up.
 * Only for calls that are safe to repeat; never for CreateCollection or Import.
 */
export async function retrying<T>(
  action: () => Promise<T>,
  backoff: Backoff,
  clock: Clock,
  signal?: AbortSignal,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    try {
      return await action();
    } catch (error) {
      const again =
        error instanceof OperatorError && error.consequence === 'retry' && error.reason !== 'Fenced';
      if (!again || attempt >= backoff.attempts) throw error;
    }
    await clock.sleep(backoffMs(backoff, attempt, Math.random()), signal);
  }
}

/**
 * Applies `action` to every item, at most `limit` at once, reading the source no faster than it works.
 * The first failure stops the reading, lets what runs settle and is thrown; `signal` stops it likewise.
 */
export async function forEachConcurrent<T>(
  items: Iterable<T> | AsyncIterable<T>,
  limit: number,
  action: (item: T) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const running = new Set<Promise<void>>();
  let failure: { error: unknown } | undefined;
  const launch = (item: T): void => {
    const task = action(item)
      .catch((error: unknown) => {
        failure ??= { error };
      })
      .finally(() => running.delete(task));
    running.add(task);
  };
  for await (const item of items) {
    if (failure || signal?.aborted) break;
    launch(item);
    if (running.size >= limit) await Promise.race(running);
  }
  await Promise.all(running);
  if (failure) throw failure.error;
  signal?.throwIfAborted();
}
