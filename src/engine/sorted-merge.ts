// SPDX-License-Identifier: Apache-2.0
// Compares what should stand in a store with what its listing says, both in key order and both as streams: a million
// objects pass without being kept.
import { OperatorError } from '../base/error.ts';
import type { ObjectInfo } from '../store/contract.ts';
import type { ExpectedObject } from './expected.ts';

/** One place where the two differ or meet. Both are there: sizes and contents are yet to be compared. */
export type Pair = { expected?: ExpectedObject; listed?: ObjectInfo };

/** `key` of what is listed is compared after `dir` was cut off. Throws BackupUnreadable if `expected` is out of order. */
export async function* mergeSorted(
  expected: AsyncIterable<ExpectedObject> | Iterable<ExpectedObject>,
  listed: AsyncIterable<ObjectInfo>,
  dir: string,
): AsyncGenerator<Pair> {
  const left = cursorOver(inOrder(expected));
  const right = cursorOver(listed);
  try {
    await Promise.all([left.step(), right.step()]);
    while (left.value || right.value) {
      const order = compare(left.value?.key, right.value?.key.slice(dir.length));
      yield pairOf(order > 0 ? undefined : left.value, order < 0 ? undefined : right.value);
      if (order <= 0) await left.step();
      if (order >= 0) await right.step();
    }
  } finally {
    await left.close();
    await right.close();
  }
}

function pairOf(expected: ExpectedObject | undefined, listed: ObjectInfo | undefined): Pair {
  return { ...(expected ? { expected } : {}), ...(listed ? { listed } : {}) };
}

/** `value` is undefined before the first step and after the last. */
type Cursor<T> = { readonly value: T | undefined; step(): Promise<void>; close(): Promise<void> };

function cursorOver<T>(items: AsyncIterable<T>): Cursor<T> {
  const iterator = items[Symbol.asyncIterator]();
  let value: T | undefined;
  return {
    get value() {
      return value;
    },
    async step() {
      const next = await iterator.next();
      value = next.done ? undefined : next.value;
    },
    close: async () => void (await iterator.return?.()),
  };
}

/** Below 0: only `want` is next; above 0: only `have`; 0: both. One that has ended comes last. */
function compare(want: string | undefined, have: string | undefined): number {
  if (want === undefined) return 1;
  if (have === undefined) return -1;
  // Keys of logs are ASCII, for which this is the order of the store.
  return want < have ? -1 : want > have ? 1 : 0;
}

async function* inOrder(
  objects: AsyncIterable<ExpectedObject> | Iterable<ExpectedObject>,
): AsyncGenerator<ExpectedObject> {
  let last = '';
  for await (const object of objects) {
    if (object.key <= last) {
      throw new OperatorError(
        'BackupUnreadable',
        `the list of objects has ${object.key} after ${last}: it is not sorted, or names it twice`,
      );
    }
    last = object.key;
    yield object;
  }
}
