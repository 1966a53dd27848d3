// SPDX-License-Identifier: Apache-2.0
// What is dropped from objects before they are kept: a thousand of them stay in memory, and of most of their bytes nobody
// reads one. A pod carries its whole configuration as an annotation, up to 200 KiB.
import type { KubeObject } from '../kube/resource.ts';
import { defined } from '../plan/fields.ts';
import type { Job, Pod } from '../plan/kubernetes.ts';

/** kubectl's copy of the object within the object. */
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

export function trimOwn({ metadata }: KubeObject): void {
  delete metadata.managedFields;
  if (metadata.annotations) delete metadata.annotations[lastApplied];
}

export function trimJob(job: Job): void {
  dropBulk(job);
  const { ttlSecondsAfterFinished } = job.spec;
  job.spec = ttlSecondsAfterFinished === undefined ? {} : { ttlSecondsAfterFinished };
}

export function trimPod(pod: Pod): void {
  dropBulk(pod);
  const { nodeName } = pod.spec ?? {};
  pod.spec = nodeName === undefined ? {} : { nodeName };
  if (!pod.status) return;
  const { phase, reason, message, conditions, containerStatuses, startTime } = pod.status;
  pod.status = defined({ phase, reason, message, conditions, containerStatuses, startTime });
}

function dropBulk({ metadata }: KubeObject): void {
  delete metadata.managedFields;
  delete metadata.annotations;
}
