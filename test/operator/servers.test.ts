// SPDX-License-Identifier: Apache-2.0
// Milvus and the object store go away in the middle of a run and come back: the run ends well, and every row is there
// once.
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { MilvusBackup, MilvusRestore } from '../../src/api/index.ts';
import { stopMilvus, stopMinio, type Outage } from '../lab/outage.ts';
import { waitFor } from '../lab/wait.ts';
import { countRows } from '../support/collection.ts';
import { untilSucceeded, type Seen } from '../support/objects.ts';
import type { Gate } from '../support/gate.ts';
import { gatedSceneOfTwo } from '../support/scene.ts';

const scene = gatedSceneOfTwo('servers');
const patient = { limit: 20, minBackoff: '1s', maxBackoff: '3s' };
let outage: Outage | undefined;
afterEach(() => outage?.end());

type Attempts = Pick<MilvusBackup['status'], 'attempts'>;

async function untilFirstFailed(what: string): Promise<NonNullable<Attempts['attempts']>[number]> {
  const { status } = await scene.world.objects.until<Seen & { status?: Attempts }>(
    what,
    (seen) => seen.status?.attempts?.[0]?.endTime !== undefined,
  );
  return status!.attempts![0]!;
}

/** A backup from the one Milvus, held where `aim` says, and a restore into the other, held in the middle. */
async function beginBoth(name: string, aim: Parameters<Gate['shut']>[0]): Promise<void> {
  const { world, gate, made, target } = scene;
  await target.dropCollection({ collection_name: made.name });
  const outward = gate.shut(aim);
  const back = gate.shut({ keys: /^(?!.*\/without_).*(insert|delta)_log\//, verbs: ['copy', 'put', 'part'] });
  const backupName = name.replaceAll('-', '_');
  await world.applyBackup(name, { backupName, include: [made.name], retry: patient });
  const source = { backupRef: { name: 'whole' } };
  const spec = { source, instanceRef: { name: 'staging' }, retry: patient, verify: 'Count' };
  await world.applyRestore(name, spec);
  await Promise.all([outward.reached(), back.reached()]);
}

async function stopBothMilvus(): Promise<Outage> {
  const outages = await Promise.all([stopMilvus('source'), stopMilvus('target')]);
  return { end: async () => void (await Promise.all(outages.map((one) => one.end()))) };
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

beforeAll(() => scene.world.backUp('whole', { include: [scene.made.name] }));

// Invariant: the attempt says so, and another one does the work: every row once.
describe('[FM-27] Milvus stops', () => {
  it('in the middle of a backup, and of a restore', async () => {
    // The backup: before anything is asked of Milvus but whether it is there.
    await beginBoth('without-milvus', { keys: /\/without_milvus\/.*ledger\.json$/, verbs: ['put'] });
    outage = await stopBothMilvus();
    // Whether the restore's attempt outlives it or another one follows: that is the engine's patience.
    await openUntilMissed();
    const first = await untilFirstFailed('mbk/without-milvus');
    expect(first).toMatchObject({ reason: 'Unreachable', message: expect.stringContaining('milvus') });
    await outage.end();
    const { status } = await untilSucceeded<MilvusBackup>(scene.world.objects, 'mbk/without-milvus');
    expect(status.attempts!.length).toBeGreaterThan(1);
    await expectEveryRowOnce('without-milvus');
  });
});

// Invariant: retried within the attempts, every row once.
describe('[FM-23] the object store stops', () => {
  it('in the middle of a backup, and of a restore', async () => {
    await beginBoth('without-store', { keys: /\/without_store\/.*(insert|delta)_log\// });
    outage = await stopMinio();
    await openUntilMissed();
    await outage.end();
    await untilSucceeded<MilvusBackup>(scene.world.objects, 'mbk/without-store');
    await expectEveryRowOnce('without-store');
  });
});
