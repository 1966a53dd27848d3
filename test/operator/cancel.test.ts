// SPDX-License-Identifier: Apache-2.0
// spec.cancel at each point of a run: nothing of it goes on, and what it left is put away.
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import { makeTiny, temporaries } from '../support/bad-bench.ts';
import { connect } from '../support/collection.ts';
import { openHeldStore, type HeldStore } from '../support/held-store.ts';
import { conditionOf } from '../support/objects.ts';
import { eventsOf, jobsOf, modest, podsOf, untilPhase, untilReconciling } from '../support/runs.ts';
import { openWorld, type World } from '../support/world.ts';

const lab = inject('lab');
let world: World;
let store: HeldStore;
let source: MilvusClient;
let collection: string;

beforeAll(async () => {
  source = await connect(lab.milvus.source.address);
  world = await openWorld(lab, 'cancel');
  store = await openHeldStore(lab, world);
  collection = `${world.namespace.replaceAll('-', '_')}_c`;
  await makeTiny(source, collection);
});

afterAll(async () => {
  await world?.close();
  await store?.close();
  await source?.dropCollection({ collection_name: collection });
  await source?.closeConnection();
});

const cancel = (what: string): Promise<void> => world.objects.patch(what, { spec: { cancel: true } });

const canceled = { status: 'False', reason: 'Canceled', message: expect.stringContaining('spec.cancel') };

// Invariant: what was begun is put away before the phase is final.
describe('[FM-18] cancel', () => {
  it('ends a backup that waits for its storage, without a Job', async () => {
    await world.applyBackup('pending', { storageRef: { name: 'not-yet' } });
    const waiting = await untilReconciling(world.objects, 'mbk/pending', 'StorageNotFound');
    expect(waiting.status.phase).toBe('Pending');
    await cancel('mbk/pending');
    const seen = await untilPhase(world.objects, 'mbk/pending', 'Canceled', 10_000);
    expect(conditionOf(seen, 'Succeeded')).toMatchObject(canceled);
    expect(seen.status.attempts).toBeUndefined();
    expect(seen.metadata.finalizers).toBeUndefined();
    expect(await jobsOf(world.objects, seen)).toEqual([]);
  });

  it('ends a backup in the queue, and then the one at work with what it has written', async () => {
    const hold = store.hold('running');
    await world.applyBackup('running', {
      backupName: 'running',
      storageRef: { name: 'held' },
      include: [collection],
      deletionPolicy: 'DeleteOnFailure',
      job: modest,
    });
    await hold.reached();
    await untilPhase(world.objects, 'mbk/running', 'Running');
    await world.applyBackup('queued', { include: [collection] });
    const waiting = await untilPhase(world.objects, 'mbk/queued', 'Queued');
    expect(waiting.status.queuePosition).toBe(1);
    await cancel('mbk/queued');
    const left = await untilPhase(world.objects, 'mbk/queued', 'Canceled', 10_000);
    expect(left.status).not.toHaveProperty('queuePosition');
    expect(await jobsOf(world.objects, left)).toEqual([]);

    expect(await store.keysOf('running')).not.toEqual([]);
    await cancel('mbk/running');
    const seen = await untilPhase(world.objects, 'mbk/running', 'Canceled');
    hold.release();
    expect(conditionOf(seen, 'Succeeded')).toMatchObject(canceled);
    expect(conditionOf(seen, 'Stalled')).toMatchObject({ ...canceled, status: 'True' });
    expect(seen.status).toMatchObject({ attempts: [{ number: 1, reason: 'Canceled' }] });
    expect(await store.keysOf('running')).toEqual([]);
    expect((await podsOf(world.objects, seen)).filter(({ status }) => status?.phase === 'Running')).toEqual(
      [],
    );
    const events = await eventsOf(world.objects, seen);
    expect(events.map(({ reason }) => reason)).toEqual(
      expect.arrayContaining(['Started', 'CleaningUp', 'Canceled']),
    );
  });

  it('ends a restore at work, and nothing of it stays in Milvus', async () => {
    const spec = { storageRef: { name: 'held' }, include: [collection], job: modest };
    await world.backUp('good', { ...spec, backupName: 'good' });
    const hold = store.hold('good');
    await world.applyRestore('back', {
      source: { backupRef: { name: 'good' } },
      rename: { suffix: '_back' },
      job: modest,
    });
    await hold.reached();
    await untilPhase(world.objects, 'mrs/back', 'Running');
    await cancel('mrs/back');
    const seen = await untilPhase(world.objects, 'mrs/back', 'Canceled');
    hold.release();
    expect(conditionOf(seen, 'Succeeded')).toMatchObject(canceled);
    expect(await temporaries(source, seen.metadata.uid)).toEqual([]);
    const names = (await source.showCollections({})).data.map(({ name }) => name);
    expect(names).not.toContain(`${collection}_back`);
  });
});
