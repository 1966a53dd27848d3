// SPDX-License-Identifier: Apache-2.0
// What happens to a collection before its backup: inserts, deletes, upserts and flushes in random order, so that its rows
// lie in many segments and its deletes in segments younger than what they delete. Beside it the model of what must be left.
import { flush } from './collection.ts';
import type { Milvus } from './connection.ts';
import { defaultPartition, keyField, type Definition } from './definition.ts';
import type { Row } from './field.ts';
import type { Random } from './random.ts';
import type { Plan } from './plan.ts';
import { rowOf } from './rows.ts';
import { deleteRows, insertRows, upsertRows } from './writing.ts';

/** A row inserted twice is there twice: count(*) says two, a query by key shows one. */
export type Kept = { row: Row; partition: string; copies: number };

export type Outcome = { kept: Map<string, Kept>; gone: Set<string> };

export async function playHistory(
  milvus: Milvus,
  definition: Definition,
  plan: Plan,
  random: Random,
): Promise<Outcome> {
  const story = startStory(milvus, definition, plan, random);
  const batch = Math.ceil(plan.rows / Math.max(1, plan.steps));
  const { autoID } = keyField(definition.fields).field;
  const acts = [() => story.remove(random.int(1, 40)), () => story.remove(1)];
  if (autoID !== true)
    acts.push(
      () => story.upsert(random.int(1, 30)),
      () => story.insertAgain(random.int(1, 5)),
    );
  for (let step = 0; step < plan.steps; step += 1) {
    await story.insert(batch);
    const count = plan.deletes === 'none' ? 0 : random.int(0, 3);
    for (let act = 0; act < count; act += 1) await random.pick(acts)();
    if (random.chance(0.7)) await flush(milvus, definition);
  }
  if (plan.deletes === 'all') await story.remove(Infinity);
  // In half of the collections the last changes are not flushed: the backup has to.
  if (plan.rows > 0 && random.chance(0.5)) await flush(milvus, definition);
  return story.outcome;
}

function startStory(milvus: Milvus, definition: Definition, { seed }: Plan, random: Random) {
  const kept: Outcome['kept'] = new Map();
  const gone: Outcome['gone'] = new Set();
  const { at } = keyField(definition.fields);
  const partitions = [defaultPartition, ...definition.partitions];
  let ordinals = 0;
  let version = 0;
  const some = (count: number): string[] => random.shuffled([...kept.keys()]).slice(0, count);
  const remember = (row: Row, key: string, partition: string): void => {
    kept.set(key, { row: row.with(at, key), partition, copies: 1 });
    gone.delete(key);
  };
  const insert = async (count: number): Promise<void> => {
    const partition = random.pick(partitions);
    const rows = Array.from({ length: count }, () => rowOf(definition, seed, ordinals++, 0));
    const keys = await insertRows(milvus, definition, { rows, partition });
    rows.forEach((row, number) => remember(row, keys[number] as string, partition));
  };
  const remove = async (count: number): Promise<void> => {
    const keys = some(count);
    await deleteRows(milvus, definition, { keys });
    for (const key of keys) {
      kept.delete(key);
      gone.add(key);
    }
  };
  /** Old keys with new values and new keys, each old one in the partition where it is. */
  const upsert = async (count: number): Promise<void> => {
    version += 1;
    const byPartition = Map.groupBy(some(count), (key) => kept.get(key)?.partition ?? defaultPartition);
    for (const [partition, keys] of byPartition) {
      const rows = keys.map((key) => rowOf(definition, seed, 0, version * 1e6 + kept.size).with(at, key));
      rows.push(rowOf(definition, seed, ordinals++, version));
      await upsertRows(milvus, definition, { rows, partition });
      for (const row of rows) remember(row, row[at] as string, partition);
    }
  };
  const insertAgain = async (count: number): Promise<void> => {
    for (const key of some(count)) {
      const known = kept.get(key) as Kept;
      await insertRows(milvus, definition, { rows: [known.row], partition: known.partition });
      known.copies += 1;
    }
  };
  return { insert, remove, upsert, insertAgain, outcome: { kept, gone } satisfies Outcome };
}
