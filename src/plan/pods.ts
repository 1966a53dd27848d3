// SPDX-License-Identifier: Apache-2.0
// What the pods of a Job tell. Of what a kubelet or a scheduler may leave out nothing is taken for granted.
import { engineContainer } from './job-pod.ts';
import type { ContainerState, Job, Pod, StatusCondition } from './kubernetes.ts';
import { timeMs } from './moment.ts';
import type { Facts } from './observed.ts';

const jobNameLabels = ['batch.kubernetes.io/job-name', 'job-name'];

/** Newest first. */
export function podsOf(pods: readonly Pod[], jobName: string): Pod[] {
  return pods
    .filter(({ metadata }) => jobNameLabels.some((label) => metadata.labels?.[label] === jobName))
    .sort((a, b) => createdAt(b) - createdAt(a) || (a.metadata.name < b.metadata.name ? 1 : -1));
}

export function createdAt({ metadata }: Pick<Pod | Job, 'metadata'>): number {
  return timeMs(metadata.creationTimestamp) ?? 0;
}

/** Whether nothing of it can be at work any more. A node whose object is gone has been given up by whoever removed it. */
export function isOver(pod: Pod, facts: Pick<Facts, 'nodes'>): boolean {
  return hasTerminated(pod) || nodeOf(pod, facts) === 'Gone';
}

export function hasTerminated({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

export function nodeOf(
  { spec }: Pod,
  { nodes }: Pick<Facts, 'nodes'>,
): 'Gone' | 'Ready' | 'NotReady' | undefined {
  return spec?.nodeName === undefined ? undefined : nodes.get(spec.nodeName);
}

export function engineState(pod: Pod): ContainerState {
  return pod.status?.containerStatuses?.find(({ name }) => name === engineContainer)?.state ?? {};
}

export function conditionOf(
  conditions: readonly StatusCondition[] | undefined,
  type: string,
): StatusCondition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** The condition by which a Job is over. */
export function closingOf({ status }: Job): StatusCondition | undefined {
  return conditionOf(status?.conditions, 'Complete') ?? conditionOf(status?.conditions, 'Failed');
}

/** Slack between a kubelet's clock and ours before a pod that should be gone is wondered at. */
const slackMs = 5000;

/** Whether the pod looks as one whose node has gone silent: then the node is asked for. */
export function looksLost(pod: Pod, now: number): boolean {
  if (hasTerminated(pod) || pod.spec?.nodeName === undefined) return false;
  const end = timeMs(pod.metadata.deletionTimestamp) ?? Number.POSITIVE_INFINITY;
  return now > end + slackMs || pod.status?.reason === 'NodeLost' || isSilent(pod);
}

/** Its engine was last seen running, and nobody vouches for it any more. */
function isSilent(pod: Pod): boolean {
  const ready = conditionOf(pod.status?.conditions, 'Ready');
  return engineState(pod).running !== undefined && ready?.status !== 'True';
}

/** Told to go by somebody else's will: a drain, a preemption, a shutdown, a node under pressure. */
export function isDisrupted({ status }: Pod): boolean {
  if (conditionOf(status?.conditions, 'DisruptionTarget')?.status === 'True') return true;
  return ['Evicted', 'Preempting', 'Shutdown', 'NodeShutdown', 'Terminated'].includes(status?.reason ?? '');
}
