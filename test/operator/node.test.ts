// SPDX-License-Identifier: Apache-2.0
// The node goes silent while a backup runs on it, and comes back. Nobody knows meanwhile whether the pod is at work:
// there must be no second one beside it.
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { MilvusBackup } from '../../src/api/index.ts';
import { stopKubelet } from '../lab/outage.ts';
import { connect, makeCollection, type SmallCollection } from '../support/collection.ts';
import { openGate, type Gate } from '../support/gate.ts';
import { conditionOf, untilSucceeded } from '../support/objects.ts';
import { jobsOf, workingPod } from '../support/pods.ts';
import { openWorld, type World } from '../support/world.ts';

const lab = inject('lab');
let world: World;
let gate: Gate;
let source: MilvusClient;
let made: SmallCollection;

beforeAll(async () => {
  source = await connect(lab.milvus.source.address);
  gate = await openGate(lab);
  world = await openWorld(gate.lab, 'node');
  made = await makeCollection(source, `${world.namespace.replaceAll('-', '_')}_c`, 600, 2);
});

afterAll(async () => {
  await world.close();
  await gate.close();
  await source.dropCollection({ collection_name: made.name });
  await source.closeConnection();
});

// Invariant: never two writers: no other attempt while the pod of the last may be at work.
it('[FM-06] is waited for, and the backup goes on in the pod that it had', async () => {
  const { objects } = world;
  gate.shut();
  await world.applyBackup('silent', { include: [made.name] });
  await gate.reached();
  const { metadata } = await workingPod(objects, 'mbk/silent');
  const outage = await stopKubelet();
  try {
    const seen = await objects.until(
      'mbk/silent',
      (backup) => conditionOf(backup, 'Reconciling')?.reason === 'NodeLost',
    );
    expect(conditionOf(seen, 'Reconciling')?.message).toContain('kubectl delete node lab');
  } finally {
    await outage.end();
    gate.open();
  }
  const { status } = await untilSucceeded<MilvusBackup>(objects, 'mbk/silent');
  expect(status.attempts).toMatchObject([{ number: 1, reason: 'Completed' }]);
  expect(await jobsOf(objects, 'mbk/silent')).toHaveLength(1);
  const pods = await objects.kubectl(['get', 'pods', '-l', 'milvusbackup.dev/role=run', '-o', 'name']);
  expect(pods.trim()).toBe(`pod/${metadata.name}`);
});
