// SPDX-License-Identifier: Apache-2.0
// What a decision wants done. The controller does it in this order and stops at the first thing that fails; killed in
// between and run again, the same decision is made from what then stands.
import type { Reason } from '../base/reason.ts';
import type { Kinds } from './observed.ts';
import type { Job } from './kubernetes.ts';
import type { MilvusBackup } from '../api/index.ts';

export type News = {
  type: 'Normal' | 'Warning';
  reason: Reason | 'Started' | 'Retrying' | 'CleaningUp' | 'Cleaned';
  /** What was done, CamelCase. */
  action: string;
  note: string;
};

/** A MilvusBackup that does not exist yet; what is left out is filled in by the server. */
export type NewBackup = {
  apiVersion: string;
  kind: 'MilvusBackup';
  metadata: Pick<MilvusBackup['metadata'], 'name' | 'namespace' | 'labels'> & {
    annotations: Record<string, string>;
  };
  spec: Pick<MilvusBackup['spec'], 'instanceRef' | 'storageRef' | 'backupName' | 'deletionPolicy'>;
};

export type Desired<T extends Kinds> = {
  /**
   * 0. Before the status: killed in between they are found under their names, and count as made. One that exists and
   * says the same of itself counts as made too.
   */
  createBackups?: NewBackup[];
  /** 0. With the UID as a precondition; also before the status, which tells of it. */
  deleteBackups?: { name: string; uid: string }[];
  /** 1. Set before the first Job; undefined: leave it as it is. False is done last, after everything else. */
  finalizer?: boolean;
  /** 2. The whole status; undefined: as it stands. Written on the resourceVersion that was read, and only on change. */
  status?: T['status'];
  /** 3. Foreground, with the UID as a precondition. */
  deleteJobs: { name: string; uid: string }[];
  /** 4. One that exists and is ours counts as made. */
  createJobs: Job[];
  /** 5. */
  expireJobs: { name: string; ttlSeconds: number }[];
  /** 6. The object itself, with its UID as a precondition: last of all. */
  deleteObject?: boolean;
  /** Told once the status stands. */
  news: News[];
  /** By the wall clock, milliseconds; at most an hour ahead. */
  requeueAt?: number;
};
