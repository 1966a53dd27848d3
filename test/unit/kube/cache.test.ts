// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Cache, type CacheOptions } from '../../../src/kube/cache.ts';
import { FakeClock } from './fake-clock.ts';
import { widget, widgets, type Widget } from './objects.ts';
import { answer } from './scripted-server.ts';
import { keepingLog, type Line } from './stub-log.ts';
import { listOf, startWatchServer, timing, until, type WatchServer } from './watch-server.ts';

let server: WatchServer;
let lines: Line[];
let stop: AbortController;
let ended: Promise<void>;
beforeEach(async () => {
  stop = new AbortController();
  server = await startWatchServer();
});
afterEach(async () => {
  stop.abort();
  await ended;
  await server.close();
});

function start(options: Partial<CacheOptions<Widget>>): Cache<Widget> {
  const log = keepingLog();
  lines = log.lines;
  const common = { rest: server.rest, resource: widgets, clock: new FakeClock(), log, timing };
  const cache = new Cache<Widget>({ ...common, ...options });
  ended = cache.run(stop.signal);
  return cache;
}

describe('a cache', () => {
  it('of some namespaces is filled when each of them is, and keeps them apart', async () => {
    const held = Promise.withResolvers<() => void>();
    server.onList(({ path }, response) => {
      const namespace = path.split('/')[5] ?? '';
      const list = listOf([widget(`${namespace}/a`)], '10');
      if (namespace === 'y') held.resolve(() => answer(response, 200, list));
      else answer(response, 200, list);
    });
    const cache = start({ namespaces: ['x', 'y'] });
    const release = await held.promise;
    await until(() => cache.store.size === 1);
    expect(cache.isSynced).toBe(false);
    release();
    await cache.whenSynced();
    expect(cache.store.list('x')).toHaveLength(1);
    expect(cache.store.list('y')).toHaveLength(1);
  });

  it('of all has one watch, its indexes, and a line in the log for a handler that throws', async () => {
    const cache = start({ indexes: { uid: ({ metadata }) => [metadata.uid ?? ''] }, freeze: true });
    cache.store.subscribe(() => {
      throw new Error('bad handler');
    });
    await cache.whenSynced();
    await server.watch(1);
    expect(server.watches()).toBe(1);
    expect(cache.store.byIndex('uid', 'u-a')).toHaveLength(1);
    expect(Object.isFrozen(cache.store.list()[0])).toBe(true);
    expect(lines).toContainEqual({
      level: 'error',
      message: 'a handler threw',
      fields: { resource: 'widgets', error: 'bad handler' },
    });
  });
});
