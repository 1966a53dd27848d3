// SPDX-License-Identifier: Apache-2.0
// Anything thrown, as a result.
import { messageOf, OperatorError } from '../base/error.ts';
import type { Result } from '../contract/result.ts';
import type { RunIdentity } from '../engine/engine.ts';
import { version } from './version.ts';

export type About = Pick<Result, 'command'> &
  Partial<Pick<Result, 'runId' | 'attempt' | 'backupName' | 'startTime'>>;

/**
 * `interruption` is what the run's signal was aborted with, if it was: then that is why, whatever it broke, unless
 * something was found that no further attempt can change.
 */
export function failedResult(error: unknown, about: About, interruption?: unknown): Result {
  const isFinal = error instanceof OperatorError && error.consequence === 'stop';
  const cause = interruption instanceof OperatorError && !isFinal ? interruption : error;
  return {
    v: 1,
    outcome: 'Failed',
    reason: cause instanceof OperatorError ? cause.reason : 'Unexpected',
    message: cause instanceof OperatorError ? cause.message : `unexpected: ${messageOf(cause)}`,
    engineVersion: version,
    ...about,
  };
}

/** What the flags say of a command before anything is read: also of one whose configuration cannot be. */
export function aboutFlags(
  command: string,
  { runId, attempt, name }: { runId?: string; attempt?: number; name?: string } = {},
): About {
  return {
    command,
    ...(runId === undefined ? {} : { runId }),
    ...(attempt === undefined ? {} : { attempt }),
    ...(name === undefined ? {} : { backupName: name }),
  };
}

/** What is known of a run before it begins. */
export function aboutRun(command: string, { run, name }: { run: RunIdentity; name: string }): About {
  return {
    command,
    backupName: name,
    runId: run.runId,
    ...(run.attempt === 'next' ? {} : { attempt: run.attempt }),
  };
}
