// SPDX-License-Identifier: Apache-2.0
// What the admission of a namespace refuses: it is told after half a minute without a pod, so that it takes its time here.
import { afterAll, describe, expect, inject, it, vi } from 'vitest';
import { findCondition, type MilvusBackup } from '../../src/api/index.ts';
import type { KubeObject, Resource } from '../../src/kube/resource.ts';
import { fieldManager } from '../control-plane/kube/support/bench.ts';
import { succeeds } from '../control-plane/operator/support/results.ts';
import { Stage } from '../control-plane/operator/support/stage.ts';
import { waitFor } from '../lab/wait.ts';

vi.setConfig({ testTimeout: 300_000 });
const plane = inject('controlPlane');
const opened: Stage[] = [];

async function open(): Promise<Stage> {
  const one = await Stage.open(plane);
  opened.push(one);
  await one.instance('milvus');
  await one.storage('store');
  return one;
}
afterAll(() => Promise.all(opened.map((one) => one.close())));

const core = (plural: string, kind: string): Resource => ({
  group: '',
  version: 'v1',
  plural,
  kind,
  namespaced: true,
});
const quotas = core('resourcequotas', 'ResourceQuota');
const limitRanges = core('limitranges', 'LimitRange');
const manifest = (kind: string, namespace: string, spec: object): KubeObject =>
  ({ apiVersion: 'v1', kind, metadata: { namespace, name: 'against' }, spec }) as KubeObject;

/** Says it within a minute. */
async function untilRefused({ bench }: Stage, name: string): Promise<string> {
  const holds = ({ status }: MilvusBackup): boolean =>
    findCondition(status?.conditions, 'Reconciling')?.reason === 'PodRefused';
  const { status } = await bench.until<MilvusBackup>('MilvusBackup', name, holds, 60_000);
  return findCondition(status.conditions, 'Reconciling')?.message ?? '';
}

// Invariant: the reason stands in a condition within a minute, and the run goes on by itself once the way is free.
describe.concurrent('a pod that is refused', () => {
  it('[FM-08] for a quota', async () => {
    const own = await open();
    const { namespace, rest } = own.bench;
    await rest.create(quotas, manifest('ResourceQuota', namespace, { hard: { pods: '0' } }), {
      fieldManager,
    });
    await waitFor('the quota to count', 30_000, async () => {
      type Quota = KubeObject & { status?: { hard?: Record<string, string> } };
      const { status } = await rest.get<Quota>(quotas, { namespace, name: 'against' });
      return status?.hard?.['pods'] === '0' || undefined;
    });
    await own.backup('many', {}, (args) => succeeds(args));
    expect(await untilRefused(own, 'many')).toContain('exceeded quota: against');
    await rest.delete(quotas, { namespace, name: 'against' }, { propagation: 'Background' });
    await own.bench.phase('MilvusBackup', 'many', 'Succeeded');
  });

  it('[FM-08] for a LimitRange', async () => {
    const own = await open();
    const { namespace, rest } = own.bench;
    const limits = [{ type: 'Container', max: { memory: '1Mi' } }];
    await rest.create(limitRanges, manifest('LimitRange', namespace, { limits }), { fieldManager });
    await own.backup('large', {}, (args) => succeeds(args));
    expect(await untilRefused(own, 'large')).toContain('maximum memory usage');
    await rest.delete(limitRanges, { namespace, name: 'against' }, { propagation: 'Background' });
    await own.bench.phase('MilvusBackup', 'large', 'Succeeded');
  });
});
