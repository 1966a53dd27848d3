// SPDX-License-Identifier: Apache-2.0
// When the next check is due. Which generation was checked, and since when checks fail, stands in the condition Ready.
import { findCondition, type Condition } from '../api/index.ts';
import { consequenceOf, isReason } from '../base/reason.ts';
import { durationMs } from './duration.ts';
import { timeMs } from './moment.ts';
import type { ObservedInstance, ObservedStorage } from './observed.ts';

export type CheckStatus = { observedGeneration?: number; conditions?: Condition[]; lastCheckTime?: string };

type Checked = (ObservedInstance | ObservedStorage)['object'];

const firstDelayMs = 30_000;
const longestDelayMs = 600_000;

/** Undefined: none yet. */
export function checkedGeneration({ conditions, lastCheckTime }: CheckStatus): number | undefined {
  const ready = findCondition(conditions, 'Ready');
  return lastCheckTime === undefined || isWaiting(ready) ? undefined : ready?.observedGeneration;
}

/** What ended while a check ran may not have been seen by it. */
const blindMs = 30_000;
/** Backups that end one after the other are counted together. */
const soonestMs = 60_000;

/**
 * Milliseconds; what has passed is due, infinity is never. `newsAt`: when that which a check counts last changed.
 */
export function dueAt(
  status: CheckStatus,
  object: Pick<Checked, 'metadata' | 'spec'>,
  newsAt = Number.NEGATIVE_INFINITY,
): number {
  const due = regularlyDueAt(status, object);
  const last = timeMs(status.lastCheckTime);
  return last === undefined || newsAt <= last - blindMs ? due : Math.min(due, last + soonestMs);
}

function regularlyDueAt(status: CheckStatus, { metadata, spec }: Pick<Checked, 'metadata' | 'spec'>): number {
  const last = timeMs(status.lastCheckTime);
  if (last === undefined || checkedGeneration(status) !== metadata.generation) return 0;
  const interval = durationMs(spec.checkInterval);
  const ready = findCondition(status.conditions, 'Ready');
  if (ready?.status === 'True') return interval === 0 ? Number.POSITIVE_INFINITY : last + interval;
  return last + delayAfterFailure(last - (timeMs(ready?.lastTransitionTime) ?? last), interval);
}

/** As long again as it has been failing: that doubles, and needs no counter. */
export function delayAfterFailure(failingForMs: number, interval: number): number {
  const longest = interval === 0 ? longestDelayMs : Math.min(interval, longestDelayMs);
  return Math.min(longest, Math.max(firstDelayMs, failingForMs));
}

/** What was missing was not the outcome of a check. */
function isWaiting(ready: Condition | undefined): boolean {
  return ready !== undefined && isReason(ready.reason) && consequenceOf(ready.reason) === 'wait';
}
