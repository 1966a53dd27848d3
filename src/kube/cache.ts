// SPDX-License-Identifier: Apache-2.0
// A store and the reflectors that keep it: one for the whole cluster, or one per namespace that is watched.
import { Reflector, type ReflectorOptions } from './reflector.ts';
import type { KubeObject, Resource } from './resource.ts';
import { Store, type Indexer } from './store.ts';
import { messageOf } from '../base/error.ts';

export type CacheOptions<T extends KubeObject> = Omit<ReflectorOptions<T>, 'store' | 'namespace'> & {
  /** Empty or left out: all of them. */
  namespaces?: readonly string[];
  indexes?: Readonly<Record<string, Indexer<T>>>;
  freeze?: boolean;
};

export class Cache<T extends KubeObject> {
  readonly resource: Resource;
  readonly store: Store<T>;
  readonly #reflectors: Reflector<T>[];

  constructor({ namespaces = [], indexes = {}, freeze = false, ...options }: CacheOptions<T>) {
    this.resource = options.resource;
    const onError = (error: unknown): void =>
      options.log.error({ resource: options.resource.plural, error: messageOf(error) }, 'a handler threw');
    this.store = new Store<T>({ indexes, freeze, onError });
    const scopes = namespaces.length > 0 ? namespaces : [undefined];
    this.#reflectors = scopes.map(
      (namespace) => new Reflector<T>({ ...options, namespace, store: this.store }),
    );
  }

  /** All first lists have arrived. Never goes back. */
  get isSynced(): boolean {
    return this.#reflectors.every(({ isSynced }) => isSynced);
  }

  async whenSynced(): Promise<void> {
    await Promise.all(this.#reflectors.map((reflector) => reflector.whenSynced()));
  }

  /** Ends when `signal` aborts and never throws. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#reflectors.map((reflector) => reflector.run(signal)));
  }
}
