// SPDX-License-Identifier: Apache-2.0
// Before something is made that no resourceVersion guards: is what was decided upon what stands?
import { ApiError } from '../kube/api-error.ts';
import type { Kinds } from '../plan/observed.ts';
import type { OwnKind, World } from './world.ts';

type Confirming<T extends Kinds> = { world: World; kind: OwnKind<T>; signal: AbortSignal };

/** Throws a conflict where it is not: a cache that lags could make a thing that has been made, and has gone since. */
export async function confirm<T extends Kinds>(
  { world, kind, signal }: Confirming<T>,
  { metadata: { namespace, name, resourceVersion } }: T,
): Promise<void> {
  const { metadata } = await world.rest.get<T>(kind.resource, { namespace, name }, signal);
  if (metadata.resourceVersion === resourceVersion) return;
  const message = `${kind.resource.kind} ${name}: the cache is behind the server`;
  throw new ApiError(message, { status: 409, reason: 'Conflict' });
}
