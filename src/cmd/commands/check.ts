// SPDX-License-Identifier: Apache-2.0
import type { ExitCode } from '../../contract/exit.ts';
import { checkAccess } from '../../engine/check.ts';
import { checkOptionsOf, type CheckFlags } from '../other-options.ts';
import { aboutFlags } from '../failure.ts';
import { runOperation, type Invocation } from '../run.ts';

export async function run(invocation: Invocation, flags: CheckFlags): Promise<ExitCode> {
  return runOperation(invocation, aboutFlags('check', flags), () => {
    const options = checkOptionsOf(flags);
    return {
      async run(engine, report) {
        const { lines, ...result } = await checkAccess(engine, options);
        for (const line of lines) {
          report.print(line);
          // With --report json nothing is printed; the result holds the first failure, the log all of them.
          engine.log.info({}, line);
        }
        return result;
      },
    };
  });
}
