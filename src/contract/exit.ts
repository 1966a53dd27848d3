// SPDX-License-Identifier: Apache-2.0
// How a command's end is said to a shell and to a Job's podFailurePolicy.
import { consequenceOf, type Reason } from '../base/reason.ts';
import type { Result } from './result.ts';

export const exitCodes = {
  done: 0,
  /** Another attempt may succeed: network, 5xx, throttling, refused credentials, SIGTERM. */
  failed: 1,
  /** Bad usage or configuration. */
  usage: 2,
  /** Refused by a check: no attempt can succeed. */
  refused: 3,
  partly: 4,
  /** SIGINT at a terminal. */
  interrupted: 5,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export function exitCodeOf({ outcome, reason }: Pick<Result, 'outcome' | 'reason'>): ExitCode {
  if (outcome === 'Succeeded') return exitCodes.done;
  return outcome === 'PartiallyFailed' ? exitCodes.partly : exitCodeOfReason(reason);
}

export function exitCodeOfReason(reason: Reason): ExitCode {
  if (reason === 'InvalidConfiguration') return exitCodes.usage;
  return consequenceOf(reason) === 'stop' ? exitCodes.refused : exitCodes.failed;
}

/** For people, after an error. */
export const exitMeanings: Record<ExitCode, string> = {
  0: 'done',
  1: 'failed; another attempt may succeed',
  2: 'bad usage or configuration; change it and run again',
  3: 'refused by a check; running it again unchanged will not help',
  4: 'done in part',
  5: 'interrupted',
};
