// SPDX-License-Identifier: Apache-2.0
// What is decided of a run, before news are told of it.
import type { Reason } from '../base/reason.ts';
import type { Desired } from './desired.ts';
import { nextOf } from './moment.ts';
import type { Run } from './observed.ts';
import type { RunStatus, RunView } from './run-kind.ts';

export type Decision = Omit<Desired<Run>, 'status' | 'news'> & {
  status: RunStatus;
  /** What became of the data, where the object goes and no status can tell any more. */
  farewell?: { isLeft: boolean; message: string; reason?: Reason };
  /** What cleaning up after a run that has now ended did. */
  cleaned?: string;
};

/** `at`: when it is to be looked at again, whichever comes first. */
type Parts = Partial<Omit<Decision, 'requeueAt' | 'status'>> & { at?: (number | undefined)[] };

/** Nothing but this status, unless `parts` says more. For runs and for checks. */
export function decide<S>(
  { now }: Pick<RunView, 'now'>,
  status: S,
  { at = [], ...parts }: Parts = {},
): Omit<Decision, 'status'> & { status: S } {
  const requeueAt = nextOf(now, ...at);
  return {
    status,
    deleteJobs: [],
    createJobs: [],
    expireJobs: [],
    ...parts,
    ...(requeueAt === undefined ? {} : { requeueAt }),
  };
}

/** When something is to be looked at again that no watch tells of. */
export const lookAgainMs = 30_000;
export const keysAgainMs = 10_000;
