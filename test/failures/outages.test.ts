// SPDX-License-Identifier: Apache-2.0
// The API server out of the operator's reach for a minute and for ten, with Jobs at work on the other side; and a hundred
// runs that report progress at once.
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, inject, it, vi } from 'vitest';
import type { MilvusBackup } from '../../src/api/index.ts';
import { startTcpProxy } from '../control-plane/kube/support/tcp-proxy.ts';
import { Bench } from '../control-plane/operator/support/bench.ts';
import { askedByOperator, madeJobs } from '../control-plane/operator/support/audit.ts';
import { progressLine, succeeds } from '../control-plane/operator/support/results.ts';
import { Stage } from '../control-plane/operator/support/stage.ts';

vi.setConfig({ maxConcurrency: 20, testTimeout: 900_000 });
const plane = inject('controlPlane');

// Invariant: the process does not end, the Job goes on, its result is taken once, and what was asked meanwhile is done.
describe.concurrent('an API server that is away', () => {
  it.each([60, 600])(
    '[FM-09] for %i s: no crash, few questions, and everything done after',
    async (seconds) => {
      const proxy = await startTcpProxy(plane.url);
      const stage = new Stage(await new Bench(plane).start());
      try {
        await stage.kubelet.start();
        await stage.instance('milvus');
        await stage.storage('store');
        const operator = await stage.startOperator({ server: proxy.url });
        const made = await stage.backup('across');
        const { pod, args } = await stage.pod(made);
        await stage.bench.phase('MilvusBackup', 'across', 'Running');
        const before = proxy.opened();
        proxy.cut();
        await stage.kubelet.end(pod, succeeds(args));
        const asked = await stage.backup('meanwhile', {}, (all) => succeeds(all));
        await sleep(seconds * 1000);
        // Six watches and their likes, each asked at ever longer distances.
        expect(proxy.opened() - before).toBeLessThan(60 + 2 * seconds);
        expect((await operator.probe('/livez')).status).toBe(200);
        proxy.recover();
        for (const run of [made, asked]) {
          const ended = await stage.bench.phase<MilvusBackup>('MilvusBackup', run.metadata.name, 'Succeeded');
          expect(ended.status.attempts).toMatchObject([{ number: 1, reason: 'Completed' }]);
          expect(madeJobs(plane, run)).toEqual(['1']);
        }
      } finally {
        await stage.close();
        await proxy.close();
      }
    },
  );
});

describe('a hundred runs', () => {
  // Invariant: at most one write of progress per run in ten seconds, whatever the logs say.
  it('[FM-38] whose progress changes all the time are written at most every ten seconds each', async () => {
    const stage = await Stage.open(plane);
    try {
      await stage.instance('milvus', { maxConcurrentBackups: 100 });
      await stage.storage('store');
      const names = Array.from({ length: 100 }, (_, i) => `busy-${i}`);
      for (const name of names) await stage.backup(name);
      const pods = [];
      for (const name of names) {
        const made = await stage.bench.phase<MilvusBackup>('MilvusBackup', name, 'Running');
        pods.push((await stage.pod(made)).pod);
      }
      const from = Date.now();
      for (let percent = 1; Date.now() - from < 60_000; percent++) {
        const line = progressLine({ percent: percent % 100, bytesDone: percent });
        for (const { metadata } of pods) stage.kubelet.logs.set(metadata.name, line);
        await sleep(500);
      }
      const { namespace } = stage.bench;
      const writes = askedByOperator(plane).filter(
        ({ at, verb, subresource, namespace: of }) =>
          at > from && of === namespace && subresource === 'status' && verb === 'patch',
      );
      const counts = names.map((name) => writes.filter((one) => one.name === name).length);
      console.log(`100 runs in 60 s: ${writes.length} status writes, at most ${Math.max(...counts)} of one`);
      expect(Math.max(...counts)).toBeLessThanOrEqual(7);
      expect(writes.length).toBeGreaterThan(100);
    } finally {
      await stage.close();
    }
  });
});
