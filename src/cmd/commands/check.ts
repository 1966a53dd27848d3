// SPDX-License-Identifier: Apache-2.0
import type { ExitCode } from '../../contract/exit.ts';
import { checkAccess } from '../../engine/check.ts';
import { runOperation, type Invocation } from '../run.ts';

export async function run(invocation: Invocation): Promise<ExitCode> {
  return runOperation(invocation, 'check', () => ({
    about: { command: 'check' },
    async run(engine, report) {
      const { lines, ...result } = await checkAccess(engine);
      for (const line of lines) {
        report.print(line);
        // With --report json nothing is printed; the result holds the first failure, the log all of them.
        engine.log.info({}, line);
      }
      return result;
    },
  }));
}
