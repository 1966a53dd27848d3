// SPDX-License-Identifier: Apache-2.0
// Where a run belongs: its instance and its storage, which a restore may have from its backup.
import type { MilvusBackup, MilvusRestore } from '../api/index.ts';
import type { Run } from '../plan/observed.ts';
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

/** The one that is restored. */
export function backupOf({ backups }: Caches, { metadata, spec }: MilvusRestore): MilvusBackup | undefined {
  const name = spec.source.backupRef?.name;
  return name === undefined ? undefined : backups.get({ namespace: metadata.namespace, name });
}
