// SPDX-License-Identifier: Apache-2.0
// The objects of one kind as they stand to the best of our knowledge: what the cache holds, or what the server answered
// to our own last write where the cache has not heard of that yet.
//
// Why this is enough to never decide twice from what is stale:
// - A status is written on the version it was decided from, so that a decision from an older one fails with 409. The
//   answer is kept here until the cache has caught up, so that siblings see at once who has taken the turn.
// - Which Jobs there are stands in the status before they are made, under names that follow from the object. One that
//   the status names and the cache lacks is asked for by name (jobs.ts), and one is only made on a status that was
//   written or read from the server in the same reconcile (act.ts). Making it again finds it there.
// - Deletions carry the UID of what was seen; finalizers are patched on the version that was seen.
import { isDeepStrictEqual } from 'node:util';
import type { Cache } from '../kube/cache.ts';
import { keyOf, type KubeObject, type ObjectName } from '../kube/resource.ts';
import type { Change } from '../kube/store.ts';

/** One reconcile writes two at most; those that were refused come to nothing. */
const mostSent = 4;

export type WithStatus = KubeObject & { status?: unknown };

export class View<T extends WithStatus> {
  readonly cache: Cache<T>;
  /** Answers to our writes that the cache may not have yet. */
  readonly #written = new Map<string, T>();
  /** Statuses on their way, oldest first: their echo is no news. */
  readonly #sent = new Map<string, readonly unknown[]>();

  constructor(cache: Cache<T>) {
    this.cache = cache;
    cache.store.subscribe(({ type, object }) => {
      if (type !== 'deleted') return;
      this.#written.delete(keyOf(object.metadata));
      this.#sent.delete(keyOf(object.metadata));
    });
  }

  get(name: ObjectName): T | undefined {
    const cached = this.cache.store.get(name);
    return cached && this.#latest(cached);
  }

  byIndex(index: string, value: string): T[] {
    return this.cache.store.byIndex(index, value).map((cached) => this.#latest(cached));
  }

  list(namespace?: string): T[] {
    return this.cache.store.list(namespace).map((cached) => this.#latest(cached));
  }

  /** Before a status is sent: the news of it may come before the answer. */
  expect(name: ObjectName, status: unknown): void {
    const key = keyOf(name);
    this.#sent.set(key, [...(this.#sent.get(key) ?? []), status].slice(-mostSent));
  }

  /** What the server answered to a write of ours. */
  wrote(object: T): void {
    // The news of its end may have come before the answer.
    if (this.cache.store.get(object.metadata)) this.#written.set(keyOf(object.metadata), object);
  }

  /** Whether a status changed and it was not us. What is heard of is forgotten: ask once for each change. */
  isForeignStatus({ object, previous }: Change<T>): boolean {
    if (!previous || isDeepStrictEqual(object.status, previous.status)) return false;
    const key = keyOf(object.metadata);
    const sent = this.#sent.get(key) ?? [];
    const echoed = sent.findIndex((status) => isDeepStrictEqual(status, object.status));
    if (echoed < 0) return true;
    // Those before it were overtaken, or refused.
    if (echoed + 1 < sent.length) this.#sent.set(key, sent.slice(echoed + 1));
    else this.#sent.delete(key);
    return false;
  }

  #latest(cached: T): T {
    const key = keyOf(cached.metadata);
    const written = this.#written.get(key);
    if (!written) return cached;
    if (written.metadata.uid === cached.metadata.uid && isNewer(written, cached)) return written;
    this.#written.delete(key);
    return cached;
  }
}

/** Versions of one resource are decimal numbers that grow (Kubernetes promises it since 1.35, etcd ever since). */
export function isNewer(one: KubeObject, other: KubeObject): boolean {
  const [a, b] = [one.metadata.resourceVersion ?? '', other.metadata.resourceVersion ?? ''];
  return a.length === b.length ? a > b : a.length > b.length;
}
