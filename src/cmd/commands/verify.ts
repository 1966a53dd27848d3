// SPDX-License-Identifier: Apache-2.0
import type { ExitCode } from '../../contract/exit.ts';
import { verifyBackup } from '../../engine/verify.ts';
import { verifyOptionsOf, type VerifyFlags } from '../other-options.ts';
import { aboutFlags } from '../failure.ts';
import { runOperation, type Invocation } from '../run.ts';

export async function run(invocation: Invocation, flags: VerifyFlags): Promise<ExitCode> {
  return runOperation(invocation, aboutFlags('verify', flags), () => {
    const options = verifyOptionsOf(flags);
    return {
      run: (engine) => verifyBackup(engine, options),
    };
  });
}
