// SPDX-License-Identifier: Apache-2.0
// The aliases of a restored collection: created, never moved. One that is taken stays where it is and is named.
import { messageOf, OperatorError } from '../../base/error.ts';
import type { CollectionName } from '../../milvus/contract.ts';
import { isTransient, patiently, type RestoreRun } from './run.ts';
import { fullName, type SourceCollection } from './source-collection.ts';

/** Only for a collection under its own name: an alias means "the one in use", and a renamed copy is not that. */
export async function createAliases(
  run: RestoreRun,
  source: SourceCollection,
  target: CollectionName,
): Promise<void> {
  if (!run.options.aliases || fullName(source) !== fullName(target)) return;
  for (const alias of source.meta.aliases) {
    run.signal.throwIfAborted();
    const taken = await takenBy(run, target, alias);
    if (taken === target.name) continue;
    if (taken === undefined) await create(run, target, alias);
    else warnTaken(run, target, alias, `it names ${taken}`);
  }
}

/** What stands under the alias: a collection that it names, or one that is called so. */
async function takenBy(run: RestoreRun, target: CollectionName, alias: string): Promise<string | undefined> {
  const named = await patiently(run, () => run.milvus.findAlias(target.database, alias));
  if (named !== undefined) return named;
  const there = await patiently(run, () =>
    run.milvus.describeCollection({ database: target.database, name: alias }),
  );
  return there && `the collection ${there.schema.name}`;
}

async function create(run: RestoreRun, target: CollectionName, alias: string): Promise<void> {
  try {
    await patiently(run, () => run.milvus.createAlias(target, alias));
  } catch (error) {
    if (isTransient(error) || !(error instanceof OperatorError) || error.reason !== 'MilvusError')
      throw error;
    warnTaken(run, target, alias, messageOf(error));
  }
}

function warnTaken(run: RestoreRun, target: CollectionName, alias: string, what: string): void {
  run.warn({
    reason: 'TargetNotEmpty',
    message: `the alias ${target.database}.${alias} of ${target.name} was not created: ${what}. It was left as it is.`,
  });
}
