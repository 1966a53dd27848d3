// SPDX-License-Identifier: Apache-2.0
// A namespace is deleted while a backup runs in it: nothing can be made there any more, and nobody may wait for us.
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { MilvusBackup } from '../../src/api/index.ts';
import { operatorNamespace } from '../lab/operator.ts';
import { connect, makeCollection, type SmallCollection } from '../support/collection.ts';
import { openGate, type Gate } from '../support/gate.ts';
import { objectsIn } from '../support/objects.ts';
import { openWorld, type World } from '../support/world.ts';

const lab = inject('lab');
const { deployment } = inject('operator');
let world: World;
let gate: Gate;
let source: MilvusClient;
let made: SmallCollection;

beforeAll(async () => {
  source = await connect(lab.milvus.source.address);
  gate = await openGate(lab);
  world = await openWorld(gate.lab, 'going');
  made = await makeCollection(source, `${world.namespace.replaceAll('-', '_')}_c`, 600, 2);
});

afterAll(async () => {
  await gate.close();
  await source.dropCollection({ collection_name: made.name });
  await source.closeConnection();
});

type SeenEvent = { type: string; reason: string; message: string; involvedObject: { namespace: string } };

it('[FM-19] goes with everything in it, and what is left behind is told outside', async () => {
  const { objects, namespace } = world;
  gate.shut();
  await world.applyBackup('cut-off', { include: [made.name], deletionPolicy: 'Delete' });
  await gate.reached();
  const { metadata } = await objects.get<MilvusBackup>('mbk/cut-off');
  expect(metadata.finalizers).toContain('milvusbackup.dev/cleanup');

  await objects.kubectl(['delete', 'namespace', namespace, '--timeout=60s'], 90_000);

  const outside = objectsIn('default');
  const about = `involvedObject.uid=${metadata.uid}`;
  const said = await outside.kubectl(['get', 'events', '--field-selector', about, '-o', 'json']);
  const { items } = JSON.parse(said) as { items: SeenEvent[] };
  expect(items.map(({ type, reason }) => [type, reason])).toContainEqual(['Warning', 'CleanupFailed']);
  const left = items.find(({ reason }) => reason === 'CleanupFailed');
  expect(left?.message).toContain('namespace is being deleted');

  const log = await objectsIn(operatorNamespace).kubectl(['logs', `deployment/${deployment}`]);
  const lines = log.split('\n').filter((line) => line.includes(namespace));
  expect(lines.filter((line) => line.includes('something may be left behind'))).toHaveLength(1);
});
