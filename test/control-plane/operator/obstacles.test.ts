// SPDX-License-Identifier: Apache-2.0
// What keeps a pod from starting or an attempt from ending well, and is put out of the way by somebody later: nodes,
// images, Secrets, Jobs and pods touched by hand.
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { findCondition, type MilvusBackup } from '../../../src/api/index.ts';
import { fieldManager, secrets } from '../kube/support/bench.ts';
import { instanceOf, jobs, pods, secret } from './support/bench.ts';
import { fails, succeeds } from './support/results.ts';
import { Stage, type Found } from './support/stage.ts';

vi.setConfig({ maxConcurrency: 20, testTimeout: 300_000 });
const plane = inject('controlPlane');
let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open(plane);
  await stage.instance('milvus');
  await stage.storage('store');
});
afterAll(() => stage?.close());

/** Says it within a minute. */
async function untilSaid(name: string, reason: string): Promise<string> {
  const holds = ({ status }: MilvusBackup): boolean =>
    findCondition(status?.conditions, 'Reconciling')?.reason === reason;
  const { status } = await stage.bench.until<MilvusBackup>('MilvusBackup', name, holds, 60_000);
  return findCondition(status.conditions, 'Reconciling')?.message ?? '';
}
const reasonsOf = ({ status }: MilvusBackup): (string | undefined)[] =>
  (status.attempts ?? []).map(({ reason }) => reason);
const succeeded = (name: string): Promise<MilvusBackup> =>
  stage.bench.phase<MilvusBackup>('MilvusBackup', name, 'Succeeded');

async function running(name: string, spec: object = {}): Promise<Found & { made: MilvusBackup }> {
  const made = await stage.backup(name, spec);
  const found = await stage.pod(made);
  await stage.bench.phase('MilvusBackup', name, 'Running');
  return { made, ...found };
}

// Invariant: the reason stands in a condition within a minute, and the run goes on by itself once the way is free.
describe.concurrent('a pod that does not start', () => {
  it('[FM-08] for want of a node, and then of its image', async () => {
    const made = await stage.backup('unplaced', {}, () => undefined);
    const { pod, args } = await stage.pod(made);
    const message = '0/3 nodes are available: 3 Insufficient memory.';
    const unplaced = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message };
    await stage.kubelet.setStatus(pod.metadata, { phase: 'Pending', conditions: [unplaced] });
    expect(await untilSaid('unplaced', 'Unschedulable')).toContain('Insufficient memory');
    const waiting = { reason: 'ImagePullBackOff', message: 'Back-off pulling image "engine:test"' };
    const engine = { name: 'engine', image: 'engine:test', imageID: '', ready: false, restartCount: 0 };
    await stage.kubelet.setStatus(pod.metadata, {
      phase: 'Pending',
      conditions: [{ type: 'PodScheduled', status: 'True' }],
      containerStatuses: [{ ...engine, state: { waiting } }],
    });
    expect(await untilSaid('unplaced', 'ImagePullFailed')).toContain('engine:test');
    await stage.kubelet.run(pod);
    await stage.kubelet.end(pod, succeeds(args));
    expect(reasonsOf(await succeeded('unplaced'))).toEqual(['Completed']);
  });
});

describe.concurrent('a Secret that is deleted while a run is at work', () => {
  // Invariant: no attempt without the key, and one within ten seconds of its return.
  it('[FM-22] keeps the next attempt waiting until it is there again', async () => {
    await stage.bench.create(secret('fleeting-login'));
    await stage.bench.create(instanceOf('fleeting', { maxConcurrentBackups: 20 }));
    const { pod, args } = await running('without-login', { instanceRef: { name: 'fleeting' } });
    stage.script('without-login', (next) => succeeds(next));
    const place = { namespace: stage.bench.namespace, name: 'fleeting-login' };
    await stage.bench.rest.delete(secrets, place, { propagation: 'Background' });
    await stage.kubelet.end(pod, fails(args, { reason: 'CredentialsRejected', message: 'refused' }));
    expect(await untilSaid('without-login', 'SecretNotFound')).toContain('fleeting-login');
    await stage.bench.create(secret('fleeting-login'));
    const since = Date.now();
    const ended = await succeeded('without-login');
    expect(reasonsOf(ended)).toEqual(['CredentialsRejected', 'Completed']);
    // Ten seconds, and what a busy machine takes.
    expect(Date.parse(ended.status.attempts?.[1]?.startTime ?? '') - since).toBeLessThan(30_000);
  });
});

// Invariant: reported or done again as another attempt; never two at work.
describe.concurrent('by hand', () => {
  it('[FM-36] a pod is deleted: its attempt was Interrupted, and another one does the work', async () => {
    const { pod } = await running('podless');
    stage.script('podless', (args) => succeeds(args));
    const { namespace = '', name } = pod.metadata;
    await stage.bench.rest.delete(pods, { namespace, name }, { propagation: 'Background' });
    expect(reasonsOf(await succeeded('podless'))).toEqual(['Interrupted', 'Completed']);
  });

  it('[FM-36] a Job is suspended: the run says so, and goes on in it when that is taken back', async () => {
    const { made, jobName: name } = await running('suspended');
    stage.script('suspended', (args) => succeeds(args));
    const place = { namespace: stage.bench.namespace, name };
    await stage.bench.rest.patch(jobs, place, { fieldManager, body: { spec: { suspend: true } } });
    await stage.bench.untilJobs(made, (all) =>
      all.some(({ status }) => status?.conditions?.some(({ type }) => type === 'Suspended') ?? false),
    );
    const told = await stage.bench.until<MilvusBackup>('MilvusBackup', 'suspended', ({ status }) =>
      JSON.stringify(status).includes('is suspended by hand'),
    );
    expect(told.status.phase).not.toBe('Succeeded');
    await stage.bench.rest.patch(jobs, place, { fieldManager, body: { spec: { suspend: false } } });
    await succeeded('suspended');
    expect(await stage.jobs(made)).toHaveLength(1);
  });
});
