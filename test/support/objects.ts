// SPDX-License-Identifier: Apache-2.0
// Our objects as a person at a terminal handles them: kubectl apply, get, wait, delete, against the lab's real cluster.
import { setTimeout as sleep } from 'node:timers/promises';
import type { MilvusBackup, MilvusRestore } from '../../src/api/index.ts';
import { instanceOf, type Instance } from '../lab/instance.ts';
import { kubectl } from '../lab/kubectl.ts';
import type { Manifest } from './examples.ts';

export type SeenCondition = {
  type: string;
  status: string;
  reason: string;
  message: string;
  lastTransitionTime: string;
};

/** Any object with the parts that waiting looks at. */
export type Seen = {
  metadata: { name: string; uid: string; generation: number; creationTimestamp: string };
  status?: {
    phase?: string;
    observedGeneration?: number;
    conditions?: SeenCondition[];
  };
};

export type Objects = {
  namespace: string;
  /** Client-side, as most people do, with fields that are unknown refused. */
  apply(manifests: readonly Manifest[]): Promise<void>;
  get<T extends object>(what: string): Promise<T>;
  /** Undefined where there is none. */
  find<T extends object>(what: string): Promise<T | undefined>;
  patch(what: string, body: object): Promise<void>;
  kubectl(args: string[], timeoutMs?: number): Promise<string>;
  /** Asks until `isSo`, which may throw to end the waiting; the error says what stood there last. */
  until<T extends Seen>(what: string, isSo: (seen: T) => boolean, timeoutMs?: number): Promise<T>;
};

export function objectsIn(namespace: string, instance: Instance = instanceOf()): Objects {
  const call = (args: string[], input?: string, timeoutMs = 60_000): Promise<string> =>
    kubectl(instance, ['-n', namespace, ...args], {
      timeoutMs,
      ...(input === undefined ? {} : { input }),
    });
  const get = async <T extends object>(what: string): Promise<T> =>
    JSON.parse(await call(['get', what, '-o', 'json'])) as T;
  const find = async <T extends object>(what: string): Promise<T | undefined> => {
    const said = await call(['get', what, '-o', 'json', '--ignore-not-found']);
    return said.trim() === '' ? undefined : (JSON.parse(said) as T);
  };
  return {
    namespace,
    get,
    find,
    async apply(manifests) {
      const list = { apiVersion: 'v1', kind: 'List', items: manifests };
      await call(['apply', '--validate=strict', '-f', '-'], JSON.stringify(list));
    },
    async patch(what, body) {
      await call(['patch', what, '--type=merge', '-p', JSON.stringify(body)]);
    },
    kubectl: (args, timeoutMs) => call(args, undefined, timeoutMs),
    async until(what, isSo, timeoutMs = 120_000) {
      const end = performance.now() + timeoutMs;
      for (;;) {
        const seen = await find<Seen>(what);
        if (seen && isSo(seen as never)) return seen as never;
        if (performance.now() > end)
          throw new Error(`${what} did not come so far: ${JSON.stringify(seen?.status)}`);
        await sleep(500);
      }
    },
  };
}

export async function makeNamespace(name: string, instance: Instance = instanceOf()): Promise<Objects> {
  const objects = objectsIn(name, instance);
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
  await objects.apply([namespace]);
  return objects;
}

export function conditionOf({ status }: Seen, type: string): SeenCondition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

const ended = ['Succeeded', 'PartiallyFailed', 'Failed', 'Canceled', 'DeleteFailed'];

/** Waits for the end of a run; any end but Succeeded throws what the object says of it. */
export async function untilSucceeded<T extends MilvusBackup | MilvusRestore>(
  objects: Objects,
  what: string,
  look: (seen: T) => void = () => undefined,
  timeoutMs = 600_000,
): Promise<T> {
  return objects.until<T & Seen>(
    what,
    (seen) => {
      look(seen);
      const { phase = '' } = seen.status ?? {};
      if (phase !== 'Succeeded' && ended.includes(phase)) {
        const why = conditionOf(seen, 'Succeeded');
        throw new Error(`${what} is ${phase}, ${why?.reason}: ${why?.message}`);
      }
      return phase === 'Succeeded';
    },
    timeoutMs,
  );
}
