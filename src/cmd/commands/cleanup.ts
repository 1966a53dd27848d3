// SPDX-License-Identifier: Apache-2.0
import type { ExitCode } from '../../contract/exit.ts';
import { cleanupRun } from '../../engine/cleanup.ts';
import { cleanupOptionsOf, type CleanupFlags } from '../other-options.ts';
import { runOperation, type Invocation } from '../run.ts';

export async function run(invocation: Invocation, flags: CleanupFlags): Promise<ExitCode> {
  return runOperation(invocation, 'cleanup', () => {
    const options = cleanupOptionsOf(flags);
    const about = {
      command: 'cleanup',
      runId: options.runId,
      ...(options.name === undefined ? {} : { backupName: options.name }),
    };
    return { about, run: (engine) => cleanupRun(engine, options) };
  });
}
