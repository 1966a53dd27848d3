// SPDX-License-Identifier: Apache-2.0
// Who runs: --run-id and --attempt come from a Job; a person has a random id and goes on with --resume.
import type { RunIdentity } from '../engine/engine.ts';
import { usageError } from './refusals.ts';

export type RunFlags = { runId?: string; attempt?: number; resume?: boolean };

export function runIdentityOf({ runId, attempt, resume }: RunFlags, randomId: () => string): RunIdentity {
  if (runId !== undefined) assertRunId(runId);
  if (attempt !== undefined && runId === undefined) {
    throw usageError('--attempt needs --run-id: it is the attempt of that run');
  }
  return { runId: runId ?? randomId(), attempt: attempt ?? 'next', resume: resume ?? false };
}

/** Run ids become part of keys in the bucket and of collection names. */
export function assertRunId(runId: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/.test(runId)) return;
  throw usageError(
    `--run-id: found ${JSON.stringify(runId.slice(0, 80))}; allowed: up to 128 letters, digits, "-" and "_"`,
  );
}
