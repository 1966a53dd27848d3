// SPDX-License-Identifier: Apache-2.0
// Of Kubernetes' own objects what decisions read, as plain JSON: times are RFC 3339 text, absent lists are absent. What we
// write (a Job) is here too, so that tables of tests need no client library.
import type { ObjectMeta } from '../api/object.ts';

export type Meta = Partial<Omit<ObjectMeta, 'name'>> & { name: string };

export type StatusCondition = {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
};

/** batch/v1 Job. The spec is ours to write and never read back. */
export type Job = {
  apiVersion: 'batch/v1';
  kind: 'Job';
  metadata: Meta;
  spec: Record<string, unknown> & { ttlSecondsAfterFinished?: number };
  status?: {
    conditions?: StatusCondition[];
    active?: number;
    terminating?: number;
    failed?: number;
    succeeded?: number;
    startTime?: string;
    completionTime?: string;
  };
};

export type ContainerStatus = {
  name: string;
  ready?: boolean;
  restartCount?: number;
  state?: ContainerState;
  lastState?: ContainerState;
};

export type ContainerState = {
  waiting?: { reason?: string; message?: string };
  running?: { startedAt?: string };
  terminated?: {
    exitCode: number;
    reason?: string;
    message?: string;
    signal?: number;
    startedAt?: string;
    finishedAt?: string;
  };
};

export type Pod = {
  apiVersion: 'v1';
  kind: 'Pod';
  metadata: Meta;
  spec?: { nodeName?: string };
  status?: {
    phase?: string;
    reason?: string;
    message?: string;
    conditions?: StatusCondition[];
    containerStatuses?: ContainerStatus[];
    startTime?: string;
  };
};

/** Of an Event what explains why something does not begin. */
export type EventFact = { reason: string; message: string; type: string; count?: number };
