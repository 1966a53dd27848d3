// SPDX-License-Identifier: Apache-2.0
// One Job, put together: its name and labels by which it is found again, the policies by which Kubernetes ends it
// without ever repeating it, and the pod. Whether there is another attempt is decided elsewhere.
import type { JobOverrides } from '../api/index.ts';
import type { Reason } from '../base/reason.ts';
import { exitCodes } from '../contract/exit.ts';
import { choicesOf, type Choices } from './job-choices.ts';
import { configurationOf, configurationText, type Access, type Sides } from './job-config.ts';
import { createMounts, type Mounts } from './job-mounts.ts';
import { engineContainer, fileAnnotations, podSpec } from './job-pod.ts';
import type { Job } from './kubernetes.ts';
import { ourLabels, type Role } from './labels.ts';
import { jobName } from './names.ts';
import type { JobKinds } from './observed.ts';
import { serviceAccountOf } from './identity.ts';
import type { Settings } from './settings.ts';

export type Problem = { reason: Reason; message: string };
export type Built = { job: Job } | { problem: Problem };

export type Order = {
  object: JobKinds;
  role: Role;
  number: number;
  /** Behind the base of the name: `1`, `c1`, `k1`. */
  suffix: string;
  args: string[];
  sides: Sides;
  access: Access;
  /** Sections of the configuration that are about the work itself. */
  work: Record<string, unknown>;
  overrides: JobOverrides | undefined;
  settings: Settings;
};

/** All annotations of a pod may take 256 KiB together. */
const maxConfigurationBytes = 200 * 1024;
const maxAnnotationsBytes = 256 * 1024;

export function buildJob(order: Order): Built {
  const identity = serviceAccountOf(order.sides, order.access);
  if ('problem' in identity) return identity;
  const mounts = createMounts();
  const { sides, access, work, settings } = order;
  const configuration = configurationText(configurationOf(sides, access, { mounts, work }));
  const choices = choicesOf(settings, order.overrides, labelsOf(order));
  const annotations = { ...choices.annotations, ...fileAnnotations(settings, configuration) };
  const problem = sizeProblem(configuration, annotations);
  if (problem) return { problem };
  const { args } = order;
  const pod = podSpec({ args, settings, choices, mounts, serviceAccountName: identity.name });
  return { job: assemble(order, { choices, annotations, pod }) };
}

function labelsOf({ object, role, number, settings }: Order): Record<string, string> {
  const { uid, generation } = object.metadata;
  const { version } = settings;
  return ourLabels({
    uid,
    role,
    number,
    version,
    ...(role === 'check' || role === 'sync' ? { generation } : {}),
  });
}

/** `annotations` are the pod's, its files among them. */
type Made = { choices: Choices; annotations: Record<string, string>; pod: Record<string, unknown> };

function assemble({ object, suffix }: Order, { choices, annotations, pod }: Made): Job {
  const { labels } = choices;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: jobName(object, suffix),
      namespace: object.metadata.namespace,
      labels,
      annotations: choices.annotations,
      ...ownership(object),
    },
    spec: {
      backoffLimit: 0,
      podReplacementPolicy: 'Failed',
      podFailurePolicy,
      ...(isLeaving(object) ? { ttlSecondsAfterFinished: orphanTtlSeconds } : {}),
      template: {
        metadata: { labels: { ...labels }, annotations },
        spec: pod,
      },
    },
  };
}

/** They are removed with the finalizer; should nobody live to do that, they go by themselves. */
const orphanTtlSeconds = 3600;

function isLeaving({ metadata }: JobKinds): boolean {
  return metadata.deletionTimestamp !== undefined;
}

/**
 * Kubernetes removes the children of what is deleted in the foreground (as Argo CD prunes) at once and over again: a Job
 * that cleans up after an object on its way out belongs to nobody. Its labels say what it is for.
 */
function ownership(object: JobKinds): { ownerReferences?: OwnerReferences } {
  if (isLeaving(object)) return {};
  const { apiVersion, kind } = object;
  const { name, uid } = object.metadata;
  return {
    ownerReferences: [{ apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true }],
  };
}

type OwnerReferences = NonNullable<Job['metadata']['ownerReferences']>;

const { usage, refused, partly, interrupted } = exitCodes;

/** In this order: an evicted pod may also have had time to exit, and its eviction is what counts. */
const podFailurePolicy = {
  rules: [
    { action: 'FailJob', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
    {
      action: 'FailJob',
      onExitCodes: {
        containerName: engineContainer,
        operator: 'In',
        values: [usage, refused, partly, interrupted],
      },
    },
  ],
};

function sizeProblem(configuration: string, annotations: Record<string, string>): Problem | undefined {
  const bytes = Buffer.byteLength(configuration);
  if (bytes > maxConfigurationBytes) {
    return tooLarge(
      `the configuration of the Job takes ${kib(bytes)} KiB, and ${kib(maxConfigurationBytes)} KiB is the most: ` +
        'shorten include, exclude and rename, by patterns such as db.*, or make several objects',
    );
  }
  const texts = Object.entries(annotations).flat();
  const all = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (all <= maxAnnotationsBytes) return undefined;
  return tooLarge(
    `the annotations of the Job's pod take ${kib(all)} KiB, and ${kib(maxAnnotationsBytes)} KiB is the most: ` +
      'shorten job.annotations, or the annotations and the CA bundle that the chart gives every Job',
  );
}

function tooLarge(message: string): Problem {
  return { reason: 'InvalidConfiguration', message };
}

function kib(bytes: number): number {
  return Math.ceil(bytes / 1024);
}

/** The keys that a Job with this access mounts. */
export function keysOf(sides: Sides, access: Access): ReturnType<Mounts['needed']> {
  const mounts = createMounts();
  configurationOf(sides, access, { mounts, work: {} });
  return mounts.needed();
}
