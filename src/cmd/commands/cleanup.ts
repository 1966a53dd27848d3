// SPDX-License-Identifier: Apache-2.0
import type { ExitCode } from '../../contract/exit.ts';
import { cleanupRun } from '../../engine/cleanup.ts';
import { cleanupOptionsOf, type CleanupFlags } from '../other-options.ts';
import { aboutFlags } from '../failure.ts';
import { runOperation, type Invocation } from '../run.ts';

export async function run(invocation: Invocation, flags: CleanupFlags): Promise<ExitCode> {
  return runOperation(invocation, aboutFlags('cleanup', flags), () => {
    const options = cleanupOptionsOf(flags);
    return { run: (engine) => cleanupRun(engine, options) };
  });
}
