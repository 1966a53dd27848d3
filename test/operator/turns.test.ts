// SPDX-License-Identifier: Apache-2.0
// Several runs asked for at once on one Milvus: one at a time, oldest first, and each says who goes before it.
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import type { MilvusBackup, MilvusRestore } from '../../src/api/index.ts';
import { makeTiny } from '../support/bad-bench.ts';
import { connect } from '../support/collection.ts';
import { openHeldStore, type HeldStore } from '../support/held-store.ts';
import { conditionOf, untilSucceeded } from '../support/objects.ts';
import { jobsOf, modest, podsOf, untilPhase } from '../support/runs.ts';
import { openWorld, type World } from '../support/world.ts';

const lab = inject('lab');
let world: World;
let store: HeldStore;
let source: MilvusClient;
let collection: string;

beforeAll(async () => {
  source = await connect(lab.milvus.source.address);
  world = await openWorld(lab, 'turns');
  store = await openHeldStore(lab, world);
  collection = `${world.namespace.replaceAll('-', '_')}_c`;
  await makeTiny(source, collection);
});

afterAll(async () => {
  await world?.close();
  await store?.close();
  for (const name of [collection, `${collection}_back`])
    await source?.dropCollection({ collection_name: name });
  await source?.closeConnection();
});

const startOf = ({ status }: MilvusBackup | MilvusRestore): number => Date.parse(status.startTime ?? '');
const endOf = ({ status }: MilvusBackup | MilvusRestore): number => Date.parse(status.completionTime ?? '');

// Invariant: one after the other, the oldest first.
describe('[FM-31] two backups and a restore at once', () => {
  it('run one after the other, in the order in which they were asked for', async () => {
    await world.backUp('earlier', { include: [collection], job: modest });
    const hold = store.hold('first');
    const spec = { include: [collection], job: modest };
    await world.applyBackup('first', { ...spec, backupName: 'first', storageRef: { name: 'held' } });
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
    await world.objects.apply(manifests);
    const backup = await untilPhase(world.objects, 'mbk/a', 'Queued');
    const restore = await world.objects.until(
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
    for (const waiting of [backup, restore]) expect(await jobsOf(world.objects, waiting)).toEqual([]);

    hold.release();
    const first = await untilSucceeded<MilvusBackup>(world.objects, 'mbk/first');
    const second = await untilSucceeded<MilvusBackup>(world.objects, 'mbk/a');
    const third = await untilSucceeded<MilvusRestore>(world.objects, 'mrs/b');
    expect(startOf(second)).toBeGreaterThanOrEqual(endOf(first));
    expect(startOf(third)).toBeGreaterThanOrEqual(endOf(second));
    for (const done of [second, third]) expect(done.status).not.toHaveProperty('queuePosition');
  });

  it('lets a backup into another Milvus pass, and as many beside each other as the instance allows', async () => {
    await world.applyInstance('wide', { maxConcurrentBackups: 2 });
    const names = ['one', 'two', 'three'];
    const holds = names.map((name) => store.hold(name));
    for (const name of names) {
      await world.applyBackup(name, {
        backupName: name,
        instanceRef: { name: 'wide' },
        storageRef: { name: 'held' },
        include: [collection],
        job: modest,
      });
    }
    await Promise.all(holds.slice(0, 2).map((hold) => hold.reached()));
    const third = await untilPhase(world.objects, 'mbk/three', 'Queued');
    expect(third.status.queuePosition).toBe(1);
    expect(await podsOf(world.objects, third)).toEqual([]);
    await world.backUp('elsewhere', { include: [collection], job: modest });
    expect((await untilPhase(world.objects, 'mbk/three', 'Queued')).status.queuePosition).toBe(1);
    for (const hold of holds) hold.release();
    for (const name of names) await untilSucceeded<MilvusBackup>(world.objects, `mbk/${name}`);
  });
});
