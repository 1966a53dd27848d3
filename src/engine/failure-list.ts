// SPDX-License-Identifier: Apache-2.0
// What a verification found wrong: said one by one as items of the list `failures`, counted for the result.
import type { Reason } from '../base/reason.ts';
import type { Reporter } from './engine.ts';

/** `object` is a key below the backup's folder. */
export type Failure = { object: string; reason: Reason; message: string };

export type FailureList = {
  add(failure: Failure): void;
  readonly count: number;
  readonly first: Failure | undefined;
};

/** A backup that lost everything says so with this many lines and a count. */
const said = 1000;

export function createFailureList(report: Reporter): FailureList {
  let count = 0;
  let first: Failure | undefined;
  return {
    add(failure) {
      first ??= failure;
      if (count < said) report.item('failures', failure);
      count++;
    },
    get count() {
      return count;
    },
    get first() {
      return first;
    },
  };
}
