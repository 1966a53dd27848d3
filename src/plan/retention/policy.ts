// SPDX-License-Identifier: Apache-2.0
// The keep rules: each names the backups that it wants kept. What no rule names goes, and without any rule all stay.
import { durationMs } from '../duration.ts';
import { bucketKeys, type BucketRule } from './buckets.ts';
import type { Ended } from './candidate.ts';
import { wallClock } from '../zone.ts';

/** As a schedule's spec.retention has it. A count of 0 is a rule that is not set: nobody asks to keep nothing. */
export type Policy = {
  keepLast?: number;
  keepHourly?: number;
  keepDaily?: number;
  keepWeekly?: number;
  keepMonthly?: number;
  keepYearly?: number;
  keepWithin?: string;
  maxAge?: string;
  /** 1 where it is left out, and never less. */
  minSuccessful?: number;
  /** 3 where it is left out: of each of Failed, Canceled and PartiallyFailed. */
  failedHistory?: number;
  dryRun?: boolean;
};

/** Why a backup is kept, in the words of status. The last three are no rule that anybody sets. */
export type KeepRule =
  | 'keepLast'
  | BucketRule
  | 'keepWithin'
  | 'minSuccessful'
  | 'failedHistory'
  | 'hold'
  | 'keepAll'
  | 'inUse'
  | 'clockSkew';

export type When = { timeZone: string; now: number };

/** For each backup, newest first, the keep rules that want it; all of them `keepAll` where no rule is set. */
export function rulesFor(backups: readonly Ended[], policy: Policy, { timeZone, now }: When): KeepRule[][] {
  const found: KeepRule[][] = backups.map(() => []);
  const keep = (rule: KeepRule, isKept: (backup: Ended, position: number) => boolean): void =>
    backups.forEach((backup, i) => {
      if (isKept(backup, i)) found[i]!.push(rule);
    });
  const { keepLast, keepWithin } = policy;
  if (keepLast) keep('keepLast', (_, i) => i < keepLast);
  const wallTime = wallClock(timeZone);
  for (const rule of Object.keys(bucketKeys) as BucketRule[]) {
    const count = policy[rule];
    if (count)
      keep(
        rule,
        newestOfEach(count, ({ completedAt }) => bucketKeys[rule](wallTime(completedAt))),
      );
  }
  if (keepWithin !== undefined) keep('keepWithin', isWithin(keepWithin, now));
  if (!hasRule(policy)) keep('keepAll', () => true);
  return found;
}

/** Whether a backup is at most so old. */
export function isWithin(age: string, now: number): (backup: Ended) => boolean {
  const oldest = now - durationMs(age);
  return ({ completedAt }) => completedAt >= oldest;
}

/** The newest backup of each of the newest `count` buckets that hold one; empty buckets do not count. */
function newestOfEach(count: number, keyOf: (backup: Ended) => string): (backup: Ended) => boolean {
  // All of them, not just the last: a clock that is set back over midnight shows a day again that was over.
  const seen = new Set<string>();
  return (backup) => {
    if (seen.size >= count) return false;
    const before = seen.size;
    return seen.add(keyOf(backup)).size > before;
  };
}

function hasRule(policy: Policy): boolean {
  const counts = ['keepLast', ...(Object.keys(bucketKeys) as BucketRule[])] as const;
  return policy.keepWithin !== undefined || counts.some((rule) => Boolean(policy[rule]));
}
