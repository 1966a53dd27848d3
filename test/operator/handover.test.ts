// SPDX-License-Identifier: Apache-2.0
// The operator itself comes and goes while runs are at work: killed, upgraded, one of two. A run has one Job all the same,
// and its status is right.
import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, inject, it } from 'vitest';
import type { MilvusBackup, MilvusRestore } from '../../src/api/index.ts';
import { nodeName } from '../lab/node.ts';
import { buildOperatorImage } from '../lab/operator-image.ts';
import { installOperator } from '../lab/operator.ts';
import { countRows } from '../support/collection.ts';
import { untilSucceeded, type Seen } from '../support/objects.ts';
import { killLeader, removeLeader, untilAnotherLeads } from '../support/operator-pods.ts';
import { jobsOf } from '../support/pods.ts';
import { gatedSceneOfTwo } from '../support/scene.ts';

const scene = gatedSceneOfTwo('handover');
const { image } = inject('operator');
// As the suite's other files expect it.
afterAll(async () => {
  await installOperator();
});

/** One attempt, one Job, done. */
async function expectOneAttempt(what: string): Promise<void> {
  const { status } = await untilSucceeded<MilvusBackup | MilvusRestore>(scene.world.objects, what);
  expect(status.attempts).toMatchObject([{ number: 1, reason: 'Completed', exitCode: 0 }]);
  expect(await jobsOf(scene.world.objects, what)).toHaveLength(1);
}

async function imageOf(what: string): Promise<string | undefined> {
  const [job] = await jobsOf(scene.world.objects, what);
  return job?.spec.template.spec.containers[0]?.image;
}

// Invariant: what ended while no operator was there counts once, and never as more than it was.
describe('[FM-04] an operator that is killed', () => {
  it('finds the backup that it began at work, and the restore that it began ended meanwhile', async () => {
    const { world, gate, made, target } = scene;
    await world.backUp('good', { backupName: 'good', include: [made.name] });
    const outward = gate.shut({ keys: /\/orphan\/binlogs\// });
    const back = gate.shut({ keys: /^(?!.*\/orphan\/).*(insert|delta)_log\// });
    await world.applyBackup('orphan', { backupName: 'orphan', include: [made.name] });
    const source = { backupRef: { name: 'good' } };
    await world.applyRestore('orphan', { source, instanceRef: { name: 'staging' } });
    await Promise.all([outward.reached(), back.reached()]);
    const { metadata } = await world.objects.get<Seen>('mrs/orphan');

    const before = await killLeader();
    back.open();
    const ofRestore = `milvusbackup.dev/role=run,milvusbackup.dev/uid=${metadata.uid}`;
    const complete = ['wait', '--for=condition=Complete', 'job', '-l', ofRestore, '--timeout=60s'];
    await world.objects.kubectl(complete, 70_000);
    await untilAnotherLeads(before);
    await expectOneAttempt('mrs/orphan');
    expect(await countRows(target, made.name)).toBe(made.rows);
    outward.open();
    await expectOneAttempt('mbk/orphan');
  });
});

describe('an operator that is upgraded', () => {
  it('leaves the Job at work as it is, and gives the next one its own image', async () => {
    await using bundle = await mkdtempDisposable(join(tmpdir(), 'milvus-backup-next-'));
    const newer = await buildAnother(bundle.path);
    expect(newer).not.toBe(image.name);
    const wing = scene.gate.shut();
    await scene.world.applyBackup('before', { include: [scene.made.name] });
    await wing.reached();
    await installOperator({ bundle: bundle.path });
    scene.gate.open();
    await expectOneAttempt('mbk/before');
    expect(await imageOf('mbk/before')).toBe(image.name);
    await scene.world.backUp('after', { include: [scene.made.name] });
    expect(await imageOf('mbk/after')).toBe(newer);
  });
});

/** The same command in an image of another content, and so of another name. */
async function buildAnother(folder: string): Promise<string> {
  execFileSync(process.execPath, ['scripts/build.ts', folder]);
  appendFileSync(join(folder, 'milvus-backup.js'), '\n// The next release.\n');
  return (await buildOperatorImage(() => undefined, folder)).name;
}

// Invariant: the next leader adopts the Job at work; there is one attempt.
describe('[FM-14] the first of two operators', () => {
  it('is killed: the second goes on where it stood', async () => {
    await installOperator({ values: { replicas: 2 } });
    const wing = scene.gate.shut();
    await scene.world.applyBackup('inherited', { include: [scene.made.name] });
    await wing.reached();
    await scene.world.objects.kubectl(['cordon', nodeName]);
    try {
      const before = await removeLeader();
      const after = await untilAnotherLeads(before);
      expect(after.split('_')[0]).not.toBe(before.split('_')[0]);
      scene.gate.open();
      await expectOneAttempt('mbk/inherited');
    } finally {
      await scene.world.objects.kubectl(['uncordon', nodeName]);
    }
  });
});
