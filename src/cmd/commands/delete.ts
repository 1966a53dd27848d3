// SPDX-License-Identifier: Apache-2.0
import type { ExitCode } from '../../contract/exit.ts';
import { deleteBackup } from '../../engine/delete.ts';
import { deleteOptionsOf, type DeleteFlags } from '../other-options.ts';
import { aboutFlags } from '../failure.ts';
import { runOperation, type Invocation } from '../run.ts';

export async function run(invocation: Invocation, flags: DeleteFlags): Promise<ExitCode> {
  return runOperation(invocation, aboutFlags('delete', flags), () => {
    const options = deleteOptionsOf(flags);
    return {
      run: (engine) => deleteBackup(engine, options),
    };
  });
}
