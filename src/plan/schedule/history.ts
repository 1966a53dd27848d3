// SPDX-License-Identifier: Apache-2.0
// What became of a schedule's backups. A run is counted when it is seen to have ended and stood among the active ones
// before, so that it counts once however often it is looked at, and whatever is removed afterwards.
import { findCondition, isTrue, type MilvusBackup, type MilvusBackupSchedule } from '../../api/index.ts';
import { isReason } from '../../base/reason.ts';
import { defined } from '../fields.ts';
import { timeMs } from '../moment.ts';
import type { Problem } from '../run-kind.ts';
import { hasEnded } from '../run-state.ts';

type Status = MilvusBackupSchedule['status'];

export type History = {
  /** Not ended, oldest first. */
  active: MilvusBackup[];
  fields: Pick<Status, 'lastSuccessfulTime' | 'lastSuccessfulBackup' | 'consecutiveFailures'>;
  /** How the last of those ended that have ended since; undefined: none has. */
  last: { backup: MilvusBackup; failure: Problem | undefined } | undefined;
};

/** `adopted`: those that count as made just now, and may have ended long ago. */
export function historyOf(
  { status }: MilvusBackupSchedule,
  backups: readonly MilvusBackup[],
  adopted: readonly MilvusBackup[] = [],
): History {
  const all = [...new Map(backups.map((backup) => [backup.metadata.name, backup])).values()].sort(byAge);
  const isNew = unseenUntilNow(status, adopted);
  const ended = all.filter((backup) => hasEnded(backup) && isNew(backup)).toSorted(byEnd);
  const last = ended.at(-1);
  return {
    active: all.filter((backup) => !hasEnded(backup)),
    fields: {
      ...successOf(status, ended),
      ...defined({ consecutiveFailures: failuresAfter(status.consecutiveFailures, ended) }),
    },
    last: last && { backup: last, failure: failureOf(last) },
  };
}

function unseenUntilNow(
  { conditions, active = [] }: Status,
  adopted: readonly MilvusBackup[],
): (backup: MilvusBackup) => boolean {
  // A status that was lost is made up from what is there.
  const isLost = findCondition(conditions, 'LastBackupSucceeded') === undefined;
  const names = new Set([...active, ...adopted.map(({ metadata }) => metadata.name)]);
  return ({ metadata }) => isLost || names.has(metadata.name);
}

function failuresAfter(before: number | undefined, ended: readonly MilvusBackup[]): number | undefined {
  return ended.reduce<number | undefined>((count, one) => (hasSucceeded(one) ? 0 : (count ?? 0) + 1), before);
}

/** Never one older than is known. */
function successOf(
  { lastSuccessfulTime, lastSuccessfulBackup }: Status,
  ended: readonly MilvusBackup[],
): Pick<Status, 'lastSuccessfulTime' | 'lastSuccessfulBackup'> {
  const newest = ended.findLast(hasSucceeded);
  const time = newest?.status.completionTime;
  const isNewer = (timeMs(time) ?? 0) > (timeMs(lastSuccessfulTime) ?? 0);
  return newest && isNewer
    ? { ...defined({ lastSuccessfulTime: time }), lastSuccessfulBackup: newest.metadata.name }
    : defined({ lastSuccessfulTime, lastSuccessfulBackup });
}

/** By its condition: the phase of one whose data are gone since says something else. */
function hasSucceeded({ status }: MilvusBackup): boolean {
  return isTrue(status.conditions, 'Succeeded');
}

function failureOf({ status }: MilvusBackup): Problem | undefined {
  const succeeded = findCondition(status.conditions, 'Succeeded');
  if (succeeded?.status === 'True') return undefined;
  const { reason = 'Unexpected', message = `its phase is ${status.phase}` } = succeeded ?? {};
  return { reason: isReason(reason) ? reason : 'Unexpected', message };
}

function byAge({ metadata: a }: MilvusBackup, { metadata: b }: MilvusBackup): number {
  return compare(`${a.creationTimestamp} ${a.name}`, `${b.creationTimestamp} ${b.name}`);
}

function byEnd({ status: a }: MilvusBackup, { status: b }: MilvusBackup): number {
  return (timeMs(a.completionTime) ?? 0) - (timeMs(b.completionTime) ?? 0);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
