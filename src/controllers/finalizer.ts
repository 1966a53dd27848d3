// SPDX-License-Identifier: Apache-2.0
// The finalizer, put on and taken off on the version that was read, so that nobody else's is lost.
import { isNotFound } from '../kube/api-error.ts';
import { finalizer } from '../plan/decisions.ts';
import type { Kinds } from '../plan/observed.ts';
import { fieldManager } from './resources.ts';
import type { OwnKind, World } from './world.ts';

type Holding<T extends Kinds> = { world: World; kind: OwnKind<T>; signal: AbortSignal };

/** The object as it stands with it. */
export async function addFinalizer<T extends Kinds>(holding: Holding<T>, standing: T): Promise<T> {
  const { finalizers = [] } = standing.metadata;
  if (finalizers.includes(finalizer)) return standing;
  const answer = await patch(holding, standing, [...finalizers, finalizer]);
  holding.kind.view.wrote(answer);
  return answer;
}

/** Whether it was there. An object that is gone was let go before, and counted then. */
export async function removeFinalizer<T extends Kinds>(holding: Holding<T>, standing: T): Promise<boolean> {
  const { finalizers = [] } = standing.metadata;
  if (!finalizers.includes(finalizer)) return false;
  const others = finalizers.filter((one) => one !== finalizer);
  try {
    holding.kind.view.wrote(await patch(holding, standing, others));
    return true;
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return false;
  }
}

function patch<T extends Kinds>(
  { world, kind, signal }: Holding<T>,
  { metadata: { namespace, name, resourceVersion } }: T,
  finalizers: string[],
): Promise<T> {
  const body = { metadata: { resourceVersion, finalizers } };
  return world.rest.patch<T>(kind.resource, { namespace, name }, { fieldManager, body }, signal);
}
