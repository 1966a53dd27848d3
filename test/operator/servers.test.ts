// SPDX-License-Identifier: Apache-2.0
// Milvus and the object store go away in the middle of a run and come back: the run ends well, and every row is there
// once.
import { describe, expect, it } from 'vitest';
import type { MilvusBackup, MilvusRestore } from '../../src/api/index.ts';
import { stopMilvus, stopMinio, type Outage } from '../lab/outage.ts';
import { waitFor } from '../lab/wait.ts';
import { countRows } from '../support/collection.ts';
import { untilSucceeded, type Seen } from '../support/objects.ts';
import { gatedSceneOfTwo } from '../support/scene.ts';

const scene = gatedSceneOfTwo('servers');
const patient = { limit: 20, minBackoff: '1s', maxBackoff: '3s' };
let outage: Outage | undefined;

type Attempts = Pick<MilvusBackup['status'], 'attempts'>;

async function untilFirstFailed(what: string): Promise<NonNullable<Attempts['attempts']>[number]> {
  const { status } = await scene.world.objects.until<Seen & { status?: Attempts }>(
    what,
    (seen) => seen.status?.attempts?.[0]?.endTime !== undefined,
  );
  return status!.attempts![0]!;
}

/** Held in the middle. */
async function beginRestore(name: string, backup: string): Promise<void> {
  await scene.target.dropCollection({ collection_name: scene.made.name });
  scene.gate.shut();
  const source = { backupRef: { name: backup } };
  const spec = { source, instanceRef: { name: 'staging' }, retry: patient, verify: 'Count' };
  await scene.world.applyRestore(name, spec);
  await scene.gate.reached();
}

/** Opens the gate, and returns when the engine has asked in vain. */
async function openUntilMissed(): Promise<void> {
  const before = scene.gate.requests();
  scene.gate.open();
  await waitFor('requests in vain', 60_000, () => scene.gate.requests() > before + 3 || undefined);
}

async function expectEveryRowOnce(restore: string): Promise<void> {
  const { status } = await untilSucceeded<MilvusRestore>(scene.world.objects, `mrs/${restore}`);
  expect(status.rows).toMatchObject({ live: scene.made.rows });
  expect(await countRows(scene.target, scene.made.name)).toBe(scene.made.rows);
}

// Invariant: the attempt says so, and another one does the work: every row once.
describe('[FM-27] Milvus stops', () => {
  it('in the middle of a backup', async () => {
    // Before anything is asked of Milvus but whether it is there.
    scene.gate.shut({ keys: /ledger\.json$/, verbs: ['put'] });
    await scene.world.applyBackup('without-milvus', { include: [scene.made.name], retry: patient });
    await scene.gate.reached();
    outage = await stopMilvus('source');
    scene.gate.open();
    const first = await untilFirstFailed('mbk/without-milvus');
    expect(first).toMatchObject({ reason: 'Unreachable', message: expect.stringContaining('milvus') });
    await outage.end();
    const { status } = await untilSucceeded<MilvusBackup>(scene.world.objects, 'mbk/without-milvus');
    expect(status.attempts!.length).toBeGreaterThan(1);
  });

  it('in the middle of a restore', async () => {
    await beginRestore('without-milvus', 'without-milvus');
    outage = await stopMilvus('target');
    // Whether the attempt outlives it or another one follows: that is the engine's patience.
    await openUntilMissed();
    await outage.end();
    await expectEveryRowOnce('without-milvus');
  });
});

// Invariant: retried within the attempts, every row once.
describe('[FM-23] the object store stops', () => {
  it('in the middle of a backup', async () => {
    scene.gate.shut();
    await scene.world.applyBackup('without-store', { include: [scene.made.name], retry: patient });
    await scene.gate.reached();
    outage = await stopMinio();
    await openUntilMissed();
    await outage.end();
    await untilSucceeded<MilvusBackup>(scene.world.objects, 'mbk/without-store');
  });

  it('in the middle of a restore', async () => {
    await beginRestore('without-store', 'without-store');
    outage = await stopMinio();
    await openUntilMissed();
    await outage.end();
    await expectEveryRowOnce('without-store');
  });
});
