// SPDX-License-Identifier: Apache-2.0
// A little time after the word to stop: what was given to Milvus must be written down, and nothing new is begun.
import type { Engine } from '../engine.ts';

export type Grace = {
  /** Comes after the engine's signal. */
  signal: AbortSignal;
  /** Rejects when the grace is over; never resolves. */
  over: Promise<never>;
};

/** Within the 20 s of design.md 7. */
const graceMs = 12_000;

export async function withGrace<T>(engine: Engine, action: (grace: Grace) => Promise<T>): Promise<T> {
  const late = new AbortController();
  const done = new AbortController();
  const over = new Promise<never>((_, reject) => {
    late.signal.addEventListener('abort', () => reject(late.signal.reason as Error), { once: true });
  });
  over.catch(() => undefined);
  const begin = (): void => {
    engine.clock.sleep(graceMs, done.signal).then(
      () => late.abort(engine.signal.reason),
      () => undefined,
    );
  };
  if (engine.signal.aborted) begin();
  else engine.signal.addEventListener('abort', begin, { once: true });
  try {
    return await action({ signal: late.signal, over });
  } finally {
    engine.signal.removeEventListener('abort', begin);
    done.abort();
  }
}
