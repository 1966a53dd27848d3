// SPDX-License-Identifier: Apache-2.0
// From backups as they stand to what retention judges. What goes anyway, by spec.ttl, by a mark or because somebody
// deletes it, must not be relied on, even while it is still there.
import type { MilvusBackup, MilvusRestore } from '../../api/index.ts';
import { dueOf, isRemoving, readersOf } from '../expiry.ts';
import type { Candidate } from './candidate.ts';

/** `restores`: those of the namespace; that have ended or not. */
export function candidatesOf(
  backups: readonly MilvusBackup[],
  restores: readonly MilvusRestore[],
  now: number,
): Candidate[] {
  return backups.map((backup) => {
    const { metadata, spec, status } = backup;
    const goingBy = reasonToGo(backup, now);
    return {
      name: metadata.name,
      phase: status.phase,
      completionTime: status.phase === 'Expired' ? undefined : status.completionTime,
      isHeld: spec.hold,
      isInUse: readersOf(backup, restores).length > 0,
      ...(goingBy === undefined ? {} : { goingBy }),
    };
  });
}

function reasonToGo(backup: MilvusBackup, now: number): string | undefined {
  const due = dueOf(backup);
  if (due && now >= due.at) return due.rule;
  return backup.metadata.deletionTimestamp !== undefined || isRemoving(backup.status)
    ? 'deletion'
    : undefined;
}
