// SPDX-License-Identifier: Apache-2.0
// Shows a finished collection under its real name, and drops what this run made: the calls that could destroy what is
// somebody else's. Each compares the id under the name with the ledger's first, after reading the ledger again.
import { OperatorError } from '../../base/error.ts';
import type { CollectionName } from '../../milvus/contract.ts';
import { findEntry, renaming } from './ledger-entry.ts';
import { isAnswered, patiently, type RestoreRun } from './run.ts';
import { fullName } from './source-collection.ts';

/**
 * Renames the collection `id` from its temporary to its real name; done if it stands there already. May be repeated after
 * a lost answer, because each try asks first who stands where.
 */
export async function showCollection(
  run: RestoreRun,
  target: CollectionName,
  temporary: CollectionName,
  id: bigint,
): Promise<void> {
  await patiently(run, async () => {
    if ((await idUnder(run, target)) === id) return;
    await run.ledger.recordAndOwn(renaming(target));
    await clearName(run, target);
    await assertFree(run, target);
    await assertIs(run, temporary, id);
    await rename(run, temporary, target);
    await assertIs(run, target, id);
  });
}

/** A refusal for a name that somebody took a moment ago says so in our words. */
async function rename(run: RestoreRun, temporary: CollectionName, target: CollectionName): Promise<void> {
  try {
    await run.milvus.renameCollection(temporary, target);
  } catch (error) {
    if (isAnswered(error)) await assertFree(run, target);
    throw error;
  }
}

/** Drops what the user asked to replace, and only that: another id under the name is somebody's new collection. */
async function clearName(run: RestoreRun, target: CollectionName): Promise<void> {
  const replaces = findEntry(run.ledger.current(), target)?.replaces;
  if (replaces === undefined || !(await dropOwn(run, target, replaces))) return;
  run.engine.log.info(
    { collection: fullName(target), id: String(replaces) },
    'dropped the collection that is replaced',
  );
}

async function assertFree(run: RestoreRun, target: CollectionName): Promise<void> {
  const there = await patiently(run, () => run.milvus.describeCollection(target));
  if (!there) return;
  const what =
    there.schema.name === target.name ? `collection ${there.id}` : `an alias of ${there.schema.name}`;
  throw new OperatorError(
    'TargetNotEmpty',
    `${fullName(target)} was free when the restore began and is now taken by ${what}. ` +
      'It was left alone; what was restored for that name is dropped. Choose another name, or drop what stands there.',
  );
}

async function assertIs(run: RestoreRun, name: CollectionName, id: bigint): Promise<void> {
  const found = await idUnder(run, name);
  if (found === id) return;
  throw new OperatorError(
    'MilvusError',
    `${fullName(name)} should be collection ${id}, but ${found === undefined ? 'nothing' : `collection ${found}`} stands there: something else works on this Milvus`,
  );
}

/** The id of what stands under exactly this name; an alias is not it. */
export async function idUnder(
  run: Pick<RestoreRun, 'engine' | 'signal' | 'milvus'>,
  name: CollectionName,
): Promise<bigint | undefined> {
  const there = await patiently(run, () => run.milvus.describeCollection(name));
  return there && there.schema.name === name.name ? there.id : undefined;
}

/** Drops the collection under `name` if it is the one with this id, looking again before each try. True if it was. */
export async function dropOwn(
  run: Pick<RestoreRun, 'engine' | 'signal' | 'milvus'>,
  name: CollectionName,
  id: bigint,
): Promise<boolean> {
  let wasThere = false;
  await patiently(run, async () => {
    if ((await idUnder(run, name)) !== id) return;
    wasThere = true;
    await run.milvus.dropCollection(name);
  });
  return wasThere;
}
