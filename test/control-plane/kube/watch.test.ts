// SPDX-License-Identifier: Apache-2.0
// Caches against a real API server, over networks that fail.
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { systemClock, type Clock } from '../../../src/base/clock.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import { Rest } from '../../../src/kube/rest.ts';
import { waitFor } from '../../lab/wait.ts';
import { clientFor, configMap, configMaps, fieldManager, makeNamespace } from './support/bench.ts';
import { startHttpProxy, type HttpProxy } from './support/http-proxy.ts';
import { startTcpProxy, type TcpProxy } from './support/tcp-proxy.ts';
import { startWatching, type Watching } from './support/watching.ts';

const plane = inject('controlPlane');
let direct: KubeClient;
let rest: Rest;
let namespace: string;
const cleanups: (() => Promise<void>)[] = [];

beforeEach(async () => {
  direct = clientFor(plane);
  cleanups.push(() => direct.close());
  rest = new Rest(direct);
  namespace = await makeNamespace(rest);
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

function watch(client: KubeClient, options: Parameters<typeof startWatching>[1] = {}): Watching {
  const watching = startWatching(client, { namespaces: [namespace], ...options });
  cleanups.push(watching.stop);
  return watching;
}
async function throughTcp(): Promise<{ proxy: TcpProxy; client: KubeClient }> {
  const proxy = await startTcpProxy(plane.url);
  const client = clientFor(plane, { server: proxy.url });
  cleanups.push(proxy.close, () => client.close());
  return { proxy, client };
}
async function throughHttp(): Promise<{ proxy: HttpProxy; client: KubeClient }> {
  const proxy = await startHttpProxy(plane);
  const client = clientFor(plane, { server: proxy.url });
  cleanups.push(proxy.close, () => client.close());
  return { proxy, client };
}
const put = (name: string, data: string): Promise<unknown> =>
  rest.apply(configMaps, configMap(namespace, name, { data }), { fieldManager, force: true });
const remove = (name: string): Promise<void> =>
  rest.delete(configMaps, { namespace, name }, { propagation: 'Background' });

describe('a cache', () => {
  it('has what was there, page by page, and follows what comes', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await put(name, '1');
    const { proxy, client } = await throughHttp();
    const watching = watch(client, { timing: { pageSize: 2 } });
    await watching.cache.whenSynced();
    expect(watching.told.toSorted()).toEqual(['a', 'b', 'c', 'd', 'e'].map((name) => `added ${name}=1`));
    expect(proxy.requests.filter(({ query }) => query.get('limit') === '2').length).toBeGreaterThanOrEqual(3);
    await put('a', '2');
    await remove('b');
    await put('f', '1');
    await watching.until('added f=1');
    expect(watching.told.slice(5)).toEqual(['updated a=2', 'deleted b=1', 'added f=1']);
    expect(watching.cache.store.list(namespace).every(({ metadata }) => !metadata.managedFields)).toBe(true);
    expect([watching.lists(), watching.restarts]).toEqual([1, []]);
  });

  it('holds the same object whether it came by list or by watch', async () => {
    await put('listed', '1');
    const first = watch(direct);
    await first.cache.whenSynced();
    await put('watched', '1');
    await first.until('added watched=1');
    const second = watch(direct);
    await second.cache.whenSynced();
    for (const name of ['listed', 'watched']) {
      const one = first.cache.store.get({ namespace, name });
      expect(one).toEqual(second.cache.store.get({ namespace, name }));
      expect(typeof one?.metadata.creationTimestamp).toBe('string');
    }
  });

  it('of a quiet selector is kept fresh by bookmarks, and goes on from there', async () => {
    const { proxy, client } = await throughHttp();
    // The server sends a bookmark two seconds before it ends a watch.
    const watching = watch(client, { labelSelector: 'never=this', timing: { watchSeconds: [4, 4] } });
    await watching.cache.whenSynced();
    const watches = (): string[] =>
      proxy.requests
        .filter(({ query }) => query.get('watch') === 'true')
        .map(({ query }) => query.get('resourceVersion') ?? '');
    for (let other = 0; other < 5; other++) await put(`other-${other}`, '1');
    await waitFor('two more watches', 30_000, () => watches().length >= 3 || undefined);
    const [first = '', , third = ''] = watches();
    expect(Number(third)).toBeGreaterThan(Number(first));
    expect([watching.lists(), watching.told, new Set(watching.restarts)]).toEqual([
      1,
      [],
      new Set(['ended']),
    ]);
    expect(proxy.requests.every(({ query }) => !query.has('watch') || query.get('allowWatchBookmarks'))).toBe(
      true,
    );
  });
});

describe('a network', () => {
  it('that resets connections costs a pause, not the cache (client-node#2385)', async () => {
    const { proxy, client } = await throughTcp();
    const watching = watch(client);
    await watching.cache.whenSynced();
    proxy.cut();
    await put('a', '1');
    await waitFor('two failures', 30_000, () => watching.restarts.length >= 2 || undefined);
    proxy.recover();
    await watching.until('added a=1');
    expect(watching.restarts).not.toContain('gone');
    expect(watching.lists()).toBe(1);
  });

  it('[FM-10] that goes silent is noticed, and what happened meanwhile is told', async () => {
    await put('old', '1');
    const { proxy, client } = await throughTcp();
    const watching = watch(client, { timing: { silenceMs: [3000, 3000] } });
    await watching.cache.whenSynced();
    proxy.silence();
    await put('new', '1');
    await remove('old');
    // New connections work again; the old one is never closed and never says another word.
    proxy.recover();
    await watching.until('deleted old=1');
    expect(watching.told).toEqual(['added old=1', 'added new=1', 'deleted old=1']);
    expect(watching.restarts[0]).toBe('silent');
    expect(watching.lists()).toBe(1);
  });

  it('that is silent from the start fills the cache as soon as it speaks', async () => {
    await put('a', '1');
    const { proxy, client } = await throughTcp();
    proxy.silence();
    const hasty = clientFor(plane, { server: proxy.url, timeoutMs: 1000 });
    cleanups.push(() => hasty.close());
    const watching = watch(hasty);
    await waitFor('two failures', 30_000, () => watching.restarts.length >= 2 || undefined);
    expect([watching.cache.isSynced, watching.told]).toEqual([false, []]);
    proxy.recover();
    await watching.until('added a=1');
    expect(client).toBeDefined();
  });

  it('does not make a stopped cache wait', async () => {
    const { proxy, client } = await throughTcp();
    const watching = watch(client);
    await watching.cache.whenSynced();
    // In the middle of whatever it does: opening its watch, or connecting for it.
    proxy.silence();
    const start = performance.now();
    await watching.stop();
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

describe('a busy server', () => {
  const busy = { status: 429, headers: { 'retry-after': '3' }, body: '' };

  // Invariant: a busy server is asked again when it said so.
  it.each<[string, boolean]>([
    ['list', false],
    ['watch', true],
  ])('[FM-12] is asked for a %s again when it said, not sooner', async (_name, isWatch) => {
    const { proxy, client } = await throughHttp();
    const isMeant = (query: URLSearchParams): boolean => query.has('watch') === isWatch;
    let refusals = 1;
    proxy.intercept(({ query }) => (isMeant(query) && refusals-- > 0 ? busy : undefined));
    await put('a', '1');
    const watching = watch(client);
    await watching.until('added a=1');
    await put('b', '1');
    await watching.until('added b=1');
    const [first, second] = proxy.requests.filter(({ query }) => isMeant(query));
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(2990);
    expect(watching.restarts).toEqual(['throttled']);
  });

  it('[FM-09] that is broken is asked ever more slowly, and never given up', async () => {
    const { proxy, client } = await throughHttp();
    const slept: number[] = [];
    // Time runs ten times as fast, so that the waits are seen without being waited for.
    const clock: Clock = {
      ...systemClock,
      sleep: (ms, signal) => {
        if (ms < 20_000) slept.push(ms);
        return systemClock.sleep(ms / 10, signal);
      },
    };
    proxy.intercept(() => ({ status: 500, body: '' }));
    const watching = watch(client, { clock, random: () => 0 });
    await waitFor('five failures', 30_000, () => watching.restarts.length >= 5 || undefined);
    proxy.intercept(() => undefined);
    await put('a', '1');
    await watching.until('added a=1');
    expect(slept.slice(0, 5)).toEqual([800, 1600, 3200, 6400, 12_800]);
  });
});
