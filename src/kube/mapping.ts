// SPDX-License-Identifier: Apache-2.0
// From what changed to whose turn it is: which changes matter, and to which keys.
import { isDeepStrictEqual } from 'node:util';
import type { WorkQueue } from './queue.ts';
import { keyOf, type KubeObject } from './resource.ts';
import type { Change, Store } from './store.ts';

/** The key of the object itself. */
export function ownKey(object: KubeObject): string[] {
  return [keyOf(object.metadata)];
}

/** The key of the object that controls this one, if it is of `kind`. Owners live in the same namespace. */
export function ownerKey(kind: { group: string; kind: string }): (object: KubeObject) => string[] {
  return ({ metadata: { namespace, ownerReferences = [] } }) =>
    ownerReferences
      .filter((owner) => owner.controller === true && owner.kind === kind.kind)
      .filter(({ apiVersion }) => groupOf(apiVersion) === kind.group)
      .map(({ name }) => keyOf({ namespace, name }));
}

/** The core group has no name and no slash. */
function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}

/**
 * Whether somebody wants something else than before. A write of the status alone is not such a change: for our own
 * kinds it is our own echo. Not for Jobs and Pods, whose status is the news.
 */
export function isNewWish({ type, object, previous }: Change<KubeObject>): boolean {
  if (type !== 'updated' || !previous) return true;
  const [now, before] = [object.metadata, previous.metadata];
  return (
    now.generation !== before.generation ||
    now.deletionTimestamp !== before.deletionTimestamp ||
    !isDeepStrictEqual(now.labels, before.labels) ||
    !isDeepStrictEqual(now.annotations, before.annotations) ||
    !isDeepStrictEqual(now.finalizers, before.finalizers)
  );
}

/**
 * Puts keys into the queue as the store changes, those of the first list behind everything else. An update counts for
 * what the object was, too: a child that changed hands matters to both owners. Returns what ends it.
 */
export function enqueueChanges<T extends KubeObject>(
  store: Store<T>,
  queue: WorkQueue,
  how: { keysOf?: (object: T) => string[]; when?: (change: Change<T>) => boolean } = {},
): () => void {
  const { keysOf = ownKey, when = () => true } = how;
  return store.subscribe((change) => {
    if (!when(change)) return;
    const objects = change.previous ? [change.object, change.previous] : [change.object];
    for (const key of new Set(objects.flatMap(keysOf))) queue.add(key, change.initial ? 'later' : 'now');
  });
}
