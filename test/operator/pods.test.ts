// SPDX-License-Identifier: Apache-2.0
// What a cluster does to pods: they are evicted, by a drain or by a kubelet in need, and killed for want of memory.
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import type { MilvusBackup } from '../../src/api/index.ts';
import { connect, countRows, makeCollection, type SmallCollection } from '../support/collection.ts';
import { openGate, type Gate } from '../support/gate.ts';
import { conditionOf, untilSucceeded, type Seen } from '../support/objects.ts';
import { evict, jobsOf, workingPod } from '../support/pods.ts';
import { openWorld, type World } from '../support/world.ts';

const lab = inject('lab');
/** Whoever had to wait before the second attempt would not end in this test, and one that counts would be the last. */
const once = { limit: 1, minBackoff: '1h', maxBackoff: '1h' };
let world: World;
let gate: Gate;
let source: MilvusClient;
let target: MilvusClient;
let made: SmallCollection;

beforeAll(async () => {
  source = await connect(lab.milvus.source.address);
  target = await connect(lab.milvus.target.address);
  gate = await openGate(lab);
  world = await openWorld(gate.lab, 'pods');
  made = await makeCollection(source, `${world.namespace.replaceAll('-', '_')}_c`, 600, 2);
});

afterEach(() => gate.open());

afterAll(async () => {
  await world.close();
  await gate.close();
  for (const milvus of [source, target]) {
    await milvus.dropCollection({ collection_name: made.name });
    await milvus.closeConnection();
  }
});

type Attempts = Pick<MilvusBackup['status'], 'attempts'>;

async function untilAttempt(what: string, number: number): Promise<void> {
  await world.objects.until<Seen & { status?: Attempts }>(
    what,
    ({ status }) => status?.attempts?.at(-1)?.number === number,
  );
}

/** An attempt that was evicted, and at once another, which ends well though only one may count. */
async function expectGoneOn(what: string, why: RegExp): Promise<void> {
  const { status } = await untilSucceeded<MilvusBackup>(world.objects, what);
  const [first, second] = status.attempts ?? [];
  expect(first).toMatchObject({ number: 1, reason: 'Evicted', message: expect.stringMatching(why) });
  expect(second).toMatchObject({ number: 2, reason: 'Completed', exitCode: 0 });
  expect(Date.parse(second?.startTime ?? '') - Date.parse(first?.endTime ?? '')).toBeLessThan(15_000);
  expect(await jobsOf(world.objects, what)).toHaveLength(2);
}

// Invariant: another attempt goes on from the ledger, no row comes twice, and the limit of retries is not touched.
describe('[FM-05] a pod that is evicted', () => {
  it('by a drain: the backup goes on in another pod, and that does not count', async () => {
    gate.shut();
    await world.applyBackup('drained', { include: [made.name], retry: once });
    await gate.reached();
    await evict(world.objects, await workingPod(world.objects, 'mbk/drained'));
    await untilAttempt('mbk/drained', 2);
    gate.open();
    await expectGoneOn('mbk/drained', /was evicted/);
  });

  it('by a drain: the restore goes on in another pod, every row once', async () => {
    gate.shut();
    const spec = {
      source: { backupRef: { name: 'drained' } },
      instanceRef: { name: 'staging' },
      retry: once,
    };
    await world.applyRestore('drained', spec);
    await gate.reached();
    await evict(world.objects, await workingPod(world.objects, 'mrs/drained'));
    await untilAttempt('mrs/drained', 2);
    gate.open();
    await expectGoneOn('mrs/drained', /was evicted/);
    expect(await countRows(target, made.name)).toBe(made.rows);
  });

  it('by its kubelet, because it fills the disk', async () => {
    gate.shut();
    await world.applyBackup('too-much', {
      include: [made.name],
      retry: once,
      job: { resources: { limits: { memory: '1Gi', 'ephemeral-storage': '64Mi' } } },
    });
    await gate.reached();
    const { metadata } = await workingPod(world.objects, 'mbk/too-much');
    const fill = `require('fs').writeFileSync('/tmp/full', Buffer.alloc(100 << 20))`;
    await world.objects.kubectl(['exec', metadata.name, '--', 'node', '-e', fill]);
    await untilAttempt('mbk/too-much', 2);
    gate.open();
    await expectGoneOn('mbk/too-much', /ephemeral/);
  });
});

// Invariant: the attempts that are allowed, then the end, with the reason and what to change.
describe('[FM-07] a pod that needs more memory than it may have', () => {
  it('is tried again, and told with what to change', async () => {
    await world.applyBackup('tight', {
      include: [made.name],
      retry: { limit: 2, minBackoff: '1s' },
      // Cleaning up has no more memory than the run had.
      deletionTimeout: '10s',
      job: { resources: { requests: { memory: '20Mi' }, limits: { memory: '20Mi' } } },
    });
    const seen = await world.objects.until<Seen & { status?: Attempts }>(
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
