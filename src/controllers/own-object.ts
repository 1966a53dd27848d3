// SPDX-License-Identifier: Apache-2.0
// Deletes an object of ours that nobody needs any more, and no other that has come to bear its name.
import { messageOf } from '../base/error.ts';
import { isConflict, isNotFound } from '../kube/api-error.ts';
import type { Log } from '../kube/log.ts';
import type { Kinds } from '../plan/observed.ts';
import type { OwnKind, World } from './world.ts';

type Deleting<T extends Kinds> = { world: World; kind: OwnKind<T>; object: T; log: Log; signal: AbortSignal };

/** Its Jobs go with it. Gone already, or another one under its name: nothing to do. */
export async function deleteOwn<T extends Kinds>({
  world,
  kind,
  object,
  log,
  signal,
}: Deleting<T>): Promise<void> {
  const { namespace, name, uid } = object.metadata;
  try {
    await world.rest.delete(kind.resource, { namespace, name }, { propagation: 'Background', uid }, signal);
    log.info({}, 'object deleted');
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error;
    log.debug({ error: messageOf(error) }, 'object is gone');
  }
}
