// SPDX-License-Identifier: Apache-2.0
// An API server that goes away for a second and comes back, again and again, and one that refuses every third write: the
// operator goes on where it stood.
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, inject, it, vi } from 'vitest';
import type { MilvusBackup } from '../../../src/api/index.ts';
import { startHttpProxy } from '../kube/support/http-proxy.ts';
import { startTcpProxy } from '../kube/support/tcp-proxy.ts';
import { madeJobs } from './support/audit.ts';
import { Bench } from './support/bench.ts';
import { succeeds } from './support/results.ts';
import { Stage } from './support/stage.ts';

vi.setConfig({ maxConcurrency: 20, testTimeout: 300_000 });
const plane = inject('controlPlane');
const names = ['a', 'b', 'c', 'd'];

async function backUpAll(stage: Stage): Promise<void> {
  const made = await Promise.all(names.map((name) => stage.backup(name, {}, (args) => succeeds(args))));
  for (const run of made) {
    const { status } = await stage.bench.phase<MilvusBackup>('MilvusBackup', run.metadata.name, 'Succeeded');
    expect(status.attempts).toMatchObject([{ number: 1, reason: 'Completed' }]);
    expect(madeJobs(plane, run)).toEqual(['1']);
  }
}

async function withStage(server: string, act: (stage: Stage) => Promise<void>): Promise<void> {
  const stage = new Stage(await new Bench(plane).start());
  try {
    await stage.kubelet.start();
    await stage.instance('milvus');
    await stage.storage('store');
    const operator = await stage.startOperator({ server });
    await act(stage);
    expect((await operator.probe('/livez')).status).toBe(200);
  } finally {
    await stage.close();
  }
}

// Invariant: no crash, no Job twice, and everything is done in the end.
describe.concurrent('an API server', () => {
  it('[FM-09] that is away for a second, on and off', async () => {
    const proxy = await startTcpProxy(plane.url);
    const over = new AbortController();
    try {
      await withStage(proxy.url, async (stage) => {
        const flapping = (async () => {
          for (let i = 0; !over.signal.aborted; i++) {
            if (i % 2 === 0) proxy.cut();
            else proxy.recover();
            await sleep(1000);
          }
          proxy.recover();
        })();
        await backUpAll(stage).finally(() => over.abort());
        await flapping;
      });
    } finally {
      over.abort();
      await proxy.close();
    }
  });

  it.each([
    ['[FM-12]', 429, 'TooManyRequests'],
    ['[FM-11]', 409, 'Conflict'],
  ])('%s that answers every third write with %i', async (_, code, reason) => {
    const proxy = await startHttpProxy(plane);
    let writes = 0;
    let refused = 0;
    const body = JSON.stringify({ kind: 'Status', status: 'Failure', code, reason, message: 'not now' });
    proxy.intercept(({ method, path }) => {
      if (method === 'GET' || !/\/(milvusbackups|jobs)/.test(path) || (writes += 1) % 3 !== 0)
        return undefined;
      refused += 1;
      const headers = { 'content-type': 'application/json', ...(code === 429 ? { 'retry-after': '1' } : {}) };
      return { status: code, headers, body };
    });
    try {
      await withStage(proxy.url, backUpAll);
      expect(refused).toBeGreaterThan(3);
    } finally {
      await proxy.close();
    }
  });
});
