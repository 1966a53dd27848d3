// SPDX-License-Identifier: Apache-2.0
// Keeps a store like the server: a paged list, then a watch, for ever. The client library's informer is not used: it
// asks for no bookmarks, is dead after a network error until somebody starts it again, reports a failed first list as
// started, and lets a handler that throws end the process.
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/error.ts';
import { isGone } from './api-error.ts';
import { startDeadline } from './deadline.ts';
import { logWith, type Log } from './log.ts';
import { apiVersionOf, type KubeObject, type Resource } from './resource.ts';
import { judgeEnd, Silence, type Restart } from './restart.ts';
import type { Rest, Selection } from './rest.ts';
import type { Store } from './store.ts';
import { readEvents, type WatchEvent } from './watch-stream.ts';

export type ReflectorTiming = {
  /** After how many seconds the server is to end a watch; drawn between the two, so that not all end at once. */
  watchSeconds: readonly [number, number];
  /** A watch is dead after this silence. Bookmarks come about every minute. */
  silenceMs: readonly [number, number];
  /** How long the first byte of an answer may take. */
  answerMs: number;
  backoff: { minMs: number; maxMs: number };
  pageSize: number;
};

const defaultTiming: ReflectorTiming = {
  watchSeconds: [300, 600],
  silenceMs: [90_000, 120_000],
  answerMs: 30_000,
  backoff: { minMs: 800, maxMs: 30_000 },
  pageSize: 500,
};

export type ReflectorObserver = {
  listed?: (resource: Resource) => void;
  restarted?: (resource: Resource, why: Restart) => void;
};

export type ReflectorOptions<T extends KubeObject> = Selection & {
  rest: Rest;
  resource: Resource;
  store: Store<T>;
  clock: Clock;
  log: Log;
  random?: () => number;
  timing?: Partial<ReflectorTiming>;
  observer?: ReflectorObserver;
  /** Drops what nobody reads before it is kept; without it, managedFields, often the larger half. */
  trim?: (object: T) => void;
};

export class Reflector<T extends KubeObject> {
  readonly #options: ReflectorOptions<T>;
  readonly #timing: ReflectorTiming;
  readonly #log: Log;
  readonly #synced = Promise.withResolvers<void>();
  #isSynced = false;
  #resourceVersion: string | undefined;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#timing = { ...defaultTiming, ...options.timing };
    const { resource, namespace } = options;
    this.#log = logWith(options.log, { resource: resource.plural, namespace });
  }

  /** The first list has arrived whole. Never goes back. */
  get isSynced(): boolean {
    return this.#isSynced;
  }

  whenSynced(): Promise<void> {
    return this.#synced.promise;
  }

  /** Up to which point of the server's history the store is known to be right. */
  get resourceVersion(): string | undefined {
    return this.#resourceVersion;
  }

  /** Ends when `signal` aborts and never throws. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, resource, observer, random = Math.random } = this.#options;
    let failures = 0;
    while (!signal.aborted) {
      const start = clock.monotonic();
      const failure = await this.#round(signal);
      if (signal.aborted) return;
      const end = { failure, livedMs: clock.monotonic() - start, failures };
      const next = judgeEnd(end, this.#timing.backoff, random());
      failures = next.failures;
      if (next.relist) this.#resourceVersion = undefined;
      observer?.restarted?.(resource, next.why);
      if (next.why !== 'ended') this.#log.warn({ ...next, error: messageOf(failure) }, 'watch interrupted');
      if (next.waitMs > 0) await clock.sleep(next.waitMs, signal).catch(() => undefined);
    }
  }

  /** Lists if need be, and watches to the end of one watch. */
  async #round(signal: AbortSignal): Promise<unknown> {
    try {
      if (this.#resourceVersion === undefined) await this.#list(signal);
      await this.#watch(signal);
      return undefined;
    } catch (error) {
      return error ?? new Error('nothing was thrown');
    }
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { store, resource, namespace, observer } = this.#options;
    const { items, resourceVersion } = await this.#pages(this.#timing.pageSize, signal);
    store.replace(items, { namespace, initial: !this.#isSynced });
    this.#resourceVersion = resourceVersion;
    this.#isSynced = true;
    this.#synced.resolve();
    observer?.listed?.(resource);
    this.#log.debug({ objects: items.length, resourceVersion }, 'listed');
  }

  async #pages(limit: number, signal: AbortSignal): Promise<{ items: T[]; resourceVersion: string }> {
    const {
      rest,
      resource,
      namespace,
      labelSelector,
      fieldSelector,
      trim = dropManagedFields,
    } = this.#options;
    const items: T[] = [];
    let from: string | undefined;
    for (;;) {
      const query = { namespace, labelSelector, fieldSelector, limit, ...(from ? { continue: from } : {}) };
      try {
        const page = await rest.list<T>(resource, query, signal);
        for (const item of page.items) trim(item);
        items.push(...page.items);
        from = page.metadata.continue;
        if (!from) return { items, resourceVersion: page.metadata.resourceVersion };
      } catch (error) {
        // The token outlived the server's history: what is too slow in pages is asked for in one piece.
        if (!isGone(error) || limit === 0) throw error;
        return this.#pages(0, signal);
      }
    }
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { rest, resource, namespace, labelSelector, fieldSelector, clock } = this.#options;
    const { watchSeconds, silenceMs, answerMs } = this.#timing;
    const about = `WATCH ${apiVersionOf(resource)} ${resource.plural}`;
    const query = {
      resourceVersion: this.#resourceVersion,
      allowWatchBookmarks: true,
      timeoutSeconds: Math.round(this.#between(watchSeconds)),
    };
    const silence = startDeadline(clock, this.#between(silenceMs), signal);
    try {
      const selection = { namespace, labelSelector, fieldSelector, query, timeoutMs: answerMs };
      const stream = await rest.watch(resource, selection, silence.signal);
      silence.extend();
      for await (const event of readEvents<T>(stream, about, silence.extend)) this.#take(event);
    } catch (error) {
      throw silence.isExpired() ? new Silence(`${about}: nothing came for too long`) : error;
    } finally {
      silence.end();
    }
  }

  #take(event: WatchEvent<T>): void {
    const { store, trim = dropManagedFields } = this.#options;
    this.#resourceVersion = event.object.metadata.resourceVersion;
    if (event.type === 'BOOKMARK') return;
    trim(event.object);
    if (event.type === 'DELETED') store.remove(event.object);
    else store.put(event.object);
  }

  #between([low, high]: readonly [number, number]): number {
    const { random = Math.random } = this.#options;
    return low + (high - low) * random();
  }
}

function dropManagedFields({ metadata }: KubeObject): void {
  delete metadata.managedFields;
}
