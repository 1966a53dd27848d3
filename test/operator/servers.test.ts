// SPDX-License-Identifier: Apache-2.0
// Milvus and the object store go away in the middle of a run and come back: the run ends well, and every row is there
// once.
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import type { MilvusBackup, MilvusRestore } from '../../src/api/index.ts';
import { stopMilvus, stopMinio, type Outage } from '../lab/outage.ts';
import { waitFor } from '../lab/wait.ts';
import { connect, countRows, makeCollection, type SmallCollection } from '../support/collection.ts';
import { openGate, type Gate } from '../support/gate.ts';
import { untilSucceeded, type Seen } from '../support/objects.ts';
import { openWorld, type World } from '../support/world.ts';

const lab = inject('lab');
const patient = { limit: 20, minBackoff: '1s', maxBackoff: '3s' };
let world: World;
let gate: Gate;
let source: MilvusClient;
let target: MilvusClient;
let made: SmallCollection;
let outage: Outage | undefined;

beforeAll(async () => {
  source = await connect(lab.milvus.source.address);
  target = await connect(lab.milvus.target.address);
  gate = await openGate(lab);
  world = await openWorld(gate.lab, 'servers');
  made = await makeCollection(source, `${world.namespace.replaceAll('-', '_')}_c`, 600, 2);
});

afterEach(async () => {
  await outage?.end();
  gate.open();
});

afterAll(async () => {
  await world.close();
  await gate.close();
  for (const milvus of [source, target]) {
    await milvus.dropCollection({ collection_name: made.name });
    await milvus.closeConnection();
  }
});

type Attempts = Pick<MilvusBackup['status'], 'attempts'>;

async function untilFirstFailed(what: string): Promise<NonNullable<Attempts['attempts']>[number]> {
  const { status } = await world.objects.until<Seen & { status?: Attempts }>(
    what,
    (seen) => seen.status?.attempts?.[0]?.endTime !== undefined,
  );
  return status!.attempts![0]!;
}

/** Held in the middle. */
async function beginRestore(name: string, backup: string): Promise<void> {
  await target.dropCollection({ collection_name: made.name });
  gate.shut();
  const source = { backupRef: { name: backup } };
  const spec = { source, instanceRef: { name: 'staging' }, retry: patient, verify: 'Count' };
  await world.applyRestore(name, spec);
  await gate.reached();
}

/** Opens the gate, and returns when the engine has asked in vain. */
async function openUntilMissed(): Promise<void> {
  const before = gate.requests();
  gate.open();
  await waitFor('requests in vain', 60_000, () => gate.requests() > before + 3 || undefined);
}

async function expectEveryRowOnce(restore: string): Promise<void> {
  const { status } = await untilSucceeded<MilvusRestore>(world.objects, `mrs/${restore}`);
  expect(status.rows).toMatchObject({ live: made.rows });
  expect(await countRows(target, made.name)).toBe(made.rows);
}

// Invariant: the attempt says so, and another one does the work: every row once.
describe('[FM-27] Milvus stops', () => {
  it('in the middle of a backup', async () => {
    // Before anything is asked of Milvus but whether it is there.
    gate.shut({ keys: /ledger\.json$/, verbs: ['put'] });
    await world.applyBackup('without-milvus', { include: [made.name], retry: patient });
    await gate.reached();
    outage = await stopMilvus('source');
    gate.open();
    const first = await untilFirstFailed('mbk/without-milvus');
    expect(first).toMatchObject({ reason: 'Unreachable', message: expect.stringContaining('milvus') });
    await outage.end();
    const { status } = await untilSucceeded<MilvusBackup>(world.objects, 'mbk/without-milvus');
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
    gate.shut();
    await world.applyBackup('without-store', { include: [made.name], retry: patient });
    await gate.reached();
    outage = await stopMinio();
    await openUntilMissed();
    await outage.end();
    await untilSucceeded<MilvusBackup>(world.objects, 'mbk/without-store');
  });

  it('in the middle of a restore', async () => {
    await beginRestore('without-store', 'without-store');
    outage = await stopMinio();
    await openUntilMissed();
    await outage.end();
    await expectEveryRowOnce('without-store');
  });
});
