// SPDX-License-Identifier: Apache-2.0
// Shows a finished collection under its real name. The ids under the names are compared with the ledger's first, after
// reading the ledger again; whatever else stands there is left alone.
import { OperatorError } from '../../base/error.ts';
import type { CollectionName } from '../../milvus/contract.ts';
import { renaming } from './ledger-entry.ts';
import { isAnswered, patiently, type RestoreRun } from './run.ts';
import { fullName } from './source-collection.ts';
import { assertIs, idUnder, takenBy } from './standing.ts';
import { moveAside } from './swap.ts';

/**
 * Renames the collection `id` from its temporary to its real name; done if it stands there already. What it replaces is
 * moved aside just before. May be repeated after a lost answer, because each try asks first who stands where.
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
    await moveAside(run, target);
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

async function assertFree(run: RestoreRun, target: CollectionName): Promise<void> {
  const what = await takenBy(run, target);
  if (what === undefined) return;
  throw new OperatorError(
    'TargetNotEmpty',
    `${fullName(target)} was free, or held what was to be replaced, when the restore began, and is now taken by ${what}. ` +
      'It was left alone; what was restored for that name is dropped. Choose another name, or drop what stands there.',
  );
}
