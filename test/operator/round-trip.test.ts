// SPDX-License-Identifier: Apache-2.0
// The main job over custom resources: backed up, lost, and back, row for row, at home and abroad.
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import { connect, countRows, makeCollection, type SmallCollection } from '../support/collection.ts';
import { conditionOf } from '../support/objects.ts';
import { openWorld, type World } from '../support/world.ts';

const lab = inject('lab');
let world: World;
let source: MilvusClient;
let target: MilvusClient;
let made: SmallCollection;

beforeAll(async () => {
  source = await connect(lab.milvus.source.address);
  target = await connect(lab.milvus.target.address);
  world = await openWorld(lab, 'round-trip');
  made = await makeCollection(source, `${world.namespace.replaceAll('-', '_')}_c`);
});

afterAll(async () => {
  await source.dropCollection({ collection_name: made.name });
  await target.dropCollection({ collection_name: made.name });
  await source.closeConnection();
  await target.closeConnection();
  await world.close();
});

describe('a backup', () => {
  it('succeeds and says what it holds', async () => {
    const { status } = await world.backUp('one', { include: [made.name] });
    expect(status).toMatchObject({
      phase: 'Succeeded',
      collections: { total: 1, succeeded: 1, summary: '1/1' },
      manifestDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
      attempts: [{ number: 1, exitCode: 0 }],
    });
    expect(status.size?.bytes).toBeGreaterThan(0);
  });

  it('comes back after its collection was dropped', async () => {
    await source.dropCollection({ collection_name: made.name });
    const { status } = await world.restore('home', {
      source: { backupRef: { name: 'one' } },
      verify: 'Count',
    });
    expect(status.rows).toMatchObject({ live: made.rows });
    expect(await countRows(source, made.name)).toBe(made.rows);
  });

  it('comes back in another Milvus', async () => {
    const spec = { source: { backupRef: { name: 'one' } }, instanceRef: { name: 'staging' } };
    const restored = await world.restore('abroad', spec);
    expect(conditionOf(restored as never, 'Succeeded')).toMatchObject({
      status: 'True',
      reason: 'Completed',
    });
    expect(await countRows(target, made.name)).toBe(made.rows);
  });

  it('does not overwrite what stands there', async () => {
    await world.applyRestore('again', { source: { backupRef: { name: 'one' } } });
    const seen = await world.objects.until('mrs/again', ({ status }) => status?.phase === 'Failed');
    expect(conditionOf(seen, 'Stalled')).toMatchObject({ status: 'True', reason: 'TargetNotEmpty' });
    expect(await countRows(source, made.name)).toBe(made.rows);
  });
});
