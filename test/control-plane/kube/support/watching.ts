// SPDX-License-Identifier: Apache-2.0
// A cache over a real API server, with everything that it told and why it began its watches anew.
import { systemClock } from '../../../../src/base/clock.ts';
import { Cache, type CacheOptions } from '../../../../src/kube/cache.ts';
import type { KubeClient } from '../../../../src/kube/client.ts';
import type { Restart } from '../../../../src/kube/restart.ts';
import { Rest } from '../../../../src/kube/rest.ts';
import { waitFor } from '../../../lab/wait.ts';
import { configMaps, type ConfigMap } from './bench.ts';

export type Watching = {
  cache: Cache<ConfigMap>;
  /** `added a=x`: what, which, and its value. */
  told: string[];
  restarts: Restart[];
  lists: () => number;
  /** Waits until this was told. */
  until: (line: string, timeoutMs?: number) => Promise<void>;
  stop: () => Promise<void>;
};

const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

export function startWatching(client: KubeClient, options: Partial<CacheOptions<ConfigMap>> = {}): Watching {
  const told: string[] = [];
  const restarts: Restart[] = [];
  let lists = 0;
  const cache = new Cache<ConfigMap>({
    rest: new Rest(client),
    resource: configMaps,
    clock: systemClock,
    log: silent,
    freeze: true,
    observer: { listed: () => (lists += 1), restarted: (_resource, why) => restarts.push(why) },
    ...options,
  });
  cache.store.subscribe(({ type, object }) => {
    // The controllers put their own into every namespace.
    if (object.metadata.name !== 'kube-root-ca.crt') {
      told.push(`${type} ${object.metadata.name}=${object.data?.['value']}`);
    }
  });
  const stop = new AbortController();
  const ended = cache.run(stop.signal);
  return {
    cache,
    told,
    restarts,
    lists: () => lists,
    async until(line, timeoutMs = 30_000) {
      const wanted = `"${line}" to be told`;
      await waitFor(
        wanted,
        timeoutMs,
        () => told.includes(line) || undefined,
        () => `told: ${told.join(', ')}; restarts: ${restarts.join(', ')}`,
      );
    },
    async stop() {
      stop.abort();
      await ended;
    },
  };
}
