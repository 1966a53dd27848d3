// SPDX-License-Identifier: Apache-2.0
// Where a run belongs: its instance and its storage, which a restore may have from its backup.
import type { MilvusBackup, MilvusBackupSchedule, MilvusRestore } from '../api/index.ts';
import type { Run } from '../plan/observed.ts';
import { newestOf } from '../plan/restore-source.ts';
import type { Caches } from './caches.ts';

/** Where it is restored to: as it says, as it has said before, or where its backup came from. */
export function instanceNameOf(caches: Caches, run: Run): string | undefined {
  if (run.kind === 'MilvusBackup') return run.spec.instanceRef.name;
  const { spec, status } = run;
  return spec.instanceRef?.name ?? status?.instance ?? backupOf(caches, run)?.spec.instanceRef.name;
}

export function storageNameOf(caches: Caches, run: Run): string | undefined {
  if (run.kind === 'MilvusBackup') return run.spec.storageRef.name;
  return run.spec.source.storageRef?.name ?? backupOf(caches, run)?.spec.storageRef.name;
}

/** The one that is restored, as the restore names it or has found it. */
export function backupOf(
  { backups }: Caches,
  { metadata, spec, status }: MilvusRestore,
): MilvusBackup | undefined {
  const name = spec.source.backupRef?.name ?? status?.backup;
  return name === undefined ? undefined : backups.get({ namespace: metadata.namespace, name });
}

/** The one that a restore means which has not found it yet: of its schedule, or of what was found in buckets. */
export function newestBackupOf(
  { backups, schedules }: Caches,
  restore: MilvusRestore,
): { backup: MilvusBackup | undefined; schedule: MilvusBackupSchedule | undefined } {
  const { namespace } = restore.metadata;
  const name = restore.spec.source.scheduleRef?.name;
  if (name === undefined || restore.status?.backup !== undefined)
    return { backup: undefined, schedule: undefined };
  const schedule = schedules.get({ namespace, name });
  return { backup: newestOf(restore, schedule, backups.list(namespace)), schedule };
}
