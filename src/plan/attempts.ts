// SPDX-License-Identifier: Apache-2.0
// The attempts of a run as its status lists them. One is written down before its Job is made, gets its startTime when
// the Job is seen, and its endTime when nothing of it can be at work any more. Numbers only rise.
import type { Reason } from '../base/reason.ts';
import { cutMessage } from '../contract/cut.ts';
import type { Job } from './kubernetes.ts';
import { numberOf, roleOf, type Role } from './labels.ts';
import { jobName } from './names.ts';
import type { Run } from './observed.ts';
import type { End } from './outcome.ts';
import type { Attempt, Problem, RunStatus } from './run-kind.ts';

const mostAttempts = 5;
const longestMessage = 1024;

export function lastOf(attempts: readonly Attempt[]): Attempt | undefined {
  return attempts.at(-1);
}

/**
 * Whether an attempt is written down, which happens before its Job is made: from then on the run holds its turn. Not while
 * it has only said what it would do, and may wait for a person.
 */
export function hasBegun({ status }: { status?: Pick<RunStatus, 'attempts' | 'completionTime'> }): boolean {
  return (status?.attempts ?? []).length > 0 && !isAtRest(status ?? {});
}

/** An attempt has done what it was to do, and the run has not ended by it: it was the plan. */
export function isAtRest({
  attempts = [],
  completionTime,
}: Pick<RunStatus, 'attempts' | 'completionTime'>): boolean {
  const last = lastOf(attempts);
  return last?.endTime !== undefined && last.reason === 'Completed' && completionTime === undefined;
}

/** The attempt that has not ended. */
export function openOf(attempts: readonly Attempt[]): Attempt | undefined {
  const last = lastOf(attempts);
  return last && last.endTime === undefined ? last : undefined;
}

/** Jobs of one role, oldest number first. */
export function jobsOfRole(jobs: readonly Job[], ...roles: Role[]): Job[] {
  return jobs
    .filter((job) => roles.includes(roleOf(job)!) && numberOf(job) !== undefined)
    .sort((a, b) => numberOf(a)! - numberOf(b)!);
}

/** Takes in what the Jobs tell: when an attempt's was made, and Jobs of attempts that the status does not know. */
export function adopted(run: Run, jobs: readonly Job[]): Attempt[] {
  const known = run.status.attempts ?? [];
  const last = lastOf(known)?.number ?? 0;
  const own = jobsOfRole(jobs, 'run');
  const strangers = own
    .filter((job) => numberOf(job)! > last)
    .map((job): Attempt => ({ number: numberOf(job)!, jobName: job.metadata.name }));
  return [...known, ...strangers].map((attempt) => {
    const job = own.find(({ metadata }) => metadata.name === attempt.jobName);
    const startTime = attempt.startTime ?? job?.metadata.creationTimestamp;
    return startTime === undefined ? attempt : { ...attempt, startTime };
  });
}

export function begun(run: Run, attempts: readonly Attempt[]): Attempt[] {
  const number = (lastOf(attempts)?.number ?? 0) + 1;
  return kept([...attempts, { number, jobName: jobName(run, String(number)) }]);
}

/** The open attempt has ended. */
export function ended(attempts: readonly Attempt[], end: Omit<End, 'result'>, endTime: string): Attempt[] {
  const open = openOf(attempts);
  if (!open) return [...attempts];
  const { reason, message, exitCode } = end;
  const record: Attempt = {
    ...open,
    endTime,
    ...(exitCode === undefined ? {} : { exitCode }),
    reason,
    message: cutMessage(message, longestMessage),
  };
  return [...attempts.slice(0, -1), record];
}

/** Evicted, or ended as a plan or because the plan had become another: no failure, so not counted. */
const uncounted: readonly (string | undefined)[] = [
  'Evicted',
  'Completed',
  'TargetNotEmpty',
] satisfies Reason[];

/** The oldest that is not counted goes first, so that the count is right as long as it fits. */
function kept(attempts: Attempt[]): Attempt[] {
  if (attempts.length <= mostAttempts) return attempts;
  const first = attempts.findIndex(({ reason }) => uncounted.includes(reason));
  return kept(attempts.toSpliced(Math.max(first, 0), 1));
}

/**
 * How many attempts count. Those that are no longer listed are only known by the gap in the numbers: as long as there is
 * room for every one that counts they were of the others, beyond that they count, so that there are never more than allowed.
 */
export function countOf(attempts: readonly Attempt[]): number {
  const counted = attempts.filter(({ reason }) => !uncounted.includes(reason)).length;
  const isFull = counted >= mostAttempts;
  const gone = (lastOf(attempts)?.number ?? 0) - attempts.length;
  return isFull ? counted + gone : counted;
}

/** Whether any Job was ever made, or may have been. */
export function hasTraces(attempts: readonly Attempt[]): boolean {
  return attempts.some(({ startTime, endTime }) => startTime !== undefined || endTime === undefined);
}

const beforeTheStart: readonly (string | undefined)[] = [
  'ImagePullFailed',
  'Unschedulable',
  'MountFailed',
  'PodRefused',
  'Forbidden',
] satisfies Reason[];

/** Whether the engine of any attempt that has ended had begun. */
export function hasRun(attempts: readonly Attempt[]): boolean {
  return attempts.some(({ endTime, reason }) => endTime !== undefined && !beforeTheStart.includes(reason));
}

/** As the conditions tell it. */
export function problemOf({ reason, message }: Attempt): Problem {
  return { reason: (reason ?? 'Unexpected') as Reason, message: message ?? '' };
}
