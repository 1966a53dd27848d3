// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ApiError } from '../../../src/kube/api-error.ts';
import { FakeClock, settle } from './fake-clock.ts';
import {
  answer,
  kubeconfigFor,
  startScriptedServer,
  type Respond,
  type ScriptedServer,
} from './scripted-server.ts';

let server: ScriptedServer | undefined;
afterEach(async () => {
  await server?.close();
});
async function serve(respond: Respond): Promise<ScriptedServer> {
  server = await startScriptedServer(respond);
  return server;
}
const get = { method: 'GET', path: '/api/v1/things' } as const;
/** Until a request has arrived. */
async function arrival(seen: unknown[]): Promise<void> {
  while (seen.length === 0) await settle();
}

describe('a request', () => {
  it('carries who we are, what we take and what we send', async () => {
    const { client, seen } = await serve((_seen, response) => answer(response, 200, { a: 1 }));
    const body = { name: 'käse' };
    const query = { limit: 5, watch: true, none: undefined, text: 'a b&c' };
    expect(await client().json({ method: 'POST', path: '/x/a%2Fb', query, body })).toEqual({ a: 1 });
    expect(seen[0]).toMatchObject({
      method: 'POST',
      path: '/x/a%2Fb',
      query: { limit: '5', watch: 'true', text: 'a b&c' },
      body: JSON.stringify(body),
      headers: {
        authorization: 'Bearer first',
        'user-agent': 'milvus-backup-operator/1.2.3',
        'content-type': 'application/json',
        accept: 'application/json, */*',
      },
    });
  });

  it('shares its connection with those before it', async () => {
    const { client, connections } = await serve((_seen, response) => answer(response, 200, {}));
    const one = client();
    for (let call = 0; call < 50; call++) await one.json(get);
    // The pool opens a second one when a call comes before the last answer is quite over.
    expect(connections()).toBeLessThanOrEqual(2);
  });

  it('is counted by its answer', async () => {
    const { client, url, kubeconfig } = await serve(({ path }, response) => {
      if (path === '/cut') response.destroy();
      else answer(response, Number(path.slice(1)), {});
    });
    const counted: string[] = [];
    const one = client({ observe: ({ method, code, host }) => counted.push(`${method} ${code} ${host}`) });
    for (const path of ['/200', '/404', '/cut'])
      await one.json({ method: 'GET', path }).catch(() => undefined);
    const host = new URL(url).host;
    expect(counted).toEqual([`GET 200 ${host}`, `GET 404 ${host}`, `GET <error> ${host}`]);
    expect(kubeconfig).toContain('kubeconfig');
  });

  it('knows the namespace of its context', async () => {
    const { client } = await serve((_seen, response) => answer(response, 200, {}));
    expect(await client().namespace()).toBe('home');
  });
});

describe('an answer that is none', () => {
  it('is an error with status, reason and message, and never a header or the token', async () => {
    const body = { kind: 'Status', reason: 'Conflict', message: 'object was modified' };
    const headers = { 'x-secret': 'header-value', 'retry-after': '3' };
    const { client } = await serve((_seen, response) => answer(response, 409, body, headers));
    const error = await client()
      .json(get)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 409, reason: 'Conflict', retryAfter: 3 });
    expect((error as ApiError).message).toBe('GET /api/v1/things: 409 Conflict: object was modified');
    const whole = JSON.stringify(error, Object.getOwnPropertyNames(error));
    expect(whole).not.toContain('header-value');
    expect(whole).not.toContain('first');
  });

  it.each<[string, Respond]>([
    ['before its head', (_seen, response) => response.destroy()],
    [
      'within its body',
      (_seen, response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{"a":', () => response.destroy());
      },
    ],
    ['by something that is no JSON', (_seen, response) => answer(response, 200, 'not json')],
  ])('for a connection that ends %s has status 0', async (_name, respond) => {
    const { client } = await serve(respond);
    await expect(client().json(get)).rejects.toMatchObject({ status: 0, reason: 'Unreachable' });
  });

  it('for a port where nobody listens says so', async () => {
    const { client, close } = await serve((_seen, response) => answer(response, 200, {}));
    const one = client();
    await close();
    server = undefined;
    await expect(one.json(get)).rejects.toMatchObject({ status: 0, reason: 'Unreachable' });
    await one.close();
  });

  it.each<[string, Respond]>([
    ['its head', () => undefined],
    ['the rest of its body', (_seen, response) => void response.writeHead(200).write('{')],
  ])('that makes wait for %s is a timeout', async (_name, respond) => {
    const { client, seen } = await serve(respond);
    const clock = new FakeClock();
    const result = client({ clock })
      .json(get)
      .catch((thrown: unknown) => thrown);
    await arrival(seen);
    await clock.advance(29_999);
    await clock.advance(1);
    expect(await result).toMatchObject({ status: 0, reason: 'Timeout' });
  });

  it('is the reason of an abort, as it was given', async () => {
    const { client, seen } = await serve(() => undefined);
    const stop = new AbortController();
    const reason = new Error('stopping');
    const result = client()
      .json(get, stop.signal)
      .catch((thrown: unknown) => thrown);
    await arrival(seen);
    stop.abort(reason);
    expect(await result).toBe(reason);
    await expect(client().json(get, stop.signal)).rejects.toBe(reason);
    expect(seen).toHaveLength(1);
  });
});

describe('a server that takes the connection and says nothing', () => {
  it('does not make an abort wait, which the library would do until its connection is made', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => void sockets.push(socket)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { client, kubeconfig } = await serve(() => undefined);
    const url = `https://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    writeFileSync(kubeconfig, JSON.stringify(kubeconfigFor(url, { token: 'first' })));
    const stop = new AbortController();
    const result = client()
      .json(get, stop.signal)
      .catch((thrown: unknown) => thrown);
    await arrival(sockets);
    const start = performance.now();
    stop.abort('enough');
    expect(await result).toBe('enough');
    expect(performance.now() - start).toBeLessThan(2000);
    silent.close();
    for (const socket of sockets) socket.destroy();
  });
});

describe('a refused token', () => {
  it('is read anew, once', async () => {
    const { client, seen, kubeconfig, url } = await serve(({ headers }, response) =>
      answer(response, headers.authorization === 'Bearer second' ? 200 : 401, {}),
    );
    const one = client();
    await expect(one.json(get)).rejects.toMatchObject({ status: 401, reason: 'Unauthorized' });
    expect(seen).toHaveLength(2);
    writeFileSync(kubeconfig, JSON.stringify(kubeconfigFor(url, { token: 'second' })));
    await one.json(get);
    expect(seen.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer first',
      'Bearer first',
      'Bearer first',
      'Bearer second',
    ]);
  });

  it('sends what it had to send again', async () => {
    let refusals = 1;
    const { client, seen } = await serve((_seen, response) =>
      answer(response, refusals-- > 0 ? 401 : 200, {}),
    );
    await client().json({ method: 'POST', path: '/x', body: { a: 1 } });
    expect(seen.map(({ body }) => body)).toEqual(['{"a":1}', '{"a":1}']);
  });
});

describe('bytes', () => {
  it('are given as they are, up to a limit', async () => {
    const bytes = Buffer.from([0xff, 0, 10, 0xfe, 65, 66]);
    const { client } = await serve((_seen, response) => void response.end(bytes));
    expect(Buffer.from(await client().bytes(get, 100))).toEqual(bytes);
    expect(Buffer.from(await client().bytes(get, 4))).toEqual(bytes.subarray(0, 4));
  });

  it('beyond the limit are not even waited for', async () => {
    const { client } = await serve((_seen, response) => void response.writeHead(200).write('x'.repeat(1000)));
    expect(await client().bytes(get, 500)).toHaveLength(500);
  });
});

describe('a stream', () => {
  it('has no time limit once it has begun', async () => {
    const clock = new FakeClock();
    const parts = Promise.withResolvers<(text: string) => void>();
    const { client } = await serve((_seen, response) => {
      response.writeHead(200).write('one');
      parts.resolve((text) => void response.end(text));
    });
    const body = await client({ clock }).open(get, new AbortController().signal);
    await clock.advance(3_600_000);
    (await parts.promise)('two');
    let text = '';
    for await (const chunk of body) text += String(chunk);
    expect(text).toBe('onetwo');
    await settle();
    expect(clock.sleeping).toBe(0);
  });

  it('must begin in time', async () => {
    const { client, seen } = await serve(() => undefined);
    const clock = new FakeClock();
    const result = client({ clock })
      .open({ ...get, timeoutMs: 5000 }, new AbortController().signal)
      .catch((thrown: unknown) => thrown);
    await arrival(seen);
    await clock.advance(5000);
    expect(await result).toMatchObject({ status: 0, reason: 'Timeout' });
    expect(clock.sleeping).toBe(0);
  });

  it('ends with its signal', async () => {
    const { client } = await serve((_seen, response) => void response.writeHead(200).write('one'));
    const stop = new AbortController();
    const body = await client().open(get, stop.signal);
    const reading = (async () => {
      for await (const _ of body) stop.abort(new Error('enough'));
    })();
    await expect(reading).rejects.toThrow('enough');
  });

  it('that is refused is an error', async () => {
    const { client } = await serve((_seen, response) =>
      answer(response, 410, { kind: 'Status', reason: 'Expired' }),
    );
    const opening = client().open(get, new AbortController().signal);
    await expect(opening).rejects.toMatchObject({ status: 410, reason: 'Expired' });
  });
});
