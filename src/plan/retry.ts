// SPDX-License-Identifier: Apache-2.0
// When another attempt comes after one that failed, and when none does.
import { consequenceOf, type Reason } from '../base/reason.ts';
import { countOf, lastOf, problemOf } from './attempts.ts';
import { durationMs } from './duration.ts';
import { timeMs } from './moment.ts';
import type { Run } from './observed.ts';
import type { Attempt, Problem } from './run-kind.ts';

type Retry = Run['spec']['retry'];

/** Undefined: another attempt may follow the last one, which has ended. `mayPlanAgain`: after what was refused. */
export function finalProblem(
  attempts: readonly Attempt[],
  { limit }: Retry,
  mayPlanAgain = false,
): Problem | undefined {
  const last = lastOf(attempts);
  if (last?.endTime === undefined) return undefined;
  const problem = problemOf(last);
  if (!isFailure(problem.reason, mayPlanAgain)) return undefined;
  if (consequenceOf(problem.reason) === 'stop') return problem;
  const count = countOf(attempts);
  if (count < limit) return undefined;
  const attemptsText =
    count === 1 ? 'the only attempt' : `all of ${count} attempts, the last by ${problem.reason},`;
  return { reason: 'RetriesExhausted', message: `${attemptsText} failed: ${problem.message}` };
}

/** Whether it counts against the run. */
function isFailure(reason: Reason, mayPlanAgain: boolean): boolean {
  return !(reason === 'Evicted' || reason === 'Completed' || (reason === 'TargetNotEmpty' && mayPlanAgain));
}

/** When the next attempt may begin, milliseconds: at once after an eviction, else twice as long after each failure. */
export function nextAttemptAt(attempts: readonly Attempt[], retry: Retry): number {
  const last = lastOf(attempts);
  const end = timeMs(last?.endTime) ?? 0;
  if (last === undefined || last.reason === 'Evicted') return end;
  return end + backoffOf(retry, countOf(attempts));
}

/** The wait after failure number `count`. */
export function backoffOf({ minBackoff, maxBackoff }: Retry, count: number): number {
  return Math.min(durationMs(maxBackoff), durationMs(minBackoff) * 2 ** Math.min(Math.max(count - 1, 0), 20));
}
