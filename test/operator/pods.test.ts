// SPDX-License-Identifier: Apache-2.0
// What a cluster does to pods: they are evicted, by a drain or by a kubelet in need, and killed for want of memory.
import { describe, expect, it } from 'vitest';
import type { MilvusBackup } from '../../src/api/index.ts';
import { countRows } from '../support/collection.ts';
import { conditionOf, untilSucceeded, type Seen } from '../support/objects.ts';
import { evict, jobsOf, workingPod } from '../support/pods.ts';
import { gatedSceneOfTwo } from '../support/scene.ts';

const scene = gatedSceneOfTwo('pods');
/** Whoever had to wait before the second attempt would not end in this test, and one that counts would be the last. */
const once = { limit: 1, minBackoff: '1h', maxBackoff: '1h' };

type Attempts = Pick<MilvusBackup['status'], 'attempts'>;

async function untilAttempt(what: string, number: number): Promise<void> {
  await scene.world.objects.until<Seen & { status?: Attempts }>(
    what,
    ({ status }) => status?.attempts?.at(-1)?.number === number,
  );
}

/** An attempt that was evicted, and at once another, which ends well though only one may count. */
async function expectGoneOn(what: string, why: RegExp): Promise<void> {
  const { status } = await untilSucceeded<MilvusBackup>(scene.world.objects, what);
  const [first, second] = status.attempts ?? [];
  expect(first).toMatchObject({ number: 1, reason: 'Evicted', message: expect.stringMatching(why) });
  expect(second).toMatchObject({ number: 2, reason: 'Completed', exitCode: 0 });
  expect(Date.parse(second?.startTime ?? '') - Date.parse(first?.endTime ?? '')).toBeLessThan(15_000);
  expect(await jobsOf(scene.world.objects, what)).toHaveLength(2);
}

// Invariant: another attempt goes on from the ledger, no row comes twice, and the limit of retries is not touched.
describe('[FM-05] a pod that is evicted', () => {
  it('by a drain: the backup goes on in another pod, and that does not count', async () => {
    const wing = scene.gate.shut();
    await scene.world.applyBackup('drained', { include: [scene.made.name], retry: once });
    await wing.reached();
    await evict(scene.world.objects, await workingPod(scene.world.objects, 'mbk/drained'));
    await untilAttempt('mbk/drained', 2);
    scene.gate.open();
    await expectGoneOn('mbk/drained', /was evicted/);
  });

  it('by a drain: the restore goes on in another pod, every row once', async () => {
    const wing = scene.gate.shut();
    const spec = {
      source: { backupRef: { name: 'drained' } },
      instanceRef: { name: 'staging' },
      retry: once,
    };
    await scene.world.applyRestore('drained', spec);
    await wing.reached();
    await evict(scene.world.objects, await workingPod(scene.world.objects, 'mrs/drained'));
    await untilAttempt('mrs/drained', 2);
    scene.gate.open();
    await expectGoneOn('mrs/drained', /was evicted/);
    expect(await countRows(scene.target, scene.made.name)).toBe(scene.made.rows);
  });

  it('by its kubelet, because it fills the disk', async () => {
    const wing = scene.gate.shut();
    await scene.world.applyBackup('too-much', {
      include: [scene.made.name],
      retry: once,
      job: { resources: { limits: { memory: '1Gi', 'ephemeral-storage': '64Mi' } } },
    });
    await wing.reached();
    const { metadata } = await workingPod(scene.world.objects, 'mbk/too-much');
    const fill = `require('fs').writeFileSync('/tmp/full', Buffer.alloc(100 << 20))`;
    await scene.world.objects.kubectl(['exec', metadata.name, '--', 'node', '-e', fill]);
    await untilAttempt('mbk/too-much', 2);
    scene.gate.open();
    await expectGoneOn('mbk/too-much', /ephemeral/);
  });
});

// Invariant: the attempts that are allowed, then the end, with the reason and what to change.
describe('[FM-07] a pod that needs more memory than it may have', () => {
  it('is tried again, and told with what to change', async () => {
    await scene.world.applyBackup('tight', {
      include: [scene.made.name],
      retry: { limit: 2, minBackoff: '1s' },
      // Cleaning up has no more memory than the run had.
      deletionTimeout: '10s',
      job: { resources: { requests: { memory: '20Mi' }, limits: { memory: '20Mi' } } },
    });
    const seen = await scene.world.objects.until<Seen & { status?: Attempts }>(
      'mbk/tight',
      ({ status }) => status?.phase === 'Failed',
    );
    expect(seen.status?.attempts).toMatchObject([
      { number: 1, reason: 'OutOfMemory', message: expect.stringContaining('spec.job.resources') },
      { number: 2, reason: 'OutOfMemory' },
    ]);
    expect(conditionOf(seen, 'Stalled')).toMatchObject({ status: 'True', reason: 'RetriesExhausted' });
    expect(conditionOf(seen, 'Ready')).toMatchObject({
      reason: 'CleanupFailed',
      message: expect.stringContaining('milvus-backup cleanup --run-id'),
    });
  });
});
