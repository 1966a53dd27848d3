// SPDX-License-Identifier: Apache-2.0
// Why a Job's engine does not start. Said at once; given up only when it lasts, for an image may yet be pushed, a node
// added and a quota raised.
import type { Reason } from '../base/reason.ts';
import { cutMessage } from '../contract/cut.ts';
import type { EventFact, Job, Pod } from './kubernetes.ts';
import type { Facts } from './observed.ts';
import { conditionOf, createdAt, engineState } from './pods.ts';
import { sentences } from './sentences.ts';

export type Hindrance = {
  reason?: Reason;
  message: string;
  /** Not given up, however long it lasts: somebody has decided so. */
  isWanted?: true;
};

/** A Job without its pod, or a pod without its engine, is asked about by its Events after this long. */
export const patienceMs = 30_000;

/** An engine that has not started this long after its Job was made, for a reason that is known, will not in this attempt. */
export const startPatienceMs = 300_000;

const longest = 700;

const badImage = [
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'ImageInspectError',
  'RegistryUnavailable',
  'SignatureValidationFailed',
];
const refusedByNode = ['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError'];

/** What Events are wanted about, if any. */
export function questionAbout(job: Job, pod: Pod | undefined, now: number): 'Job' | 'Pod' | undefined {
  if (now < createdAt(pod ?? job) + patienceMs) return undefined;
  if (!pod) return 'Job';
  const { waiting } = engineState(pod);
  const isExplained =
    isUnscheduled(pod) || (waiting?.reason !== undefined && waiting.reason !== 'ContainerCreating');
  return isExplained ? undefined : 'Pod';
}

export function hindranceOf(job: Job, pod: Pod | undefined, { events }: Pick<Facts, 'events'>): Hindrance {
  const of = (object: Job | Pod): readonly EventFact[] => events.get(object.metadata.uid ?? '') ?? [];
  if (!pod) return withoutPod(job, of(job));
  const { metadata, status } = pod;
  if (isUnscheduled(pod)) {
    const why = conditionOf(status?.conditions, 'PodScheduled')?.message ?? '';
    return hindrance('Unschedulable', `no node takes pod ${metadata.name}: ${why}`);
  }
  return ofContainer(pod) ?? withoutMount(pod, of(pod));
}

function ofContainer(pod: Pod): Hindrance | undefined {
  const { metadata } = pod;
  const { reason = '', message = '' } = engineState(pod).waiting ?? {};
  if (badImage.includes(reason)) {
    const advice = 'Check the image and imagePullSecrets of the chart';
    return hindrance('ImagePullFailed', sentences(`pod ${metadata.name}: ${reason}: ${message}`, advice));
  }
  if (refusedByNode.includes(reason))
    return hindrance('PodRefused', `the node refuses pod ${metadata.name}: ${reason}: ${message}`);
  return undefined;
}

function isUnscheduled({ status }: Pod): boolean {
  const scheduled = conditionOf(status?.conditions, 'PodScheduled');
  return scheduled?.status === 'False' && scheduled.reason === 'Unschedulable';
}

function withoutPod({ metadata: { name }, status }: Job, events: readonly EventFact[]): Hindrance {
  // Queues of Jobs, too, suspend what waits for its turn.
  if (conditionOf(status?.conditions, 'Suspended')?.status === 'True') {
    const advice = 'It goes on when spec.suspend is false, and another attempt follows when it is deleted';
    const message = sentences(`Job ${name} is suspended by hand or by a queue`, advice);
    return { reason: 'Interrupted', message, isWanted: true };
  }
  const refused = events.findLast(({ reason }) => reason === 'FailedCreate');
  if (!refused) return { message: `Job ${name} has no pod yet` };
  return hindrance(
    'PodRefused',
    sentences(`no pod can be made for Job ${name}: ${refused.message}`, adviceAbout(refused.message)),
  );
}

function adviceAbout(refusal: string): string {
  return refusal.includes('violates PodSecurity')
    ? 'Our own pods fit the profile restricted: find who adds what is named (an injector of sidecars, the values of the chart), or let the namespace allow it'
    : 'Quotas, LimitRanges and admission of the namespace decide about it: make room there, or change spec.job in a new object';
}

function withoutMount({ metadata: { name } }: Pod, events: readonly EventFact[]): Hindrance {
  const failed = events.findLast(({ reason }) => reason === 'FailedMount' || reason === 'FailedAttachVolume');
  if (failed) return hindrance('MountFailed', `pod ${name}: ${failed.message}`);
  const refused = events.findLast(({ reason }) => reason === 'FailedCreatePodSandBox');
  if (refused) return hindrance('PodRefused', `the node cannot start pod ${name}: ${refused.message}`);
  return { message: `pod ${name} is starting` };
}

function hindrance(reason: Reason, message: string): Hindrance {
  return { reason, message: cutMessage(message, longest) };
}
