// SPDX-License-Identifier: Apache-2.0
// Jobs and pods of our objects, as `kubectl` shows them to somebody who looks behind the scenes.
import { instanceOf } from '../lab/instance.ts';
import { kubectl } from '../lab/kubectl.ts';
import { waitFor } from '../lab/wait.ts';
import type { Objects } from './objects.ts';

type Container = { image: string };

export type SeenPod = {
  metadata: { name: string; uid: string };
  spec: { containers: Container[] };
  status: { phase: string; containerStatuses?: { containerID?: string; restartCount: number }[] };
};

export type SeenJob = {
  metadata: { name: string; uid: string; labels: Record<string, string> };
  spec: { template: { spec: { containers: Container[] } } };
};

/** What is made for the object `what`, such as mbk/first, for one role: run, cleanup, delete, check. */
async function childrenOf<T>(objects: Objects, kind: 'jobs' | 'pods', about: Child): Promise<T[]> {
  const { metadata } = await objects.get<{ metadata: { uid: string } }>(about.what);
  const labels = `milvusbackup.dev/uid=${metadata.uid},milvusbackup.dev/role=${about.role ?? 'run'}`;
  const said = await objects.kubectl(['get', kind, '-l', labels, '-o', 'json']);
  return (JSON.parse(said) as { items: T[] }).items;
}

type Child = { what: string; role?: string };

export function jobsOf(objects: Objects, what: string, role?: string): Promise<SeenJob[]> {
  return childrenOf(objects, 'jobs', { what, ...(role === undefined ? {} : { role }) });
}

/** The pod of a run that is at work. */
export async function workingPod(objects: Objects, what: string): Promise<SeenPod> {
  return waitFor(`a running pod of ${what}`, 30_000, async () => {
    const pods = await childrenOf<SeenPod>(objects, 'pods', { what });
    return pods.find(({ status }) => status.phase === 'Running');
  });
}

/** As `kubectl drain` does it. */
export async function evict({ namespace }: Objects, { metadata: { name } }: SeenPod): Promise<void> {
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } };
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/eviction`;
  await kubectl(instanceOf(), ['create', '--raw', path, '-f', '-'], { input: JSON.stringify(eviction) });
}
