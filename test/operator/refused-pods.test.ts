// SPDX-License-Identifier: Apache-2.0
// A cluster that does not start the pod: no node takes it, its image cannot be pulled, a quota, a LimitRange or Pod Security
// is against it; and somebody who takes Job and pod away while they work. Each is said on the object, and goes on when that is mended.
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import type { MilvusBackup } from '../../src/api/index.ts';
import { nodeName } from '../lab/node.ts';
import { makeTiny } from '../support/bad-bench.ts';
import { connect } from '../support/collection.ts';
import type { Manifest } from '../support/examples.ts';
import { startInjector, type Injector } from '../support/injector.ts';
import { openHeldStore, type HeldStore } from '../support/held-store.ts';
import { conditionOf, untilSucceeded, type Seen } from '../support/objects.ts';
import { hasty, modest, podsOf, untilPhase, untilReconciling } from '../support/runs.ts';
import { openWorld, type World } from '../support/world.ts';

const lab = inject('lab');
/** A world each, since what is against a pod is so for a namespace. */
const abouts = ['free', 'quota', 'job-quota', 'limits', 'pod-security'] as const;
const worlds = {} as Record<(typeof abouts)[number], World>;
let store: HeldStore;
let source: MilvusClient;
let collection: string;
let injector: Injector | undefined;

beforeAll(async () => {
  source = await connect(lab.milvus.source.address);
  await Promise.all(
    abouts.map(async (about) => {
      worlds[about] = await openWorld(lab, about);
    }),
  );
  await worlds.free.applyInstance('milvus', { maxConcurrentBackups: 3 });
  store = await openHeldStore(lab, worlds.free);
  collection = `${worlds.free.namespace.replaceAll('-', '_')}_c`;
  await makeTiny(source, collection);
});

afterAll(async () => {
  await injector?.close();
  await worlds.free.objects.kubectl(['label', 'node', nodeName, `${pool}-`]);
  await Promise.all(Object.values(worlds).map((world) => world.close()));
  await store?.close();
  await source?.dropCollection({ collection_name: collection });
  await source?.closeConnection();
});

const pool = 'test.example.com/pool';

function againstPods(kind: string, spec: Record<string, unknown>): Manifest {
  return { apiVersion: 'v1', kind, metadata: { name: 'against' }, spec };
}

async function expectRefused(world: World, what: string, says: RegExp): Promise<void> {
  const seen = await untilReconciling(world.objects, what, 'PodRefused', 90_000);
  expect(seen.status.phase).toBe('Pending');
  expect(conditionOf(seen, 'Reconciling')?.message).toMatch(says);
}

async function expectDone(world: World, name: string): Promise<void> {
  const { status } = await untilSucceeded<MilvusBackup>(world.objects, `mbk/${name}`);
  expect(status.attempts).toMatchObject([{ number: 1, reason: 'Completed' }]);
}

// Invariant: the reason is named within a minute, and the run goes on when the obstacle is gone.
describe.concurrent('[FM-08] a pod that does not start', () => {
  it('for want of a node, then of an image: said at once, and gone on with', async () => {
    const world = worlds.free;
    const { objects } = world;
    const job = { ...modest, nodeSelector: { [pool]: world.namespace } };
    await world.applyBackup('unplaced', { include: [collection], job });
    const unplaced = await untilReconciling(objects, 'mbk/unplaced', 'Unschedulable');
    expect(unplaced.status.phase).toBe('Pending');
    expect(conditionOf(unplaced, 'Ready')?.message).toMatch(
      /no node takes pod unplaced-.*affinity\/selector/,
    );

    const [pod] = (await podsOf(objects, unplaced)) as { metadata: { name: string }; spec: object }[];
    const what = `pod/${pod?.metadata.name}`;
    const { spec } = await objects.get<{ spec: { containers: { image: string }[] } }>(what);
    const image = spec.containers[0]?.image ?? '';
    await objects.kubectl(['set', 'image', what, `engine=${image}-is-not-there`]);
    await objects.kubectl(['label', 'node', nodeName, `${pool}=${world.namespace}`]);
    const unpulled = await untilReconciling(objects, 'mbk/unplaced', 'ImagePullFailed');
    expect(conditionOf(unpulled, 'Ready')?.message).toMatch(/is-not-there.*imagePullSecrets/s);
    await objects.kubectl(['set', 'image', what, `engine=${image}`]);
    await expectDone(world, 'unplaced');
  });

  it('for a quota on pods', async () => {
    const world = worlds.quota;
    const quota = againstPods('ResourceQuota', { hard: { pods: '0' } });
    await world.objects.apply([quota]);
    await untilCounted(world, 'pods');
    await world.applyBackup('many', { include: [collection], job: modest });
    await expectRefused(world, 'mbk/many', /no pod can be made.*exceeded quota: against/);
    await world.objects.kubectl(['delete', 'resourcequota', 'against']);
    await expectDone(world, 'many');
  });

  it('for a quota on Jobs', async () => {
    const world = worlds['job-quota'];
    await world.objects.apply([againstPods('ResourceQuota', { hard: { 'count/jobs.batch': '0' } })]);
    await untilCounted(world, 'count/jobs.batch');
    await world.applyBackup('many', { include: [collection], job: modest });
    await expectRefused(world, 'mbk/many', /Job many-.*was refused:.*exceeded quota: against/);
    await world.objects.kubectl(['delete', 'resourcequota', 'against']);
    await expectDone(world, 'many');
  });

  it('for Pod Security, which is against what an injector adds', async () => {
    const world = worlds['pod-security'];
    injector = await startInjector(lab, world.namespace);
    await world.applyBackup('injected', { include: [collection], job: modest });
    const forbidden =
      /no pod can be made for Job injected-.* is forbidden: violates PodSecurity "restricted:latest".*NET_ADMIN/;
    await expectRefused(world, 'mbk/injected', forbidden);
    const seen = await world.objects.get<Seen>('mbk/injected');
    const { message = '', lastTransitionTime = '' } = conditionOf(seen, 'Reconciling') ?? {};
    expect(message).toContain('find who adds what is named');
    expect(Date.parse(lastTransitionTime) - Date.parse(seen.metadata.creationTimestamp)).toBeLessThan(60_000);
    await injector.close();
    await expectDone(world, 'injected');
  });

  it('for a LimitRange', async () => {
    const world = worlds.limits;
    const limits = [{ type: 'Container', max: { memory: '128Mi' } }];
    await world.objects.apply([againstPods('LimitRange', { limits })]);
    await world.applyBackup('large', { include: [collection], job: modest });
    await expectRefused(world, 'mbk/large', /no pod can be made.*maximum memory usage/);
    await world.objects.kubectl(['delete', 'limitrange', 'against']);
    await expectDone(world, 'large');
  });
});

/** A quota counts for what is made after its controller has seen it. */
async function untilCounted(world: World, what: string): Promise<void> {
  type Quota = Seen & { status?: { hard?: Record<string, string> } };
  await world.objects.until<Quota>(
    'resourcequota/against',
    ({ status }) => status?.hard?.[what] === '0',
    30_000,
  );
}

// Invariant: another attempt does the work.
describe.concurrent.each([
  ['Job', 'jobs', /Job .* was deleted/],
  ['pod', 'pods', /pod .* was deleted/],
] as const)('[FM-36] somebody deletes the %s of a run at work', (kind, plural, says) => {
  it('and another attempt does the work', async () => {
    const world = worlds.free;
    const name = `without-${kind.toLowerCase()}`;
    const backupName = name.replaceAll('-', '_');
    const hold = store.hold(backupName);
    await world.applyBackup(name, {
      backupName,
      storageRef: { name: 'held' },
      include: [collection],
      retry: hasty,
      job: modest,
    });
    await hold.reached();
    // A Job that nobody has seen is made again.
    const { metadata } = await untilPhase(world.objects, `mbk/${name}`, 'Running');
    const selector = `milvusbackup.dev/uid=${metadata.uid}`;
    await world.objects.kubectl(['delete', plural, '-l', selector, '--wait=false']);
    await world.objects.until<MilvusBackup & Seen>(`mbk/${name}`, ({ status }) => {
      return status.attempts?.length === 2;
    });
    hold.release();
    const { status } = await untilSucceeded<MilvusBackup>(world.objects, `mbk/${name}`);
    expect(status.attempts).toMatchObject([
      { number: 1, reason: 'Interrupted', message: expect.stringMatching(says) },
      { number: 2, reason: 'Completed', exitCode: 0 },
    ]);
  });
});
