// SPDX-License-Identifier: Apache-2.0
// spec.cancel at each point of a run: nothing of it goes on, and what it left is put away.
import { describe, expect, it } from 'vitest';
import { temporaries } from '../support/bad-bench.ts';
import { conditionOf } from '../support/objects.ts';
import { jobsOf, modest, podsOf, untilPhase, untilReconciling, untilTold } from '../support/runs.ts';
import { heldScene } from '../support/scene.ts';

const scene = heldScene('cancel');

const cancel = (what: string): Promise<void> => scene.world.objects.patch(what, { spec: { cancel: true } });

const canceled = { status: 'False', reason: 'Canceled', message: expect.stringContaining('spec.cancel') };

// Invariant: what was begun is put away before the phase is final.
describe('[FM-18] cancel', () => {
  it('ends a backup that waits for its storage, without a Job', async () => {
    await scene.world.applyBackup('pending', { storageRef: { name: 'not-yet' } });
    const waiting = await untilReconciling(scene.world.objects, 'mbk/pending', 'StorageNotFound');
    expect(waiting.status.phase).toBe('Pending');
    await cancel('mbk/pending');
    const seen = await untilPhase(scene.world.objects, 'mbk/pending', 'Canceled', 10_000);
    expect(conditionOf(seen, 'Succeeded')).toMatchObject(canceled);
    expect(seen.status.attempts).toBeUndefined();
    expect(seen.metadata.finalizers).toBeUndefined();
    expect(await jobsOf(scene.world.objects, seen)).toEqual([]);
  });

  it('ends a backup in the queue, and then the one at work with what it has written', async () => {
    const hold = scene.store.hold('running');
    await scene.world.applyBackup('running', {
      backupName: 'running',
      storageRef: { name: 'held' },
      include: [scene.collection],
      deletionPolicy: 'DeleteOnFailure',
      job: modest,
    });
    await hold.reached();
    await untilPhase(scene.world.objects, 'mbk/running', 'Running');
    await scene.world.applyBackup('queued', { include: [scene.collection] });
    const waiting = await untilPhase(scene.world.objects, 'mbk/queued', 'Queued');
    expect(waiting.status.queuePosition).toBe(1);
    await cancel('mbk/queued');
    const left = await untilPhase(scene.world.objects, 'mbk/queued', 'Canceled', 10_000);
    expect(left.status).not.toHaveProperty('queuePosition');
    expect(await jobsOf(scene.world.objects, left)).toEqual([]);

    expect(await scene.store.keysOf('running')).not.toEqual([]);
    await cancel('mbk/running');
    const seen = await untilPhase(scene.world.objects, 'mbk/running', 'Canceled');
    hold.release();
    expect(conditionOf(seen, 'Succeeded')).toMatchObject(canceled);
    expect(conditionOf(seen, 'Stalled')).toMatchObject({ ...canceled, status: 'True' });
    expect(seen.status).toMatchObject({ attempts: [{ number: 1, reason: 'Canceled' }] });
    expect(await scene.store.keysOf('running')).toEqual([]);
    expect(
      (await podsOf(scene.world.objects, seen)).filter(({ status }) => status?.phase === 'Running'),
    ).toEqual([]);
    await untilTold(scene.world.objects, seen, 'Started', 'CleaningUp', 'Canceled');
  });

  it('ends a restore at work, and nothing of it stays in Milvus', async () => {
    const spec = { storageRef: { name: 'held' }, include: [scene.collection], job: modest };
    await scene.world.backUp('good', { ...spec, backupName: 'good' });
    const hold = scene.store.hold('good');
    await scene.world.applyRestore('back', {
      source: { backupRef: { name: 'good' } },
      rename: { suffix: '_back' },
      job: modest,
    });
    await hold.reached();
    await untilPhase(scene.world.objects, 'mrs/back', 'Running');
    await cancel('mrs/back');
    const seen = await untilPhase(scene.world.objects, 'mrs/back', 'Canceled');
    hold.release();
    expect(conditionOf(seen, 'Succeeded')).toMatchObject(canceled);
    expect(await temporaries(scene.source, seen.metadata.uid)).toEqual([]);
    const names = (await scene.source.showCollections({})).data.map(({ name }) => name);
    expect(names).not.toContain(`${scene.collection}_back`);
  });
});
