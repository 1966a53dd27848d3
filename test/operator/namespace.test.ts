// SPDX-License-Identifier: Apache-2.0
// A namespace is deleted while a backup runs in it: nothing can be made there any more, and nobody may wait for us.
import { expect, inject, it } from 'vitest';
import type { MilvusBackup } from '../../src/api/index.ts';
import { operatorNamespace } from '../lab/operator.ts';
import { waitFor } from '../lab/wait.ts';
import { objectsIn, type Seen } from '../support/objects.ts';
import { untilTold } from '../support/runs.ts';
import { gatedScene } from '../support/scene.ts';

const scene = gatedScene('going');
const { deployment } = inject('operator');

const leftBehind = 'something may be left behind';

it('[FM-19] goes with everything in it, and what is left behind is told outside', async () => {
  const { objects, namespace } = scene.world;
  const wing = scene.gate.shut();
  await scene.world.applyBackup('cut-off', { include: [scene.made.name], deletionPolicy: 'Delete' });
  await wing.reached();
  const { metadata } = await objects.get<MilvusBackup & Seen>('mbk/cut-off');
  expect(metadata.finalizers).toContain('milvusbackup.dev/cleanup');

  await objects.kubectl(['delete', 'namespace', namespace, '--timeout=60s'], 90_000);

  const outside = objectsIn('default');
  const events = await untilTold(outside, { metadata }, 'CleanupFailed');
  const left = events.find(({ reason }) => reason === 'CleanupFailed');
  expect(left).toMatchObject({
    type: 'Warning',
    message: expect.stringContaining('namespace is being deleted'),
  });

  const lines = await waitFor('the operator to log it', 30_000, async () => {
    const log = await objectsIn(operatorNamespace).kubectl(['logs', `deployment/${deployment}`]);
    const found = log.split('\n').filter((line) => line.includes(namespace) && line.includes(leftBehind));
    return found.length > 0 ? found : undefined;
  });
  expect(lines).toHaveLength(1);
});
