// SPDX-License-Identifier: Apache-2.0
import { Agent, ProxyAgent, Socks5ProxyAgent } from 'undici';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Access } from '../../../src/kube/credentials.ts';
import { Connections } from '../../../src/kube/dispatcher.ts';

const access = (more: Partial<Access> = {}): Access => ({
  server: 'https://api:6443',
  namespace: undefined,
  proxy: undefined,
  headers: {},
  tls: { ca: Buffer.from('authority') },
  ...more,
});

describe('connections', () => {
  const connections = new Connections();
  afterEach(() => connections.close());

  it.each<[string, Access]>([
    ['the same access', access()],
    ['the same certificates, read again', access({ tls: { ca: Buffer.from('authority') } })],
    ['another token', access({ headers: { authorization: 'Bearer other' } })],
  ])('are kept for %s', (_name, later) => {
    expect(connections.for(later)).toBe(connections.for(access()));
  });

  it.each<[string, Partial<Access>]>([
    ['another authority', { tls: { ca: Buffer.from('next authority') } }],
    ['another client certificate', { tls: { ca: Buffer.from('authority'), cert: Buffer.from('c') } }],
    ['a proxy', { proxy: 'http://proxy:3128' }],
  ])('are made anew for %s', (_name, more) => {
    const before = connections.for(access());
    const after = connections.for(access(more));
    expect(after).not.toBe(before);
    expect(connections.for(access(more))).toBe(after);
  });

  it('are made anew on demand, while what is under way goes on', async () => {
    const before = connections.for(access());
    connections.renew();
    expect(connections.for(access())).not.toBe(before);
    await vi.waitFor(() => expect(before).toMatchObject({ closed: true }));
  });

  it.each([
    [undefined, Agent],
    ['http://proxy:3128', ProxyAgent],
    ['socks5://proxy:1080', Socks5ProxyAgent],
  ])('through %s', (proxy, kind) => {
    expect(connections.for(access({ proxy }))).toBeInstanceOf(kind);
  });
});
