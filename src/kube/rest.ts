// SPDX-License-Identifier: Apache-2.0
// The verbs of the API for any resource, plain JSON in and out. Every one names the content type of what it sends: the
// client library's default for a patch is JSON Patch whatever the body, and it has no status verb. Answers are not
// repeated here, a 429 included: the queue knows when to come again.
import type { KubeClient, Query } from './client.ts';
import { apiVersionOf, pathOf, type KubeObject, type ObjectName, type Resource } from './resource.ts';

export type Page<T> = { metadata: { resourceVersion: string; continue?: string }; items: T[] };

export type Selection = {
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
};

export type ListOptions = Selection & { limit?: number; continue?: string };

export type WriteOptions = {
  fieldManager: string;
  dryRun?: boolean;
};

/** Server-side apply. With a resourceVersion in the object it is a 409 unless that is what stands there. */
export type ApplyOptions = WriteOptions & {
  /** Takes fields over from other managers: for our own children and for status only. */
  force?: boolean;
};

export type DeleteOptions = {
  propagation: 'Foreground' | 'Background' | 'Orphan';
  uid?: string;
  resourceVersion?: string;
  gracePeriodSeconds?: number;
};

export type LogOptions = {
  container?: string;
  /** Only the last so many. */
  tailLines?: number;
  /** Counted from the first line that is given: too small, and it is the newest lines that are missing. */
  limitBytes: number;
  previous?: boolean;
};

const types = {
  apply: 'application/apply-patch+yaml',
  merge: 'application/merge-patch+json',
};

export class Rest {
  readonly #client: KubeClient;

  constructor(client: KubeClient) {
    this.#client = client;
  }

  async get<T extends KubeObject>(resource: Resource, name: ObjectName, signal?: AbortSignal): Promise<T> {
    return this.#client.json({ method: 'GET', path: pathOf(resource, name) }, signal);
  }

  /** One page; without a limit all of it. Items carry apiVersion and kind, which the server leaves out of lists. */
  async list<T extends KubeObject>(
    resource: Resource,
    options: ListOptions = {},
    signal?: AbortSignal,
  ): Promise<Page<T>> {
    const { namespace, ...query } = options;
    const path = pathOf(resource, { namespace });
    type Answer = { metadata: Page<T>['metadata']; items: T[] | null };
    const page = await this.#client.json<Answer>({ method: 'GET', path, query }, signal);
    const about = { apiVersion: apiVersionOf(resource), kind: resource.kind };
    return { metadata: page.metadata, items: (page.items ?? []).map((item) => ({ ...about, ...item })) };
  }

  /** The stream of a watch, line by line JSON; `query` holds its resourceVersion and time limit. */
  async watch(
    resource: Resource,
    selection: Selection & { query: Query; timeoutMs: number },
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>> {
    const { namespace, labelSelector, fieldSelector, query, timeoutMs } = selection;
    const path = pathOf(resource, { namespace });
    const all = { watch: true, labelSelector, fieldSelector, ...query };
    return this.#client.open({ method: 'GET', path, query: all, timeoutMs }, signal);
  }

  async create<T extends KubeObject>(
    resource: Resource,
    object: T,
    options: WriteOptions,
    signal?: AbortSignal,
  ): Promise<T> {
    const path = pathOf(resource, { namespace: object.metadata.namespace });
    return this.#client.json({ method: 'POST', path, query: queryOf(options), body: object }, signal);
  }

  /** Replaces the whole object; its resourceVersion must be what stands there, else 409. */
  async replace<T extends KubeObject>(
    resource: Resource,
    object: T,
    options: WriteOptions,
    signal?: AbortSignal,
  ): Promise<T> {
    const path = pathOf(resource, object.metadata);
    return this.#client.json({ method: 'PUT', path, query: queryOf(options), body: object }, signal);
  }

  async apply<T extends KubeObject>(
    resource: Resource,
    object: KubeObject,
    options: ApplyOptions,
    signal?: AbortSignal,
  ): Promise<T> {
    return this.#apply(pathOf(resource, placeOf(object)), object, options, signal);
  }

  /** As `apply`, to the status alone: the server ignores the rest of the object. */
  async applyStatus<T extends KubeObject>(
    resource: Resource,
    object: KubeObject,
    options: ApplyOptions,
    signal?: AbortSignal,
  ): Promise<T> {
    const path = pathOf(resource, { ...placeOf(object), subresource: 'status' });
    return this.#apply(path, object, options, signal);
  }

  /** JSON merge patch; null removes. A metadata.resourceVersion in it makes it a 409 unless that is what stands there. */
  async patch<T extends KubeObject>(
    resource: Resource,
    name: ObjectName & { subresource?: string },
    { body, ...options }: WriteOptions & { body: object },
    signal?: AbortSignal,
  ): Promise<T> {
    const path = pathOf(resource, name);
    const query = queryOf(options);
    return this.#client.json({ method: 'PATCH', path, query, body, contentType: types.merge }, signal);
  }

  /** The propagation is always said: for Jobs the server's default orphans their pods. */
  async delete(
    resource: Resource,
    name: ObjectName,
    { propagation, gracePeriodSeconds, ...preconditions }: DeleteOptions,
    signal?: AbortSignal,
  ): Promise<void> {
    const body = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      propagationPolicy: propagation,
      preconditions,
      ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    };
    await this.#client.json({ method: 'DELETE', path: pathOf(resource, name), body }, signal);
  }

  /** A container's log, or its last lines, as bytes: their content is none of this room's business. */
  async podLog(
    { namespace, name }: { namespace: string; name: string },
    options: LogOptions,
    signal?: AbortSignal,
  ): Promise<Uint8Array> {
    const path = pathOf(pods, { namespace, name, subresource: 'log' });
    return this.#client.bytes({ method: 'GET', path, query: { ...options } }, options.limitBytes, signal);
  }

  async #apply<T>(
    path: string,
    body: KubeObject,
    { force = false, ...options }: ApplyOptions,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const query = { ...queryOf(options), force };
    return this.#client.json({ method: 'PATCH', path, query, body, contentType: types.apply }, signal);
  }
}

const pods: Resource = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };

function placeOf({ metadata: { namespace, name } }: KubeObject): ObjectName {
  return { namespace, name };
}

function queryOf({ fieldManager, dryRun }: WriteOptions): Query {
  return { fieldManager, dryRun: dryRun ? 'All' : undefined };
}
