// SPDX-License-Identifier: Apache-2.0
// Tools that apply what stands in a repository again and again, by force and with marks of their own, as Argo CD and Flux
// do: nothing of theirs is fought over, nothing of ours is taken for theirs, and they read health as it is.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { findCondition, type MilvusBackup } from '../../../src/api/index.ts';
import type { KubeObject } from '../../../src/kube/resource.ts';
import { backupOf, instanceOf, resourceOf, storageOf, type AnyKind } from './support/bench.ts';
import { succeeds } from './support/results.ts';
import { Stage } from './support/stage.ts';

vi.setConfig({ maxConcurrency: 20, testTimeout: 300_000 });
const plane = inject('controlPlane');
let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open(plane);
  await stage.instance('milvus');
  await stage.storage('store');
});
afterAll(() => stage?.close());

type Tool = { manager: string; labels: Record<string, string>; annotations: Record<string, string> };
const tools: Record<string, Tool> = {
  argo: {
    manager: 'argocd-controller',
    labels: { 'app.kubernetes.io/instance': 'backups' },
    annotations: { 'argocd.argoproj.io/tracking-id': 'backups:milvusbackup.dev/MilvusBackup:x' },
  },
  flux: {
    manager: 'kustomize-controller',
    labels: {
      'kustomize.toolkit.fluxcd.io/name': 'backups',
      'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
    },
    annotations: {},
  },
};
const betweenMs = 300;

function marked(object: KubeObject, { labels, annotations }: Tool): KubeObject {
  const { namespace } = stage.bench;
  return { ...object, metadata: { ...object.metadata, namespace, labels, annotations } };
}

const apply = (object: KubeObject, { manager }: Tool): Promise<AnyKind & KubeObject> =>
  stage.bench.rest.apply<AnyKind & KubeObject>(resourceOf(object.kind as AnyKind['kind']), object, {
    fieldManager: manager,
    force: true,
  });

/** As kstatus, which both read, judges it. */
function healthOf({ metadata, status }: AnyKind): 'Current' | 'InProgress' | 'Failed' {
  if (findCondition(status?.conditions, 'Stalled')?.status === 'True') return 'Failed';
  const isSeen = status?.observedGeneration === (metadata as { generation?: number }).generation;
  const isReady = findCondition(status?.conditions, 'Ready')?.status === 'True';
  return isSeen && isReady ? 'Current' : 'InProgress';
}

describe.concurrent.each(Object.entries(tools))('applied again and again by %s', (name, tool) => {
  // Invariant: no drift of the spec, no child that a tool would prune, and health goes one way: in progress, then current.
  it('[FM-35] a run goes its way once, and its Jobs are nobody else’s', async () => {
    stage.script(name, () => 'runs');
    const objects = [
      marked(backupOf(name), tool),
      marked(instanceOf(`${name}-milvus`, { storage: instanceStorage }), tool),
      marked(storageOf(`${name}-store`, { auth: { secretRef: { name: 'store-login' } } }), tool),
    ];
    const seen: string[] = [];
    const over = new AbortController();
    const loop = (async () => {
      for (; !over.signal.aborted; await sleep(betweenMs)) {
        for (const object of objects) {
          const applied = await apply(object, tool);
          if (object.kind === 'MilvusBackup') seen.push(healthOf(applied));
        }
      }
    })();
    try {
      const made = await stage.bench.until<MilvusBackup>('MilvusBackup', name, ({ status }) => {
        return status?.phase === 'Running';
      });
      const { pod, args } = await stage.pod(made);
      const { length } = seen;
      await expect.poll(() => seen.length, { timeout: 60_000 }).toBeGreaterThan(length + 5);
      await stage.kubelet.end(pod, succeeds(args));
      const ended = await stage.bench.phase<MilvusBackup>('MilvusBackup', name, 'Succeeded');
      await expect.poll(() => seen.at(-1), { timeout: 60_000 }).toBe('Current');
      expect((ended.metadata as { generation?: number }).generation).toBe(1);
      expect(ended.spec).toEqual(made.spec);
      expect(ended.metadata.labels).toEqual(tool.labels);
      expect(ended.status.attempts).toMatchObject([{ number: 1, reason: 'Completed' }]);
    } finally {
      over.abort();
      await loop;
    }
    expect(seen.filter((one, i) => one !== seen[i - 1])).toEqual(['InProgress', 'Current']);
    for (const object of objects) await expectNothingInherited(object, tool);
  });
});

const instanceStorage = {
  provider: 'Minio',
  endpoint: 'minio:9000',
  bucket: 'bucket',
  rootPath: 'files/shared',
  auth: { secretRef: { name: 'milvus-login' } },
};

/** A tool prunes what carries its mark and stands in no repository. */
async function expectNothingInherited({ kind, metadata: { name } }: KubeObject, tool: Tool): Promise<void> {
  const object = await stage.bench.get<AnyKind>(kind as AnyKind['kind'], name);
  const jobs = await stage.bench.jobsOf(object);
  expect(jobs.length).toBeGreaterThan(0);
  const children = jobs.flatMap((job) => [job, ...stage.kubelet.pods(job.metadata.name)]);
  const marks = Object.keys({ ...tool.labels, ...tool.annotations });
  for (const { metadata } of children) {
    const carried = Object.keys({ ...metadata.labels, ...metadata.annotations });
    expect(carried.filter((key) => marks.includes(key))).toEqual([]);
  }
}
