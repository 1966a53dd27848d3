// SPDX-License-Identifier: Apache-2.0
// What a check has found so far: lines for people, warnings, failures.
import { OperatorError } from '../base/error.ts';
import type { Warning } from '../contract/event.ts';
import type { Result } from '../contract/result.ts';
import type { Engine } from './engine.ts';

export type Check = {
  engine: Engine;
  lines: string[];
  warnings: Warning[];
  failures: OperatorError[];
  found: Pick<Result, 'milvusVersion' | 'storageMatches' | 'isWritable' | 'backups'>;
};

/** Notes a failure and goes on: a check says all that is wrong at once. */
export async function attempt<T>(
  check: Check,
  title: string,
  action: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await action();
  } catch (error) {
    check.engine.signal.throwIfAborted();
    if (!(error instanceof OperatorError)) throw error;
    check.failures.push(error);
    say(check, title, `FAILED, ${error.reason}: ${error.message}`);
    return undefined;
  }
}

export function say(check: Check, title: string, text: string): void {
  check.lines.push(`${`${title}:`.padEnd(15)} ${text}`);
}

export function warn(check: Check, warning: Warning): void {
  check.warnings.push(warning);
  check.engine.report.warn(warning);
}
