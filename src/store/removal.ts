// SPDX-License-Identifier: Apache-2.0
// Removing many objects. A key that stays is an error that names it; one that was never there is not.
import { DeleteObjectCommand, DeleteObjectsCommand } from '@aws-sdk/client-s3';
import { forEachConcurrent } from '../base/backoff.ts';
import type { Situation } from './errors.ts';
import { readFailure } from './failure.ts';
import type { Quirks } from './quirks.ts';
import type { Requester, Task } from './request.ts';

/** What DeleteObjects takes at most. */
const keysAtOnce = 1_000;
const batchesAtOnce = 4;

type Store = { requester: Requester; quirks: Quirks; concurrency: number };

/** Resolves to the number of keys that it was given and that are gone. */
export async function removeObjects(
  store: Store,
  keys: Iterable<string> | AsyncIterable<string>,
  signal?: AbortSignal,
): Promise<number> {
  let removed = 0;
  if (!store.quirks.bulkDelete) {
    const removeKey = async (key: string): Promise<void> => {
      await removeOne(store.requester, key, signal);
      removed += 1;
    };
    await forEachConcurrent(keys, store.concurrency, removeKey, signal);
    return removed;
  }
  const removeBatch = async (batch: string[]): Promise<void> => {
    await removeMany(store.requester, batch, signal);
    removed += batch.length;
  };
  await forEachConcurrent(batches(keys), batchesAtOnce, removeBatch, signal);
  return removed;
}

function removing(key: string | undefined): Situation {
  const situation = { verb: 'remove', access: 'write', permission: 's3:DeleteObject' } as const;
  return key === undefined ? situation : { ...situation, key };
}

async function removeOne(requester: Requester, key: string, signal?: AbortSignal): Promise<void> {
  const input = { Bucket: requester.place.bucket, Key: key };
  await requester.request(
    {
      ...removing(key),
      attempt: async (client, options) => {
        try {
          await client.send(new DeleteObjectCommand(input), options);
        } catch (error) {
          if (readFailure(error).kind !== 'noObject') throw error;
        }
      },
    },
    signal,
  );
}

async function removeMany(requester: Requester, keys: string[], signal?: AbortSignal): Promise<void> {
  let left = keys;
  const task: Task<void> = {
    ...removing(undefined),
    attempt: async (client, options) => {
      const objects = left.map((Key) => ({ Key }));
      const input = { Bucket: requester.place.bucket, Delete: { Objects: objects, Quiet: true } };
      const { Errors = [] } = await client.send(new DeleteObjectsCommand(input), options);
      const stayed = Errors.filter(({ Code, Key }) => Key !== undefined && Code !== 'NoSuchKey');
      const [first] = stayed;
      if (!first) return;
      // What is tried again, and what the error names, is what stayed.
      left = stayed.map(({ Key = '' }) => Key);
      task.key = first.Key ?? '';
      throw Object.assign(new Error(first.Message ?? ''), { name: first.Code ?? '' });
    },
  };
  await requester.request(task, signal);
}

async function* batches(keys: Iterable<string> | AsyncIterable<string>): AsyncGenerator<string[]> {
  let batch: string[] = [];
  for await (const key of keys) {
    batch.push(key);
    if (batch.length < keysAtOnce) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
