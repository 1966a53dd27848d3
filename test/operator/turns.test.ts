// SPDX-License-Identifier: Apache-2.0
// Several runs asked for at once on one Milvus: one at a time, oldest first, and each says who goes before it.
import { afterAll, describe, expect, it } from 'vitest';
import type { MilvusBackup, MilvusRestore } from '../../src/api/index.ts';
import { conditionOf, untilSucceeded } from '../support/objects.ts';
import { jobsOf, modest, podsOf, untilPhase, type RunSeen } from '../support/runs.ts';
import { heldScene } from '../support/scene.ts';

const scene = heldScene('turns');
afterAll(() => scene.source.dropCollection({ collection_name: `${scene.collection}_back` }));

const startOf = ({ status }: MilvusBackup | MilvusRestore): number => Date.parse(status.startTime ?? '');
const endOf = ({ status }: MilvusBackup | MilvusRestore): number => Date.parse(status.completionTime ?? '');

// Invariant: one after the other, the oldest first.
describe('[FM-31] two backups and a restore at once', () => {
  it('run one after the other, in the order in which they were asked for', async () => {
    await scene.world.backUp('earlier', { include: [scene.collection], job: modest });
    const hold = scene.store.hold('first');
    const spec = { include: [scene.collection], job: modest };
    await scene.world.applyBackup('first', { ...spec, backupName: 'first', storageRef: { name: 'held' } });
    await hold.reached();
    // Ages are in whole seconds, and of the same age the name decides: `a` goes before `b`.
    const list = [
      ['MilvusBackup', 'a', { instanceRef: { name: 'milvus' }, storageRef: { name: 'backups' }, ...spec }],
      [
        'MilvusRestore',
        'b',
        { source: { backupRef: { name: 'earlier' } }, rename: { suffix: '_back' }, job: modest },
      ],
    ] as const;
    const manifests = list.map(([kind, name, one]) => ({
      apiVersion: 'milvusbackup.dev/v1alpha1',
      kind,
      metadata: { name },
      spec: one,
    }));
    await scene.world.objects.apply(manifests);
    const backup = await untilPhase(scene.world.objects, 'mbk/a', 'Queued');
    const restore = await scene.world.objects.until(
      'mrs/b',
      ({ status }) => (status as { queuePosition?: number }).queuePosition === 2,
    );
    expect(backup.status.queuePosition).toBe(1);
    expect(conditionOf(backup, 'Reconciling')).toMatchObject({
      reason: 'Queued',
      message: expect.stringContaining('MilvusBackup first'),
    });
    expect(conditionOf(restore, 'Reconciling')).toMatchObject({
      reason: 'InstanceBusy',
      message: expect.stringContaining('place 2 in line'),
    });
    for (const waiting of [backup, restore]) expect(await jobsOf(scene.world.objects, waiting)).toEqual([]);

    hold.release();
    const first = await untilSucceeded<MilvusBackup>(scene.world.objects, 'mbk/first');
    const second = await untilSucceeded<MilvusBackup>(scene.world.objects, 'mbk/a');
    const third = await untilSucceeded<MilvusRestore>(scene.world.objects, 'mrs/b');
    expect(startOf(second)).toBeGreaterThanOrEqual(endOf(first));
    expect(startOf(third)).toBeGreaterThanOrEqual(endOf(second));
    for (const done of [second, third]) expect(done.status).not.toHaveProperty('queuePosition');
  });

  it('lets a backup into another Milvus pass, and as many beside each other as the instance allows', async () => {
    await scene.world.applyInstance('wide', { maxConcurrentBackups: 2 });
    const names = ['one', 'two', 'three'];
    const holds = names.map((name) => scene.store.hold(name));
    for (const name of names) {
      await scene.world.applyBackup(name, {
        backupName: name,
        instanceRef: { name: 'wide' },
        storageRef: { name: 'held' },
        include: [scene.collection],
        job: modest,
      });
    }
    await Promise.all(holds.slice(0, 2).map((hold) => hold.reached()));
    // Those at work are not in line.
    const third = await scene.world.objects.until<RunSeen>(
      'mbk/three',
      ({ status }) => status.queuePosition === 1,
    );
    expect(third.status.phase).toBe('Queued');
    expect(await podsOf(scene.world.objects, third)).toEqual([]);
    await scene.world.backUp('elsewhere', { include: [scene.collection], job: modest });
    expect((await untilPhase(scene.world.objects, 'mbk/three', 'Queued')).status.queuePosition).toBe(1);
    for (const hold of holds) hold.release();
    for (const name of names) await untilSucceeded<MilvusBackup>(scene.world.objects, `mbk/${name}`);
  });
});
