// SPDX-License-Identifier: Apache-2.0

/**
 * Maps a stream, at most `limit` at once, and yields the results in the order of the items. The source is read no faster
 * than the results are taken; the first failure is thrown where its result would have been.
 */
export async function* mapConcurrent<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  limit: number,
  action: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const running: Promise<R>[] = [];
  try {
    for await (const item of items) {
      const task = action(item);
      // A failure waits for its turn; until then it must not count as unhandled.
      task.catch(() => undefined);
      running.push(task);
      if (running.length >= limit) yield await running.shift()!;
    }
    while (running.length > 0) yield await running.shift()!;
  } finally {
    await Promise.allSettled(running);
  }
}
