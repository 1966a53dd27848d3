// SPDX-License-Identifier: Apache-2.0
// The door of everything about Jobs: from our objects to the Jobs that act for them. Pure; the same objects make the
// same Job, so that one whose creation was not heard of can be asked for again.
import type { MilvusBackup, MilvusBackupStorage, MilvusInstance, MilvusRestore } from '../api/index.ts';
import { buildJob, keysOf, type Built, type Order } from './job.ts';
import { backupWork, restoreWork, type Access } from './job-config.ts';
import {
  cleanupArguments,
  createArguments,
  deleteArguments,
  instanceCheckArguments,
  restoreArguments,
  storageCheckArguments,
  syncArguments,
} from './job-arguments.ts';
import type { KeysNeeded } from './job-mounts.ts';
import type { Run } from './observed.ts';
import type { Settings } from './settings.ts';
import { importedOf, isImported } from './sync/imported.ts';

export type { Built, Problem } from './job.ts';
export type { KeysNeeded } from './job-mounts.ts';
export { restoreCommand } from './by-hand.ts';
export { engineContainer } from './job-pod.ts';
export { fingerprint } from './place.ts';

export type Parties = { instance?: MilvusInstance; storage?: MilvusBackupStorage; settings: Settings };

/** What a Job is to do; each gets no more of the logins than it needs. */
export type Purpose =
  | 'backup'
  | 'restore'
  | 'cleanup of a backup'
  | 'cleanup of a restore'
  | 'deletion'
  | 'instance check'
  | 'storage check'
  | 'sync';

const accesses: Record<Purpose, Access> = {
  backup: { milvus: true, instanceStore: 'Full', backupStore: 'Full' },
  restore: { milvus: true, instanceStore: 'Full', backupStore: 'Full' },
  // Milvus, for open pauses of its garbage collection; its bucket is only what must be kept away from.
  'cleanup of a backup': { milvus: true, instanceStore: 'Place', backupStore: 'Full' },
  'cleanup of a restore': { milvus: true, instanceStore: 'Full', backupStore: 'None' },
  deletion: { milvus: false, instanceStore: 'Place', backupStore: 'Full' },
  'instance check': { milvus: true, instanceStore: 'Full', backupStore: 'None' },
  'storage check': { milvus: false, instanceStore: 'Place', backupStore: 'Full' },
  sync: { milvus: false, instanceStore: 'Place', backupStore: 'Full' },
};

/** Keys of Secrets and ConfigMaps that must be there before such a Job starts, in the order in which they are used. */
export function keysNeeded(parties: Parties, purpose: Purpose = 'backup'): KeysNeeded[] {
  return keysOf(parties, accesses[purpose]);
}

/** An attempt of a backup, `<base>-<attempt>`. */
export function backupJob(
  backup: MilvusBackup,
  about: { attempt: number; backupName: string },
  parties: Parties,
): Built {
  const missing = missingSide(parties, { instance: true, storage: true });
  if (missing) return missing;
  const args = createArguments(backup, { uid: backup.metadata.uid, ...about });
  return buildJob({ ...attemptOrder(backup, about.attempt, parties), args, work: backupWork(backup) });
}

/** An attempt of a restore, `<base>-<attempt>`; the instance is the one that is restored into. */
export function restoreJob(
  restore: MilvusRestore,
  about: { attempt: number; backupName: string; dryRun?: boolean; confirmedDrops?: string },
  parties: Parties,
): Built {
  const missing = missingSide(parties, { instance: true, storage: true });
  if (missing) return missing;
  const args = restoreArguments(restore, { uid: restore.metadata.uid, ...about });
  return buildJob({ ...attemptOrder(restore, about.attempt, parties), args, work: restoreWork(restore) });
}

function attemptOrder(object: Run, attempt: number, parties: Parties): Omit<Order, 'args' | 'work'> {
  const purpose = object.kind === 'MilvusBackup' ? 'backup' : 'restore';
  return {
    ...orderOf(object, parties, purpose),
    role: 'run',
    number: attempt,
    suffix: String(attempt),
  };
}

/**
 * Cleans up after a run, `<base>-c<number>`. Of a backup the storage must be there and the instance should: without it,
 * pauses of garbage collection lapse by themselves. Of a restore it is the instance alone. `role`: `delete` where it
 * removes long afterwards what a failed run left.
 */
export function cleanupJob(
  run: Run,
  about: { number: number; backupName?: string; data: boolean; role?: 'cleanup' | 'delete' },
  parties: Parties,
): Built {
  const isBackup = run.kind === 'MilvusBackup';
  const missing = missingSide(parties, { instance: !isBackup, storage: isBackup });
  if (missing) return missing;
  return buildJob({
    ...orderOf(run, parties, isBackup ? 'cleanup of a backup' : 'cleanup of a restore'),
    role: about.role ?? 'cleanup',
    number: about.number,
    suffix: `c${about.number}`,
    args: cleanupArguments(run.kind, { uid: run.metadata.uid, ...about }),
    work: {},
  });
}

/** Removes a backup's data, `<base>-c<number>` too: it never runs beside a cleanup. The instance may be gone. */
export function deleteJob(
  backup: MilvusBackup,
  about: { number: number; backupName: string },
  parties: Parties,
): Built {
  const imported = importedOf(backup);
  const madeBy = imported && imported !== 'unreadable' && isImported(backup) ? imported.madeBy : undefined;
  const missing = missingSide(parties, { instance: false, storage: true });
  if (missing) return missing;
  return buildJob({
    ...orderOf(backup, parties, 'deletion'),
    role: 'delete',
    number: about.number,
    suffix: `c${about.number}`,
    args: deleteArguments({
      uid: backup.metadata.uid,
      ...about,
      ...(isImported(backup) ? { madeBy: madeBy ?? 'Nobody' } : {}),
    }),
    work: {},
  });
}

/** Reaches Milvus and its storage, `<base>-k<number>`. */
export function instanceCheckJob(
  instance: MilvusInstance,
  about: { number: number },
  settings: Settings,
): Built {
  const args = instanceCheckArguments(instance.metadata.uid);
  return checkJob(orderOf(instance, { instance, settings }, 'instance check'), args, about.number);
}

/** Reaches a storage, tries to write unless it is ReadOnly, and counts its backups, `<base>-k<number>`. */
export function storageCheckJob(
  storage: MilvusBackupStorage,
  about: { number: number },
  settings: Settings,
): Built {
  const args = storageCheckArguments(storage.metadata.uid, storage.spec);
  return checkJob(orderOf(storage, { storage, settings }, 'storage check'), args, about.number);
}

/** Lists the backups of a storage, `<base>-s<number>`. */
export function syncJob(
  storage: MilvusBackupStorage,
  { number, ...about }: { number: number; most: number; now: number },
  settings: Settings,
): Built {
  return buildJob({
    ...orderOf(storage, { storage, settings }, 'sync'),
    role: 'sync',
    number,
    suffix: `s${number}`,
    args: syncArguments(storage.metadata.uid, storage.spec, about),
    work: {},
  });
}

type Common = Pick<Order, 'object' | 'sides' | 'access' | 'overrides' | 'settings'>;

function checkJob(order: Common, args: string[], number: number): Built {
  return buildJob({ ...order, role: 'check', number, suffix: `k${number}`, args, work: {} });
}

function orderOf(object: Order['object'], parties: Parties, purpose: Purpose): Common {
  const { settings, ...sides } = parties;
  return { object, sides, access: accesses[purpose], overrides: object.spec.job, settings };
}

function missingSide(
  { instance, storage }: Parties,
  needs: { instance: boolean; storage: boolean },
): Built | undefined {
  if (needs.instance && !instance) {
    return {
      problem: { reason: 'InstanceNotFound', message: 'there is no MilvusInstance to make a Job for' },
    };
  }
  if (needs.storage && !storage) {
    return {
      problem: { reason: 'StorageNotFound', message: 'there is no MilvusBackupStorage to make a Job for' },
    };
  }
  return undefined;
}
