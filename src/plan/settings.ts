// SPDX-License-Identifier: Apache-2.0
// What the chart says once for all Jobs. Read from the operator's own environment at its start; never from an object.
import type { JobOverrides } from '../api/index.ts';

export type Settings = {
  /** The engine's image: the operator's own, so that an upgrade moves both at once. */
  image: string;
  imagePullPolicy: 'Always' | 'IfNotPresent' | 'Never';
  imagePullSecrets: { name: string }[];
  resources: NonNullable<JobOverrides['resources']>;
  /** Plain variables of the engine's container: proxies and the like. Never secrets. */
  env: { name: string; value: string }[];
  /** PEM of authorities that each Job trusts beside the public ones. No secret. */
  caBundle?: string;
  nodeSelector?: Record<string, string>;
  tolerations?: NonNullable<JobOverrides['tolerations']>;
  priorityClassName?: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  /** So many runs have begun and not ended at most, in all namespaces. Checks, cleanups and deletions are not counted. */
  maxJobs: number;
  /** The same, of each MilvusBackupStorage. */
  maxJobsPerStorage: number;
  /** For engineVersion and the label app.kubernetes.io/version. */
  version: string;
};
