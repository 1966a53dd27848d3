// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Reflector, type ReflectorOptions } from '../../../src/kube/reflector.ts';
import { Store } from '../../../src/kube/store.ts';
import { FakeClock, settle } from './fake-clock.ts';
import { widget, widgets, type Widget } from './objects.ts';
import { answer } from './scripted-server.ts';
import { keepingLog, type Line } from './stub-log.ts';
import { listOf, startWatchServer, timing, until, type WatchServer } from './watch-server.ts';

let server: WatchServer;
let clock: FakeClock;
let store: Store<Widget>;
let told: string[];
let restarts: string[];
let lines: Line[];
let stop: AbortController;
let ended: Promise<void>;

beforeEach(async () => {
  server = await startWatchServer();
  clock = new FakeClock();
  store = new Store<Widget>({ freeze: true });
  told = [];
  restarts = [];
  stop = new AbortController();
  ended = Promise.resolve();
  store.subscribe(({ type, object, initial }) =>
    told.push(`${initial ? 'initially ' : ''}${type} ${object.metadata.name}`),
  );
});
afterEach(async () => {
  stop.abort();
  await ended;
  await server.close();
});

function start(options: Partial<ReflectorOptions<Widget>> = {}): Reflector<Widget> {
  const log = keepingLog();
  lines = log.lines;
  const reflector = new Reflector<Widget>({
    rest: server.rest,
    resource: widgets,
    store,
    clock,
    log,
    timing,
    random: () => 0,
    observer: { restarted: (_resource, why) => restarts.push(why) },
    ...options,
  });
  ended = reflector.run(stop.signal);
  return reflector;
}
/** Lets the backoff pass, which waits on the fake clock for the next call. */
async function untilWithTime(condition: () => boolean): Promise<void> {
  while (!condition()) await clock.advance(100);
}

describe('the first list', () => {
  it('comes in pages, and is there when all of them are', async () => {
    const pages: Record<string, object> = {
      '': listOf([widget('x/a'), widget('x/b')], '10', 'p2'),
      p2: listOf([widget('x/c')], '10', 'p3'),
      p3: listOf([widget('x/d')], '10'),
    };
    server.onList(({ query }, response) => answer(response, 200, pages[query['continue'] ?? '']));
    const reflector = start({ namespace: 'x', labelSelector: 'a=b', timing: { ...timing, pageSize: 2 } });
    expect(reflector.isSynced).toBe(false);
    await reflector.whenSynced();
    expect(told).toEqual(['a', 'b', 'c', 'd'].map((name) => `initially added ${name}`));
    expect(server.lists.map(({ query }) => query)).toEqual([
      { labelSelector: 'a=b', limit: '2' },
      { labelSelector: 'a=b', limit: '2', continue: 'p2' },
      { labelSelector: 'a=b', limit: '2', continue: 'p3' },
    ]);
    expect(server.lists[0]?.path).toBe('/apis/test.example/v1/namespaces/x/widgets');
    expect((await server.watch(1)).query).toMatchObject({ labelSelector: 'a=b', resourceVersion: '10' });
  });

  it('is asked for in one piece when its pages outlive the history', async () => {
    server.onList(({ query }, response) => {
      if (query['continue']) answer(response, 410, { kind: 'Status', reason: 'Expired' });
      else if (query['limit'] === '0') answer(response, 200, listOf([widget('x/a'), widget('x/b')], '20'));
      else answer(response, 200, listOf([widget('x/a')], '10', 'p2'));
    });
    await start().whenSynced();
    expect(store.size).toBe(2);
    expect((await server.watch(1)).query['resourceVersion']).toBe('20');
  });

  it('that fails is not taken for an empty one, and is asked for again', async () => {
    server.onList((_seen, response) => answer(response, 500, ''));
    const reflector = start();
    await until(() => server.lists.length === 1);
    await untilWithTime(() => server.lists.length === 3);
    expect(reflector.isSynced).toBe(false);
    server.onList((_seen, response) => answer(response, 200, listOf([widget('x/a')], '10')));
    await untilWithTime(() => reflector.isSynced);
    expect(told).toEqual(['initially added a']);
    expect(lines.filter(({ level }) => level === 'warn').length).toBeGreaterThanOrEqual(3);
  });

  it('of a process that stops meanwhile changes nothing and opens no watch', async () => {
    server.onList((_seen, response) => {
      stop.abort();
      setImmediate(() => answer(response, 200, listOf([widget('x/a')], '10')));
    });
    const reflector = start();
    await ended;
    await settle();
    expect([store.size, reflector.isSynced, server.watches()]).toEqual([0, false, 0]);
  });

  it('drops what nobody reads, or what it is told to', async () => {
    const heavy = widget('x/a', { managedFields: [{ manager: 'x' }], annotations: { big: 'y' } });
    server.onList((_seen, response) => answer(response, 200, listOf([heavy], '10')));
    await start().whenSynced();
    expect(store.list()[0]?.metadata).not.toHaveProperty('managedFields');
    (await server.watch(1)).send('MODIFIED', {
      ...heavy,
      metadata: { ...heavy.metadata, resourceVersion: '11' },
    });
    await until(() => told.length === 2);
    expect(store.list()[0]?.metadata).not.toHaveProperty('managedFields');
    expect(store.list()[0]?.metadata.annotations).toEqual({ big: 'y' });
  });
});

describe('a watch', () => {
  it('asks for bookmarks and for its own end in five to ten minutes', async () => {
    start({ random: () => 0.5 });
    expect((await server.watch(1)).query).toEqual({
      watch: 'true',
      resourceVersion: '10',
      allowWatchBookmarks: 'true',
      timeoutSeconds: '450',
    });
  });

  it('puts into the store what it tells, in the shape of the list', async () => {
    start();
    const { send } = await server.watch(1);
    const listed = store.list()[0];
    send('ADDED', widget('x/b', { resourceVersion: '11' }));
    send('MODIFIED', widget('x/a', { resourceVersion: '12' }));
    send('DELETED', widget('x/b', { resourceVersion: '13' }));
    await until(() => told.length === 4);
    expect(told).toEqual(['initially added a', 'added b', 'updated a', 'deleted b']);
    const watched = store.list()[0];
    expect({ ...watched, metadata: undefined }).toEqual({ ...listed, metadata: undefined });
  });

  it('goes on from the last bookmark, however quiet it was', async () => {
    const reflector = start();
    const { send, end } = await server.watch(1);
    send('BOOKMARK', { metadata: { resourceVersion: '500' } });
    await until(() => reflector.resourceVersion === '500');
    expect(told).toEqual(['initially added a']);
    await clock.advance(50_000);
    end();
    expect((await server.watch(2)).query['resourceVersion']).toBe('500');
    expect([restarts, server.lists.length]).toEqual([['ended'], 1]);
  });

  it('goes on from the last event when the connection breaks', async () => {
    const reflector = start();
    const { send, cut } = await server.watch(1);
    send('MODIFIED', widget('x/a', { resourceVersion: '12' }));
    await until(() => reflector.resourceVersion === '12');
    cut();
    await untilWithTime(() => server.watches() === 2);
    expect((await server.watch(2)).query['resourceVersion']).toBe('12');
    expect([restarts, server.lists.length]).toEqual([['failed'], 1]);
  });

  it('that has died in silence is noticed and opened again', async () => {
    start();
    const { send } = await server.watch(1);
    await clock.advance(60_000);
    send('BOOKMARK', { metadata: { resourceVersion: '11' } });
    await settle();
    await clock.advance(60_000);
    expect(server.watches()).toBe(1);
    await clock.advance(30_000);
    await untilWithTime(() => server.watches() === 2);
    expect((await server.watch(2)).query['resourceVersion']).toBe('11');
    expect([restarts, server.lists.length]).toEqual([['silent'], 1]);
  });

  it.each<[string, () => Promise<void>]>([
    [
      'at its beginning',
      async () => {
        server.refuse(410);
      },
    ],
    [
      'in the middle of it',
      async () => (await server.watch(1)).send('ERROR', { kind: 'Status', code: 410, reason: 'Expired' }),
    ],
  ])('that is told %s that its past is gone lists again, and tells deletions', async (_name, make) => {
    if (_name.startsWith('at')) await make();
    const reflector = start();
    await reflector.whenSynced();
    server.onList((_seen, response) => answer(response, 200, listOf([widget('x/b')], '90')));
    if (!_name.startsWith('at')) await make();
    const again = await server.watch(2);
    expect(again.query['resourceVersion']).toBe('90');
    expect(told).toEqual(['initially added a', 'deleted a', 'added b']);
    expect(restarts).toEqual(['gone']);
  });

  it('that is refused for being too busy waits as long as it is told', async () => {
    server.refuse(429, { 'retry-after': '7' });
    start();
    await server.watch(1);
    await until(() => restarts.length === 1);
    await clock.advance(6999);
    expect(server.watches()).toBe(1);
    await clock.advance(1);
    expect((await server.watch(2)).query['resourceVersion']).toBe('10');
    expect(restarts).toEqual(['throttled']);
  });

  it('that is refused three times is listed again', async () => {
    for (let time = 0; time < 3; time++) server.refuse(500);
    start();
    await untilWithTime(() => server.watches() === 4);
    expect([server.lists.length, restarts]).toEqual([2, ['failed', 'failed', 'failed']]);
  });

  it('survives a handler that throws', async () => {
    store.subscribe(() => {
      throw new Error('bad handler');
    });
    start();
    const { send } = await server.watch(1);
    send('ADDED', widget('x/b', { resourceVersion: '11' }));
    send('ADDED', widget('x/c', { resourceVersion: '12' }));
    await until(() => told.length === 3);
    expect(server.watches()).toBe(1);
  });

  it('ends at once when the process stops', async () => {
    const reflector = start();
    await server.watch(1);
    await until(() => reflector.isSynced);
    stop.abort(new Error('stopping'));
    await ended;
    expect([restarts, clock.sleeping]).toEqual([[], 0]);
  });

  it('ends at once when the process stops while it waits to try again', async () => {
    server.refuse(500);
    start();
    await until(() => restarts.length === 1);
    await until(() => clock.sleeping === 1);
    stop.abort();
    await ended;
    expect(clock.sleeping).toBe(0);
  });
});
