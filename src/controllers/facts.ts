// SPDX-License-Identifier: Apache-2.0
// The single reads that a decision asks for besides the caches, a few at a time. Of Secrets and ConfigMaps only the names
// of their keys leave this file. What explains (Events, nodes, logs) may fail and is then not known; what decides (keys,
// the namespace) may not.
import { messageOf } from '../base/error.ts';
import { isForbidden, isNotFound } from '../kube/api-error.ts';
import { startDeadline } from '../kube/deadline.ts';
import type { Log } from '../kube/log.ts';
import type { KubeObject } from '../kube/resource.ts';
import type { EventFact, StatusCondition } from '../plan/kubernetes.ts';
import { engineContainer } from '../plan/jobs.ts';
import type { Facts, Wanted } from '../plan/observed.ts';
import { configMaps, coreEvents, namespaces, nodes, secrets } from './resources.ts';
import type { World } from './world.ts';

export type Asking = { namespace: string; log: Log; signal: AbortSignal };

/** A kubelet that does not answer must not hold up its node's runs, nor the others'. */
const logMs = 5000;
const mostEvents = 20;

export const noFacts: Facts = { keys: new Map(), events: new Map(), nodes: new Map(), logs: new Map() };

export async function gatherFacts(world: World, wanted: Wanted, asking: Asking): Promise<Facts> {
  const each = <W, V>(all: readonly W[], read: (one: W) => Promise<V>): Promise<V[]> =>
    Promise.all(all.map((one) => world.reads(() => read(one))));
  const ask = new Questions(world, asking);
  const [keys, events, nodeFacts, logs, terminating] = await Promise.all([
    each(wanted.keys, (one) => ask.keys(one)),
    each(wanted.events, (one) => ask.events(one)),
    each(wanted.nodes, (one) => ask.node(one)),
    each(wanted.logs, (one) => ask.log(one)),
    each(wanted.namespace ? [asking.namespace] : [], (one) => ask.isTerminating(one)),
  ]);
  return {
    keys: new Map(keys),
    events: new Map(known(events)),
    nodes: new Map(known(nodeFacts)),
    logs: new Map(logs),
    ...(terminating[0] === undefined ? {} : { isNamespaceTerminating: terminating[0] }),
  };
}

type CoreEvent = KubeObject & { reason?: string; message?: string; type?: string; count?: number };
type Node = KubeObject & { status?: { conditions?: StatusCondition[] } };
type Keyed = KubeObject & { data?: Record<string, unknown>; binaryData?: Record<string, unknown> };

class Questions {
  readonly #world: World;
  readonly #asking: Asking;

  constructor(world: World, asking: Asking) {
    this.#world = world;
    this.#asking = asking;
  }

  async keys({ kind, name }: Wanted['keys'][number]): Promise<[string, string[] | 'missing' | 'forbidden']> {
    const { namespace, signal } = this.#asking;
    const resource = kind === 'Secret' ? secrets : configMaps;
    try {
      const object = await orMissing(this.#world.rest.get<Keyed>(resource, { namespace, name }, signal));
      const found = object && [...Object.keys(object.data ?? {}), ...Object.keys(object.binaryData ?? {})];
      return [`${kind}/${name}`, found ?? 'missing'];
    } catch (error) {
      if (isForbidden(error)) return [`${kind}/${name}`, 'forbidden'];
      throw error;
    }
  }

  async events({ uid }: Wanted['events'][number]): Promise<[string, EventFact[]] | undefined> {
    const { namespace, signal } = this.#asking;
    const about = { namespace, fieldSelector: `involvedObject.uid=${uid}`, limit: mostEvents };
    return this.#explaining('events', async () => {
      const { items } = await this.#world.rest.list<CoreEvent>(coreEvents, about, signal);
      return [uid, items.map(factOf)];
    });
  }

  async node(name: string): Promise<[string, 'Gone' | 'Ready' | 'NotReady'] | undefined> {
    return this.#explaining('node', async () => {
      const node = await orMissing(this.#world.rest.get<Node>(nodes, { name }, this.#asking.signal));
      if (!node) return [name, 'Gone'];
      const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
      return [name, ready?.status === 'True' ? 'Ready' : 'NotReady'];
    });
  }

  async log({ pod, lines, bytes }: Wanted['logs'][number]): Promise<[string, string | undefined]> {
    const { namespace, signal } = this.#asking;
    const limit = startDeadline(this.#world.clock, logMs, signal);
    const options = { container: engineContainer, tailLines: lines, limitBytes: bytes };
    const text = await this.#explaining('log', async () =>
      Buffer.from(await this.#world.rest.podLog({ namespace, name: pod }, options, limit.signal)).toString(),
    ).finally(limit.end);
    return [pod, text];
  }

  async isTerminating(name: string): Promise<boolean> {
    const object = await orMissing(this.#world.rest.get(namespaces, { name }, this.#asking.signal));
    return object?.metadata.deletionTimestamp !== undefined || object === undefined;
  }

  /** What cannot be read is not known; unless it is us who are to stop. */
  async #explaining<V>(what: string, read: () => Promise<V>): Promise<V | undefined> {
    try {
      return await read();
    } catch (error) {
      this.#asking.signal.throwIfAborted();
      this.#asking.log.debug({ what, error: messageOf(error) }, 'not read');
      return undefined;
    }
  }
}

function factOf({ reason = '', message = '', type = 'Normal', count }: CoreEvent): EventFact {
  return { reason, message, type, ...(count === undefined ? {} : { count }) };
}

async function orMissing<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

function known<V>(all: readonly (V | undefined)[]): V[] {
  return all.filter((one) => one !== undefined);
}
