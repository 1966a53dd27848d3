// SPDX-License-Identifier: Apache-2.0
// The fault proxy itself: honest when it should be, and each fault really does what later tests rely on.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buffer } from 'node:stream/consumers';
import type { ObjectStore } from '../../src/store/contract.ts';
import { startStoreProxy, type StoreProxy } from '../lab/store-proxy.ts';
import { generated } from './store.ts';
import { startMinio, type Minio } from './store-minio.ts';

const mib = 1024 ** 2;

let minio: Minio;
let proxy: StoreProxy;
/** Through the proxy, and past it. */
let seen: ObjectStore;
let real: ObjectStore;

beforeAll(async () => {
  minio = await startMinio();
  await minio.createBucket('proxied');
  real = minio.open('proxied');
});

afterAll(async () => {
  real.close();
  await minio.close();
});

beforeEach(async () => {
  await real.remove(['a', 'b', 'c', 'd']);
  proxy = await startStoreProxy({ upstream: minio.endpoint, credentials: minio.credentials });
  seen = minio.open('proxied', { endpoint: proxy.endpoint });
});

afterEach(async () => {
  seen.close();
  await proxy.close();
});

async function standing(key: string): Promise<string | undefined> {
  const found = await real.get(key);
  return found && String(await buffer(found.body));
}

describe('without faults', () => {
  it('passes every verb and counts it', async () => {
    await seen.put('a', Buffer.from('hello'));
    await seen.copy(seen, { key: 'a', size: 5 }, 'b');
    const { stream } = generated(70 * mib);
    await seen.put('c', { stream, size: 70 * mib });
    await seen.head('a');
    (await seen.get('a'))?.body.resume();
    await seen.check();
    expect(await seen.remove(['a'])).toBe(1);
    expect(proxy.counts).toMatchObject({
      put: 1,
      copy: 1,
      create: 1,
      part: 5,
      complete: 1,
      head: 1,
      get: 1,
      list: 1,
      delete: 1,
    });
    expect(Object.fromEntries(proxy.byKey)).toEqual({ 'proxied/a': 1, 'proxied/b': 1, 'proxied/c': 1 });
    expect(proxy.struck).toEqual([]);
    expect(await standing('b')).toBe('hello');
  });

  it('keeps odd keys and signatures whole', async () => {
    const key = "a b/ü+%?x=1&y'(2)..z";
    await seen.put(key, Buffer.from('odd'));
    expect(await standing(key)).toBe('odd');
    expect(proxy.byKey.get(`proxied/${key}`)).toBe(1);
    await seen.remove([key]);
  });
});

describe('damage', () => {
  it('swallows every second write and answers as if nothing were wrong', async () => {
    proxy.setFault({ kind: 'swallow', every: 2 });
    const answers = [];
    for (const key of ['a', 'b', 'c']) answers.push(await seen.put(key, Buffer.from('same')));
    const { etag } = await seen
      .copy(real, { key: 'a', size: 4 }, 'd')
      .catch(() => seen.copy(seen, { key: 'a', size: 4 }, 'd'));
    expect(new Set([...answers.map((answer) => answer.written && answer.etag), etag]).size).toBe(1);
    expect(await Promise.all(['a', 'b', 'c', 'd'].map(standing))).toEqual([
      'same',
      undefined,
      'same',
      undefined,
    ]);
    expect(proxy.struck.map(({ key }) => key)).toEqual(['proxied/b', 'proxied/d']);
  });

  it('leaves what stood there when it swallows an overwrite', async () => {
    await real.put('a', Buffer.from('before'));
    proxy.setFault({ kind: 'swallow' });
    await seen.put('a', Buffer.from('after'));
    expect(await standing('a')).toBe('before');
  });

  it('swallows an upload in parts', async () => {
    proxy.setFault({ kind: 'swallow' });
    const { stream } = generated(70 * mib);
    expect(await seen.put('a', { stream, size: 70 * mib })).toMatchObject({ written: true });
    expect(await real.head('a')).toBeUndefined();
  });

  it('truncates', async () => {
    proxy.setFault({ kind: 'truncate', bytes: 2 });
    await seen.put('a', Buffer.from('hello'));
    expect(await standing('a')).toBe('hel');
  });

  it('flips one bit', async () => {
    proxy.setFault({ kind: 'flip' });
    await seen.put('a', Buffer.from('hello'));
    expect(await standing('a')).toBe('hemlo');
  });

  it('exchanges two writes', async () => {
    proxy.setFault({ kind: 'swap', every: 2, times: 1 });
    await seen.put('a', Buffer.from('aaaa'));
    await Promise.all([
      seen.put('b', Buffer.from('bbbb')),
      // The second write of the pair, whichever of the two arrives first.
      seen.put('c', Buffer.from('cccc')),
    ]);
    expect(await Promise.all(['a', 'b', 'c'].map(standing))).toEqual(['aaaa', 'cccc', 'bbbb']);
  });

  it('gives up the exchange when no second write comes', async () => {
    proxy.setFault({ kind: 'swap', holdMs: 50 });
    await seen.put('a', Buffer.from('aaaa'));
    expect(await standing('a')).toBe('aaaa');
  });

  it('strikes only the keys and verbs it was told', async () => {
    proxy.setFault({ kind: 'swallow', keys: /^b$/, verbs: ['put'] });
    await seen.put('a', Buffer.from('1'));
    await seen.put('b', Buffer.from('1'));
    await seen.copy(seen, { key: 'a', size: 1 }, 'b');
    expect(await standing('b')).toBe('1');
    expect(proxy.struck).toEqual([{ kind: 'swallow', verb: 'put', key: 'proxied/b' }]);
  });

  it('stops when it is told to', async () => {
    proxy.setFault({ kind: 'swallow' });
    await seen.put('a', Buffer.from('1'));
    proxy.setFault();
    await seen.put('b', Buffer.from('1'));
    expect([await standing('a'), await standing('b')]).toEqual([undefined, '1']);
  });
});

describe('refusals', () => {
  it('slows down in bursts', async () => {
    proxy.setFault({ kind: 'slowDown', every: 4, burst: 2 });
    const codes = [];
    for (let round = 0; round < 8; round++) {
      const answer = await fetch(`http://${proxy.endpoint}/proxied/absent`);
      codes.push(answer.status);
      await answer.text();
    }
    expect(codes).toEqual([403, 403, 503, 503, 403, 403, 503, 503]);
  });

  it('denies writes and lets reads through', async () => {
    await real.put('a', Buffer.from('1'));
    proxy.setFault({ kind: 'denyWrites' });
    await expect(seen.put('b', Buffer.from('1'))).rejects.toMatchObject({ reason: 'TargetReadOnly' });
    await expect(seen.remove(['a'])).rejects.toMatchObject({ reason: 'TargetReadOnly' });
    expect(await seen.head('a')).toMatchObject({ size: 1 });
  });

  it('waits', async () => {
    proxy.setFault({ kind: 'delay', ms: 120 });
    const start = performance.now();
    await seen.head('a');
    expect(performance.now() - start).toBeGreaterThan(110);
  });

  it('cuts an answer in the middle', async () => {
    await real.put('a', Buffer.alloc(100_000));
    proxy.setFault({ kind: 'reset', afterBytes: 10, times: 1 });
    const answer = fetch(`http://${proxy.endpoint}/proxied/a`).then((found) => found.arrayBuffer());
    await expect(answer).rejects.toThrow();
  });

  it('lets the store write and loses the answer', async () => {
    proxy.setFault({ kind: 'loseAnswer', times: 1 });
    await expect(fetch(`http://${proxy.endpoint}/proxied/a`, { method: 'PUT', body: 'x' })).rejects.toThrow();
    proxy.setFault({ kind: 'loseAnswer', times: 1 });
    await seen.put('a', Buffer.from('1'));
    expect(proxy.byKey.get('proxied/a')).toBe(2);
  });
});
