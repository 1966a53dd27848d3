// SPDX-License-Identifier: Apache-2.0
// What retention looks at of a backup, and the one order that all its rules count in.
import { timeMs } from '../moment.ts';

export type Candidate = {
  /** Of the object, unique among those that are judged together. */
  name: string;
  /** status.phase: what has not ended, or is a record without data, is nobody's candidate. */
  phase: string | undefined;
  completionTime: string | undefined;
  /** spec.hold. */
  isHeld: boolean;
  /** A restore that has not ended reads it. */
  isInUse: boolean;
  /** It goes whatever the rules say, for what is named here: nothing may rely on it any more. */
  goingBy?: string;
};

/** One that has ended, with its completion as milliseconds. */
export type Ended = Candidate & { completedAt: number };

/** Newest first; of the same second the greater name, which in names made from slots is the later slot. */
export function newestFirst(candidates: readonly Candidate[]): Ended[] {
  return candidates
    .flatMap((candidate) => {
      const completedAt = timeMs(candidate.completionTime);
      return completedAt === undefined ? [] : [{ ...candidate, completedAt }];
    })
    .sort((one, other) => other.completedAt - one.completedAt || (one.name < other.name ? 1 : -1));
}
