// SPDX-License-Identifier: Apache-2.0
// One seed's way: collections are made, backed up, and restored: some under their own name after a drop, some under another
// name beside the old one, some into a second Milvus. Then each is compared with the model of what it must be.
import { createCollection, createDatabase, dropCollection, dropDatabase } from './collection.ts';
import { ensureLoaded, release } from './loading.ts';
import { findDifferences } from './comparison.ts';
import type { Milvus } from './connection.ts';
import { defaultDatabase, type Definition, type Place } from './definition.ts';
import { describe, type Description } from './description.ts';
import { expectationOf } from './expectation.ts';
import { playHistory, type Outcome } from './history.ts';
import { longestName } from './names.ts';
import { planOf } from './plan.ts';
import { randomOf } from './random.ts';

export type Way = 'home' | 'renamed' | 'abroad';

export type Traveler = { definition: Definition; way: Way; outcome: Outcome; before: Description };

export const suffix = '_again';

/** The server is shared; more at once only queue up in it. */
const atOnce = 4;

export function wayOf({ name }: Definition, at: number): Way {
  if (at % 2 === 1) return 'abroad';
  return at % 4 === 0 && name.length + suffix.length <= longestName ? 'renamed' : 'home';
}

/** Where the restored collection stands. */
export function arrivalOf({ definition, way }: Pick<Traveler, 'definition' | 'way'>): Place {
  const { database, name } = definition;
  return { database, name: way === 'renamed' ? name + suffix : name };
}

/** Makes a seed's collections and lets their histories happen. */
export async function depart(milvus: Milvus, seed: string, definitions: Definition[]): Promise<Traveler[]> {
  for (const database of databasesOf(definitions)) await createDatabase(milvus, database);
  return inParallel(definitions, async (definition, at) => {
    await createCollection(milvus, definition);
    const random = randomOf(seed, 'history', at);
    const outcome = await playHistory(milvus, definition, planOf(seed, at, definition), random);
    if (definition.loaded) await ensureLoaded(milvus, definition, definition.fields);
    const before = await describe(milvus, definition);
    return { definition, way: wayOf(definition, at), outcome, before };
  });
}

/** What a restore must give: aliases and load state belong to the old name. */
export function expectedDescription({ way, before }: Traveler): Description {
  return way === 'renamed' ? { ...before, aliases: [], loadState: 'LoadStateNotLoad' } : before;
}

/**
 * Rows and counts against the model. A first difference may be the server's own: 2.3.5 can serve a collection wrongly that
 * was loaded while rows of it were not flushed, until it is loaded anew (see refusals.ts).
 */
export async function findRowDifferences(
  milvus: Milvus,
  place: Place,
  traveler: Traveler,
): Promise<string[]> {
  const { definition, outcome } = traveler;
  const compare = async (): Promise<string[]> => {
    await ensureLoaded(milvus, place, definition.fields);
    return findDifferences(milvus, place, definition, expectationOf(definition, outcome));
  };
  const first = await compare();
  if (first.length === 0) return first;
  await release(milvus, place);
  return compare();
}

/** Removes the collections of a seed, restored or not; both servers may have them. */
export async function clear(milvus: Milvus, definitions: Definition[]): Promise<void> {
  await inParallel(definitions, async ({ database, name }) => {
    for (const one of [name, name + suffix].filter(({ length }) => length <= longestName))
      await dropCollection(milvus, { database, name: one });
  });
  for (const database of databasesOf(definitions)) await dropDatabase(milvus, database);
}

function databasesOf(definitions: Definition[]): Set<string> {
  return new Set(definitions.map(({ database }) => database).filter((name) => name !== defaultDatabase));
}

export async function inParallel<T, R>(
  list: readonly T[],
  work: (item: T, at: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const queue = list.entries();
  const worker = async (): Promise<void> => {
    for (const [at, item] of queue) results[at] = await work(item, at);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}
