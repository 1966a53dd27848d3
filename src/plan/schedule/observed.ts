// SPDX-License-Identifier: Apache-2.0
// What the decision about a schedule looks at, and what it wants done. Everything is gathered beforehand and handed in;
// the controller carries out what comes out, in the order of the fields.
import type { MilvusBackup, MilvusBackupSchedule, MilvusRestore } from '../../api/index.ts';
import type { News } from '../desired.ts';
import type { Refusal } from '../refusal.ts';

export type ObservedSchedule = {
  /** Wall clock, milliseconds. */
  now: number;
  object: MilvusBackupSchedule;
  /** Its backups as far as the cache knows: those that carry its UID. */
  backups: readonly MilvusBackup[];
  /** Whether what the template names is there. */
  hasInstance: boolean;
  hasStorage: boolean;
  /** Restores into that instance that have not ended. */
  restores: readonly MilvusRestore[];
  /** Restores of the namespace that have not ended: what they read stays. */
  readers: readonly MilvusRestore[];
  /** What the server answered, by name: the MilvusBackup of that name, whoever made it. Not in it: not asked for. */
  found: ReadonlyMap<string, MilvusBackup | 'absent'>;
};

/** A MilvusBackup that does not exist yet. */
export type NewBackup = {
  apiVersion: string;
  kind: 'MilvusBackup';
  metadata: Pick<MilvusBackup['metadata'], 'name' | 'namespace' | 'ownerReferences'> & {
    labels: Record<string, string>;
    annotations: Record<string, string>;
  };
  spec: MilvusBackupSchedule['spec']['template']['spec'];
};

/** A backup as it was when it was judged. */
export type Judged = { name: string; uid: string; resourceVersion: string };

/** One that goes, by which rule. */
export type Mark = Judged & { rule: string };

export type DesiredSchedule = {
  /** 1. Backups that give way (concurrencyPolicy Replace). */
  cancel: Judged[];
  /** 2. At most one. Before the status: killed in between, it is found under its name and counts as made. */
  create?: NewBackup;
  /** 3. Written on the resourceVersion that was read. */
  status: MilvusBackupSchedule['status'];
  /** 4. Backups that retention lets go. */
  marks: Mark[];
  /** 5. Told once the status stands. */
  news: News[];
  /** By the wall clock, milliseconds; at most an hour ahead. */
  requeueAt?: number;
};

/** Why the server did not take the new backup. */
export type RefusedBackup = Pick<Refusal, 'error'> & { name: string };
