// SPDX-License-Identifier: Apache-2.0
// Which backup a restore is of where it names a schedule: the newest that succeeded, not after a time. Looked for once;
// from then on the status names it, whatever the schedule makes or forgets afterwards.
import type { MilvusBackup, MilvusBackupSchedule, MilvusRestore } from '../api/index.ts';
import { expiredBy } from './expiry.ts';
import { timeMs } from './moment.ts';
import { notThere } from './backup.ts';
import type { Problem } from './run-kind.ts';
import { isMadeBy } from './schedule/names.ts';
import { importedOf } from './sync/imported.ts';

type Named = Pick<MilvusBackupSchedule, 'metadata'>;
type ScheduleRef = NonNullable<MilvusRestore['spec']['source']['scheduleRef']>;

/** The backup that `restore` has named, or the one its schedule means now; undefined: there is none yet. */
export function newestOf(
  { metadata: { namespace }, spec }: MilvusRestore,
  schedule: Named | undefined,
  backups: readonly MilvusBackup[],
): MilvusBackup | undefined {
  const { scheduleRef } = spec.source;
  if (!scheduleRef) return undefined;
  const latest = scheduleRef.at === undefined ? Infinity : (timeMs(scheduleRef.at) ?? -Infinity);
  return backups
    .filter((backup) => belongsTo(backup, { namespace, name: scheduleRef.name, schedule }))
    .filter((backup) => isGood(backup) && endOf(backup) <= latest)
    .reduce<MilvusBackup | undefined>((best, one) => (best && isNewer(best, one) ? best : one), undefined);
}

function isGood({ status, metadata }: MilvusBackup): boolean {
  const isGoing = metadata.deletionTimestamp !== undefined || metadata.annotations?.[expiredBy] !== undefined;
  return status.phase === 'Succeeded' && status.completionTime !== undefined && !isGoing;
}

function endOf({ status }: MilvusBackup): number {
  return timeMs(status.completionTime) ?? Infinity;
}

/** By completion, then by name: two that ended in the same second are told apart by their slots. */
function isNewer(one: MilvusBackup, other: MilvusBackup): boolean {
  const difference = endOf(one) - endOf(other);
  return difference > 0 || (difference === 0 && one.metadata.name > other.metadata.name);
}

type Wanted = { namespace: string; name: string; schedule: Named | undefined };

/** Made by this very schedule; or found in a bucket, and said to be of it or of one that was called so where it was made. */
function belongsTo(backup: MilvusBackup, { namespace, name, schedule }: Wanted): boolean {
  if (schedule && isMadeBy(backup, schedule)) return true;
  const source = importedOf(backup);
  if (source === undefined || source === 'unreadable') return false;
  const isOfUid = schedule !== undefined && source.scheduleUID === schedule.metadata.uid;
  return isOfUid || (source.schedule === name && source.namespace === namespace);
}

export function withoutBackup({ name, at }: ScheduleRef, schedule: Named | undefined): Problem {
  const until = at === undefined ? '' : ` by ${at}`;
  const lacking = notThere('BackupNotReady', 'MilvusBackupSchedule', name);
  return schedule
    ? {
        reason: 'BackupNotReady',
        message: `no backup of MilvusBackupSchedule ${name} has succeeded${until}: wait for the next one, or name a later time in another MilvusRestore`,
      }
    : { ...lacking, message: `${lacking.message} No backup that was found in a bucket is of it either` };
}
