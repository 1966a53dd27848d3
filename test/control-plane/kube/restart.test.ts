// SPDX-License-Identifier: Apache-2.0
// An API server that goes away and comes back: as it was, without its history, and with another certificate. This file has
// a control plane of its own.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isGone } from '../../../src/kube/api-error.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import { Rest } from '../../../src/kube/rest.ts';
import { readEvents } from '../../../src/kube/watch-stream.ts';
import { makeAuthority, makeCertificate } from '../../lab/certificates.ts';
import { startControlPlaneOnly, type ControlPlane } from '../../lab/control-plane-only.ts';
import { waitFor } from '../../lab/wait.ts';
import { clientFor, configMap, configMaps, fieldManager, makeNamespace } from './support/bench.ts';
import { startTcpProxy } from './support/tcp-proxy.ts';
import { startWatching } from './support/watching.ts';

let plane: ControlPlane;
let client: KubeClient;
let rest: Rest;
let namespace: string;
beforeAll(async () => {
  plane = await startControlPlaneOnly();
  client = clientFor(plane.info);
  rest = new Rest(client);
  namespace = await makeNamespace(rest);
});
afterAll(async () => {
  await client?.close();
  await plane?.stop();
});

const put = (name: string, data: string): Promise<unknown> =>
  rest.apply(configMaps, configMap(namespace, name, { data }), { fieldManager, force: true });
const remove = (name: string): Promise<void> =>
  rest.delete(configMaps, { namespace, name }, { propagation: 'Background' });

async function restart(): Promise<void> {
  await plane.killApiServer();
  await plane.startApiServer();
}

// Invariant: nothing lost, nothing twice.
describe('[FM-09] an API server that was killed and is back on its port', () => {
  it('finds its watchers again, with nothing lost and nothing told twice', async () => {
    await put('before', '1');
    const watching = startWatching(client, { namespaces: [namespace] });
    await watching.cache.whenSynced();
    await plane.killApiServer();
    await waitFor('the cache to notice', 30_000, () => watching.restarts.length > 0 || undefined);
    expect(watching.cache.store.size).toBe(1);
    await plane.startApiServer();
    await put('after', '1');
    await watching.until('added after=1', 60_000);
    await put('before', '2');
    await watching.until('updated before=2');
    expect(watching.told).toEqual(['added before=1', 'added after=1', 'updated before=2']);
    await watching.stop();
  });
});

// Invariant: no deletion is missed, and none is told twice.
describe('[FM-10] a history that is gone', () => {
  it('is listed again: deletions that nobody saw are told with the last that was known', async () => {
    for (const name of ['kept', 'deleted', 'replaced', 'changed']) await put(name, '1');
    const proxy = await startTcpProxy(plane.info.url);
    const through = clientFor(plane.info, { server: proxy.url });
    const watching = startWatching(through, { namespaces: [namespace] });
    await watching.cache.whenSynced();
    watching.told.length = 0;
    proxy.cut();
    await remove('deleted');
    await remove('replaced');
    await put('replaced', '2');
    await put('changed', '2');
    await put('new', '1');
    // The restarted server remembers nothing from before, and its store no more either.
    await restart();
    await plane.compact();
    proxy.recover();
    await watching.until('added new=1', 60_000);
    expect(watching.restarts).toContain('gone');
    expect(watching.told.toSorted()).toEqual([
      'added new=1',
      'added replaced=2',
      'deleted deleted=1',
      'deleted replaced=1',
      'updated changed=2',
    ]);
    await put('new', '2');
    await watching.until('updated new=2');
    await watching.stop();
    await through.close();
    await proxy.close();
  });

  it('is told as 410 to a watch from long ago', async () => {
    const stop = new AbortController();
    const watch = async (): Promise<void> => {
      const query = { resourceVersion: '1', timeoutSeconds: 10 };
      const stream = await rest.watch(configMaps, { namespace, query, timeoutMs: 10_000 }, stop.signal);
      for await (const _ of readEvents(stream, 'WATCH configmaps'));
    };
    const error = await watch().catch((thrown: unknown) => thrown);
    expect(isGone(error)).toBe(true);
    expect(error).toMatchObject({ status: 410, reason: 'Expired' });
  });

  it('is told as 410 to a list that began before', async () => {
    const token = { v: 'meta.k8s.io/v1', rv: 1, start: 'a\u0000' };
    const from = Buffer.from(JSON.stringify(token)).toString('base64url');
    const error = await rest
      .list(configMaps, { namespace, limit: 1, continue: from })
      .catch((thrown: unknown) => thrown);
    expect(isGone(error)).toBe(true);
  });
});

describe('another authority', () => {
  it('is trusted as soon as it stands in its file, by the client that already runs', async () => {
    const watching = startWatching(client, { namespaces: [namespace] });
    await watching.cache.whenSynced();
    const folder = join(plane.info.folder, 'certificates');
    await plane.killApiServer();
    await makeAuthority(folder, 'ca', 'another');
    await makeCertificate(folder, 'ca', 'serving', { subject: '/CN=kube-apiserver', names: ['127.0.0.1'] });
    await plane.startApiServer();
    await put('trusted', '1');
    await watching.until('added trusted=1', 60_000);
    await watching.stop();
  });
});
