// SPDX-License-Identifier: Apache-2.0
// What metrics say of a run: where it belongs, and what has just happened to it. Pure.
import type { Run } from '../plan/observed.ts';

/** Never the run itself: there would be no end of series. */
export type Place = { namespace: string; kind: string; instance: string };

export function placeOf({ kind, metadata, spec }: Run): Place {
  // A restore that names none goes to its backup's.
  return { namespace: metadata.namespace, kind, instance: spec.instanceRef?.name ?? '' };
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
  return status.conditions?.find(({ type }) => type === 'Succeeded')?.reason ?? '';
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
