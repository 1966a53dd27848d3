// SPDX-License-Identifier: Apache-2.0
// The operator's own pods: which of them leads, and the end of it without a word.
import { runInBox } from '../lab/box.ts';
import { instanceOf } from '../lab/instance.ts';
import { get, kubectl } from '../lab/kubectl.ts';
import { operatorNamespace } from '../lab/operator.ts';
import { waitFor } from '../lab/wait.ts';
import type { SeenPod } from './pods.ts';

const name = 'milvus-backup-operator';

/** Who holds the Lease, as it calls itself: its pod, and what is its own alone. */
export async function leader(): Promise<string> {
  type Lease = { spec: { holderIdentity?: string } };
  const { spec } = await get<Lease>(instanceOf(), ['-n', operatorNamespace, 'lease', name]);
  return spec.holderIdentity ?? '';
}

/** Kills the process that leads, with SIGKILL: it gives nothing back. Returns who that was. */
export async function killLeader(): Promise<string> {
  const instance = instanceOf();
  const holder = await leader();
  const [pod = ''] = holder.split('_');
  const { status } = await get<SeenPod>(instance, ['-n', operatorNamespace, 'pod', pod]);
  const container = status.containerStatuses?.[0]?.containerID?.replace('containerd://', '') ?? '';
  const kill = ['tasks', 'kill', '--signal', 'SIGKILL', container];
  await runInBox(instance, 'ctr', ['--namespace', 'k8s.io', ...kill]);
  return holder;
}

/**
 * The same, and its pod goes with it: a container that starts again a second later could be the next to lead. Nothing may
 * be scheduled meanwhile. Returns who that was.
 */
export async function removeLeader(): Promise<string> {
  const holder = await killLeader();
  const [pod = ''] = holder.split('_');
  const now = ['--force', '--grace-period=0', '--wait=false'];
  await kubectl(instanceOf(), ['-n', operatorNamespace, 'delete', 'pod', pod, ...now]);
  return holder;
}

export async function untilAnotherLeads(before: string): Promise<string> {
  return waitFor('another operator to lead', 60_000, async () => {
    const holder = await leader();
    return holder === '' || holder === before ? undefined : holder;
  });
}
