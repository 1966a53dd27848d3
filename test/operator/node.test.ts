// SPDX-License-Identifier: Apache-2.0
// The node goes silent while a backup runs on it, and comes back. Nobody knows meanwhile whether the pod is at work:
// there must be no second one beside it.
import { expect, it } from 'vitest';
import type { MilvusBackup } from '../../src/api/index.ts';
import { stopKubelet } from '../lab/outage.ts';
import { conditionOf, untilSucceeded } from '../support/objects.ts';
import { jobsOf, workingPod } from '../support/pods.ts';
import { gatedScene } from '../support/scene.ts';

const scene = gatedScene('node');

// Invariant: never two writers: no other attempt while the pod of the last may be at work.
it('[FM-06] is waited for, and the backup goes on in the pod that it had', async () => {
  const { objects } = scene.world;
  const wing = scene.gate.shut();
  await scene.world.applyBackup('silent', { include: [scene.made.name] });
  await wing.reached();
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
    scene.gate.open();
  }
  const { status } = await untilSucceeded<MilvusBackup>(objects, 'mbk/silent');
  expect(status.attempts).toMatchObject([{ number: 1, reason: 'Completed' }]);
  expect(await jobsOf(objects, 'mbk/silent')).toHaveLength(1);
  const pods = await objects.kubectl(['get', 'pods', '-l', 'milvusbackup.dev/role=run', '-o', 'name']);
  expect(pods.trim()).toBe(`pod/${metadata.name}`);
});
