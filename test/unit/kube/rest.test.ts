// SPDX-License-Identifier: Apache-2.0
import { afterEach, describe, expect, it } from 'vitest';
import { Rest } from '../../../src/kube/rest.ts';
import { widget, widgets, type Widget } from './objects.ts';
import {
  answer,
  startScriptedServer,
  type Respond,
  type ScriptedServer,
  type Seen,
} from './scripted-server.ts';

let server: ScriptedServer | undefined;
afterEach(async () => {
  await server?.close();
});
async function serve(respond: Respond): Promise<{ rest: Rest; seen: Seen[] }> {
  server = await startScriptedServer(respond);
  return { rest: new Rest(server.client()), seen: server.seen };
}

const one = '/apis/test.example/v1/namespaces/x/widgets/a';
const all = '/apis/test.example/v1/namespaces/x/widgets';
const a = { namespace: 'x', name: 'a' };
const fieldManager = 'painter';
const apply = 'application/apply-patch+yaml';
const merge = 'application/merge-patch+json';

describe('verbs on the wire', () => {
  type Row = [
    name: string,
    call: (rest: Rest) => Promise<unknown>,
    wire: { method: string; path: string; query?: Record<string, string>; type?: string; body?: unknown },
  ];
  it.each<Row>([
    ['get', (rest) => rest.get(widgets, a), { method: 'GET', path: one }],
    [
      'create',
      (rest) => rest.create(widgets, widget('x/a'), { fieldManager }),
      { method: 'POST', path: all, query: { fieldManager }, type: 'application/json', body: widget('x/a') },
    ],
    [
      'create as a trial',
      (rest) => rest.create(widgets, widget('x/a'), { fieldManager, dryRun: true }),
      { method: 'POST', path: all, query: { fieldManager, dryRun: 'All' } },
    ],
    [
      'replace',
      (rest) => rest.replace(widgets, widget('x/a'), { fieldManager }),
      { method: 'PUT', path: one, query: { fieldManager }, body: widget('x/a') },
    ],
    [
      'apply, with the resourceVersion that was read',
      (rest) => rest.apply(widgets, widget('x/a', { resourceVersion: '7' }), { fieldManager }),
      {
        method: 'PATCH',
        path: one,
        query: { fieldManager, force: 'false' },
        type: apply,
        body: widget('x/a', { resourceVersion: '7' }),
      },
    ],
    [
      'apply with force',
      (rest) => rest.apply(widgets, widget('x/a'), { fieldManager, force: true }),
      { method: 'PATCH', path: one, query: { fieldManager, force: 'true' }, type: apply },
    ],
    [
      'apply the status',
      (rest) => rest.applyStatus(widgets, widget('x/a'), { fieldManager, force: true }),
      { method: 'PATCH', path: `${one}/status`, query: { fieldManager, force: 'true' }, type: apply },
    ],
    [
      'merge patch',
      (rest) => rest.patch(widgets, a, { fieldManager, body: { metadata: { labels: null } } }),
      {
        method: 'PATCH',
        path: one,
        query: { fieldManager },
        type: merge,
        body: { metadata: { labels: null } },
      },
    ],
    [
      'merge patch of a subresource',
      (rest) => rest.patch(widgets, { ...a, subresource: 'status' }, { fieldManager, body: {} }),
      { method: 'PATCH', path: `${one}/status`, type: merge },
    ],
    [
      'delete',
      (rest) => rest.delete(widgets, a, { propagation: 'Foreground' }),
      {
        method: 'DELETE',
        path: one,
        body: { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Foreground', preconditions: {} },
      },
    ],
    [
      'delete just this one, soon',
      (rest) =>
        rest.delete(widgets, a, {
          propagation: 'Background',
          uid: 'u',
          resourceVersion: '7',
          gracePeriodSeconds: 0,
        }),
      {
        method: 'DELETE',
        path: one,
        body: {
          apiVersion: 'v1',
          kind: 'DeleteOptions',
          propagationPolicy: 'Background',
          preconditions: { uid: 'u', resourceVersion: '7' },
          gracePeriodSeconds: 0,
        },
      },
    ],
    [
      'list',
      (rest) => rest.list(widgets, { namespace: 'x', labelSelector: 'a=b', limit: 5, continue: 'token' }),
      { method: 'GET', path: all, query: { labelSelector: 'a=b', limit: '5', continue: 'token' } },
    ],
    [
      'list everywhere',
      (rest) => rest.list(widgets),
      { method: 'GET', path: '/apis/test.example/v1/widgets' },
    ],
  ])('%s', async (_name, call, { method, path, query, type, body }) => {
    const { rest, seen } = await serve((_seen, response) =>
      answer(response, 200, { metadata: {}, items: [] }),
    );
    await call(rest);
    expect(seen[0]).toMatchObject({ method, path });
    if (query) expect(seen[0]?.query).toEqual(query);
    if (type) expect(seen[0]?.headers['content-type']).toBe(type);
    if (body) expect(JSON.parse(seen[0]?.body ?? '')).toEqual(body);
  });
});

describe('a list', () => {
  it('names what its items are, which the server leaves out', async () => {
    const { rest } = await serve((_seen, response) =>
      answer(response, 200, {
        metadata: { resourceVersion: '9', continue: 'more' },
        items: [{ metadata: { name: 'a' } }, { kind: 'Special', metadata: { name: 'b' } }],
      }),
    );
    expect(await rest.list<Widget>(widgets)).toEqual({
      metadata: { resourceVersion: '9', continue: 'more' },
      items: [
        { apiVersion: 'test.example/v1', kind: 'Widget', metadata: { name: 'a' } },
        { apiVersion: 'test.example/v1', kind: 'Special', metadata: { name: 'b' } },
      ],
    });
  });

  it('without items is empty', async () => {
    const { rest } = await serve((_seen, response) =>
      answer(response, 200, { metadata: { resourceVersion: '9' }, items: null }),
    );
    expect((await rest.list(widgets)).items).toEqual([]);
  });
});

describe('a log', () => {
  it('is asked for by lines and bytes, and cut again here', async () => {
    const { rest, seen } = await serve((_seen, response) => answer(response, 200, 'x'.repeat(5000)));
    const options = { container: 'engine', tailLines: 20, limitBytes: 1000, previous: true };
    expect(await rest.podLog({ namespace: 'x', name: 'p' }, options)).toHaveLength(1000);
    expect(seen[0]).toMatchObject({
      path: '/api/v1/namespaces/x/pods/p/log',
      query: { container: 'engine', tailLines: '20', limitBytes: '1000', previous: 'true' },
    });
  });
});

describe('objects', () => {
  it('come back as the server sent them: no Date, no field dropped', async () => {
    const object = {
      ...widget('x/a', { creationTimestamp: '2026-11-20T12:00:00Z' }),
      spec: { 'x-kubernetes-unknown': { deep: [1, null, 'two'] } },
    };
    const { rest } = await serve((_seen, response) => answer(response, 200, object));
    expect(await rest.get(widgets, a)).toEqual(object);
  });
});
