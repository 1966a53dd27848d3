// SPDX-License-Identifier: Apache-2.0
// The operator itself comes and goes while runs are at work: killed, upgraded, one of two. A run has one Job all the same,
// and its status is right.
import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import type { MilvusBackup, MilvusRestore } from '../../src/api/index.ts';
import { buildOperatorImage } from '../lab/operator-image.ts';
import { installOperator } from '../lab/operator.ts';
import { connect, countRows, makeCollection, type SmallCollection } from '../support/collection.ts';
import { openGate, type Gate } from '../support/gate.ts';
import { untilSucceeded } from '../support/objects.ts';
import { killLeader, untilAnotherLeads } from '../support/operator-pods.ts';
import { jobsOf } from '../support/pods.ts';
import { openWorld, type World } from '../support/world.ts';

const lab = inject('lab');
const { image } = inject('operator');
let world: World;
let gate: Gate;
let source: MilvusClient;
let target: MilvusClient;
let made: SmallCollection;

beforeAll(async () => {
  source = await connect(lab.milvus.source.address);
  target = await connect(lab.milvus.target.address);
  gate = await openGate(lab);
  world = await openWorld(gate.lab, 'handover');
  made = await makeCollection(source, `${world.namespace.replaceAll('-', '_')}_c`, 600, 2);
});

afterEach(() => gate.open());

afterAll(async () => {
  // As the suite's other files expect it.
  await installOperator();
  await world.close();
  await gate.close();
  for (const milvus of [source, target]) {
    await milvus.dropCollection({ collection_name: made.name });
    await milvus.closeConnection();
  }
});

/** One attempt, one Job, done. */
async function expectOneAttempt(what: string): Promise<void> {
  const { status } = await untilSucceeded<MilvusBackup | MilvusRestore>(world.objects, what);
  expect(status.attempts).toMatchObject([{ number: 1, reason: 'Completed', exitCode: 0 }]);
  expect(await jobsOf(world.objects, what)).toHaveLength(1);
}

async function imageOf(what: string): Promise<string | undefined> {
  const [job] = await jobsOf(world.objects, what);
  return job?.spec.template.spec.containers[0]?.image;
}

// Invariant: what ended while no operator was there counts once, and never as more than it was.
describe('[FM-04] an operator that is killed', () => {
  it('finds the backup that it began, at work', async () => {
    gate.shut();
    await world.applyBackup('orphan', { include: [made.name] });
    await gate.reached();
    await untilAnotherLeads(await killLeader());
    gate.open();
    await expectOneAttempt('mbk/orphan');
  });

  it('finds the restore that it began, ended meanwhile', async () => {
    gate.shut();
    const spec = { source: { backupRef: { name: 'orphan' } }, instanceRef: { name: 'staging' } };
    await world.applyRestore('orphan', spec);
    await gate.reached();
    const before = await killLeader();
    gate.open();
    await world.objects.kubectl(
      ['wait', '--for=condition=Complete', 'job', '-l', 'milvusbackup.dev/role=run', '--timeout=60s'],
      70_000,
    );
    await untilAnotherLeads(before);
    await expectOneAttempt('mrs/orphan');
    expect(await countRows(target, made.name)).toBe(made.rows);
  });
});

describe('an operator that is upgraded', () => {
  it('leaves the Job at work as it is, and gives the next one its own image', async () => {
    await using bundle = await mkdtempDisposable(join(tmpdir(), 'milvus-backup-next-'));
    const newer = await buildAnother(bundle.path);
    expect(newer).not.toBe(image.name);
    gate.shut();
    await world.applyBackup('before', { include: [made.name] });
    await gate.reached();
    await installOperator({ bundle: bundle.path });
    gate.open();
    await expectOneAttempt('mbk/before');
    expect(await imageOf('mbk/before')).toBe(image.name);
    await world.backUp('after', { include: [made.name] });
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
    gate.shut();
    await world.applyBackup('inherited', { include: [made.name] });
    await gate.reached();
    const before = await killLeader();
    const after = await untilAnotherLeads(before);
    expect(after.split('_')[0]).not.toBe(before.split('_')[0]);
    gate.open();
    await expectOneAttempt('mbk/inherited');
  });
});
