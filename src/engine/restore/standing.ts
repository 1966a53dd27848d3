// SPDX-License-Identifier: Apache-2.0
// Who stands under a name: asked again before every call that could destroy what is somebody else's.
import { OperatorError } from '../../base/error.ts';
import type { CollectionName } from '../../milvus/contract.ts';
import { patiently, type RestoreRun } from './run.ts';
import { fullName } from './source-collection.ts';

/** What it takes to ask. */
export type Asking = Pick<RestoreRun, 'engine' | 'signal' | 'milvus'>;

/** The id of what stands under exactly this name; an alias is not it. */
export async function idUnder(run: Asking, name: CollectionName): Promise<bigint | undefined> {
  const there = await patiently(run, () => run.milvus.describeCollection(name));
  return there && there.schema.name === name.name ? there.id : undefined;
}

/** What stands under the name, for people: a collection, or an alias of one. Undefined: nothing. */
export async function takenBy(run: Asking, name: CollectionName): Promise<string | undefined> {
  const there = await patiently(run, () => run.milvus.describeCollection(name));
  if (!there) return undefined;
  return there.schema.name === name.name ? `collection ${there.id}` : `an alias of ${there.schema.name}`;
}

export async function assertIs(run: Asking, name: CollectionName, id: bigint): Promise<void> {
  const found = await idUnder(run, name);
  if (found === id) return;
  throw new OperatorError(
    'MilvusError',
    `${fullName(name)} should be collection ${id}, but ${found === undefined ? 'nothing' : `collection ${found}`} stands there: something else works on this Milvus`,
  );
}

/** Drops the collection under `name` if it is the one with this id, looking again before each try. True if it was. */
export async function dropOwn(run: Asking, name: CollectionName, id: bigint): Promise<boolean> {
  let wasThere = false;
  await patiently(run, async () => {
    if ((await idUnder(run, name)) !== id) return;
    wasThere = true;
    await run.milvus.dropCollection(name);
  });
  return wasThere;
}
