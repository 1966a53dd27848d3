// SPDX-License-Identifier: Apache-2.0
// What is known of one resource: objects by namespace and name, and by whatever else they are asked for. Filled by a
// reflector, read by reconciles. Objects are shared, so nobody changes them; with `freeze` nobody can.
import { keyOf, type KubeObject, type ObjectName } from './resource.ts';

export type Change<T> = {
  type: 'added' | 'updated' | 'deleted';
  /** As it stands now; of a deleted one the last that is known. */
  object: T;
  /** What stood there before an update. */
  previous?: T;
  /** Part of the first list, not news. */
  initial: boolean;
};

export type Handler<T> = (change: Change<T>) => void;

/** The values under which an object is found; none, one or several. */
export type Indexer<T> = (object: T) => readonly string[];

export type StoreOptions<T> = {
  indexes?: Readonly<Record<string, Indexer<T>>>;
  freeze?: boolean;
  /** A handler threw. The others and the store go on. */
  onError?: (error: unknown) => void;
};

type Index<T> = { valuesOf: Indexer<T>; keys: Map<string, Set<string>> };

const byNamespace = 'namespace';

export class Store<T extends KubeObject> {
  readonly #objects = new Map<string, T>();
  readonly #indexes = new Map<string, Index<T>>();
  readonly #handlers = new Set<Handler<T>>();
  readonly #options: StoreOptions<T>;

  constructor(options: StoreOptions<T> = {}) {
    this.#options = options;
    const indexes = { ...options.indexes, [byNamespace]: namespaceOf };
    for (const [name, valuesOf] of Object.entries(indexes)) {
      this.#indexes.set(name, { valuesOf, keys: new Map() });
    }
  }

  get size(): number {
    return this.#objects.size;
  }

  get(name: ObjectName): T | undefined {
    return this.#objects.get(keyOf(name));
  }

  /** All objects, or those of one namespace, in no order. */
  list(namespace?: string): T[] {
    return namespace === undefined ? [...this.#objects.values()] : this.byIndex(byNamespace, namespace);
  }

  byIndex(index: string, value: string): T[] {
    const keys = this.#index(index).keys.get(value) ?? [];
    return [...keys].flatMap((key) => this.#objects.get(key) ?? []);
  }

  /** From now on; returns what ends it. */
  subscribe(handler: Handler<T>): () => void {
    this.#handlers.add(handler);
    return () => this.#handlers.delete(handler);
  }

  /**
   * Takes a whole list: of everything, or of the one namespace it was made for. What is not in it was deleted while
   * nobody watched, and is told so with the last object that is known.
   */
  replace(objects: readonly T[], about: { namespace?: string | undefined; initial?: boolean } = {}): void {
    const { namespace, initial = false } = about;
    const kept = new Set(objects.map(({ metadata }) => keyOf(metadata)));
    for (const object of this.list(namespace)) {
      if (!kept.has(keyOf(object.metadata))) this.#remove(object, initial);
    }
    for (const object of objects) this.#put(object, initial);
  }

  put(object: T): void {
    this.#put(object, false);
  }

  remove(object: T): void {
    this.#remove(object, false);
  }

  #put(object: T, initial: boolean): void {
    const key = keyOf(object.metadata);
    let previous = this.#objects.get(key);
    if (previous && previous.metadata.uid !== object.metadata.uid) {
      // Deleted and made again under the same name while nobody watched: two pieces of news, not an update.
      this.#remove(previous, initial);
      previous = undefined;
    }
    if (previous && previous.metadata.resourceVersion === object.metadata.resourceVersion) return;
    if (previous) this.#unindex(key, previous);
    this.#objects.set(key, this.#options.freeze ? deepFreeze(object) : object);
    for (const { valuesOf, keys } of this.#indexes.values()) {
      for (const value of valuesOf(object)) addTo(keys, value, key);
    }
    if (previous) this.#tell({ type: 'updated', object, previous, initial });
    else this.#tell({ type: 'added', object, initial });
  }

  #remove(object: T, initial: boolean): void {
    const key = keyOf(object.metadata);
    const known = this.#objects.get(key);
    if (!known) return;
    this.#unindex(key, known);
    this.#objects.delete(key);
    this.#tell({ type: 'deleted', object, initial });
  }

  #unindex(key: string, object: T): void {
    for (const { valuesOf, keys } of this.#indexes.values()) {
      for (const value of valuesOf(object)) removeFrom(keys, value, key);
    }
  }

  #index(name: string): Index<T> {
    const index = this.#indexes.get(name);
    if (!index) throw new TypeError(`there is no index "${name}": ${[...this.#indexes.keys()].join(', ')}`);
    return index;
  }

  #tell(change: Change<T>): void {
    for (const handler of this.#handlers) {
      try {
        handler(change);
      } catch (error) {
        this.#options.onError?.(error);
      }
    }
  }
}

function namespaceOf({ metadata: { namespace } }: KubeObject): string[] {
  return namespace === undefined ? [] : [namespace];
}

function addTo(keys: Map<string, Set<string>>, value: string, key: string): void {
  const set = keys.get(value);
  if (set) set.add(key);
  else keys.set(value, new Set([key]));
}

function removeFrom(keys: Map<string, Set<string>>, value: string, key: string): void {
  const set = keys.get(value);
  set?.delete(key);
  if (set?.size === 0) keys.delete(value);
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  Object.values(value).forEach(deepFreeze);
  return value;
}
