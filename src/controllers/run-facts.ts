// SPDX-License-Identifier: Apache-2.0
// What metrics say of a run: where it belongs, and what has just happened to it. Pure.
import { findCondition } from '../api/index.ts';
import { isReason } from '../base/reason.ts';
import { claimOf } from '../plan/decisions.ts';
import type { Run } from '../plan/observed.ts';
import { isImported } from '../plan/sync/imported.ts';

/** Never the run itself: there would be no end of series. */
export type Place = { namespace: string; kind: string; instance: string };

export function placeOf({ kind, metadata, spec, status }: Run): Place {
  // A restore that names none goes to its backup's, and says so in its status.
  const told = status && 'instance' in status ? status.instance : undefined;
  return { namespace: metadata.namespace, kind, instance: spec.instanceRef?.name ?? told ?? '' };
}

/** Reasons of the attempts that ended in between. */
export function endedAttempts(before: Run, after: Run): string[] {
  const wasOpen = (number: number): boolean =>
    before.status?.attempts?.find((one) => one.number === number)?.endTime === undefined;
  return (after.status?.attempts ?? [])
    .filter(({ number, endTime }) => endTime !== undefined && wasOpen(number))
    .map(({ reason = 'Completed' }) => reason);
}

/** Seconds from creation to start, if it has just started. */
export function waitOf(before: Run, after: Run): number | undefined {
  if (before.status?.startTime !== undefined) return undefined;
  return secondsBetween(after.metadata.creationTimestamp, after.status?.startTime);
}

export function hasJustEnded(before: Run, after: Run): boolean {
  return before.status?.completionTime === undefined && after.status?.completionTime !== undefined;
}

export function durationOf({ status }: Run): number | undefined {
  return secondsBetween(status.startTime, status.completionTime);
}

export function reasonOf({ status }: Run): string {
  return findCondition(status.conditions, 'Succeeded')?.reason ?? '';
}

/** Why it stands as it stands, of the closed list: how it ended, or what it is at. */
export function standingReasonOf({ status }: Run): string {
  const of = (type: string): string | undefined => findCondition(status?.conditions, type)?.reason;
  const reason = of('Reconciling') ?? of('Stalled') ?? of('Succeeded') ?? '';
  return reason === '' || isReason(reason) ? reason : 'Unexpected';
}

const knownRules = ['spec.ttl', 'noKeepRule', 'maxAge', 'failedHistory'];

/** That the data of a backup have just gone, and by which rule; or that they could not be removed, and why. */
export function removalOf(before: Run, after: Run): { rule: string } | { reason: string } | undefined {
  const { phase } = after.status ?? {};
  if (after.kind !== 'MilvusBackup' || phase === before.status?.phase) return undefined;
  if (phase === 'DeleteFailed') return { reason: standingReasonOf(after) };
  if (phase !== 'Expired') return undefined;
  // A mark may hold any word.
  const rule = claimOf(after)?.rule ?? '';
  return { rule: knownRules.includes(rule) ? rule : 'other' };
}

/** Whether it says that something of it was not put away. */
export function leavesBehind({ status }: Run): boolean {
  const { reason } = findCondition(status?.conditions, 'Ready') ?? {};
  return status?.phase === 'DeleteFailed' || (hasEndedAt(status) && reason === 'CleanupFailed');
}

function hasEndedAt(status: Run['status']): boolean {
  return status?.completionTime !== undefined;
}

export function bytesOf({ status }: Run): number {
  return 'size' in status ? (status.size?.bytes ?? 0) : 0;
}

/** Seconds since 1970. */
export function endOf({ status }: Run): number {
  return Date.parse(status.completionTime ?? '') / 1000;
}

/** Of those that succeeded the one that ended last, for each place. */
export function latestSuccesses(runs: readonly Run[]): Run[] {
  const latest = new Map<string, Run>();
  for (const run of runs) {
    if (run.status?.phase !== 'Succeeded' || run.status.completionTime === undefined) continue;
    // That somebody else's bucket holds one says nothing about what this cluster does.
    if (run.kind === 'MilvusBackup' && isImported(run)) continue;
    const key = Object.values(placeOf(run)).join('/');
    const known = latest.get(key);
    if (!known || endOf(known) < endOf(run)) latest.set(key, run);
  }
  return [...latest.values()];
}

function secondsBetween(start: string | undefined, end: string | undefined): number | undefined {
  if (start === undefined || end === undefined) return undefined;
  return Math.max(0, (Date.parse(end) - Date.parse(start)) / 1000);
}
