// SPDX-License-Identifier: Apache-2.0
import type { ExitCode } from '../../contract/exit.ts';
import { deleteBackup } from '../../engine/delete.ts';
import { deleteOptionsOf } from '../other-options.ts';
import { runOperation, type Invocation } from '../run.ts';

export async function run(invocation: Invocation, flags: { name: string }): Promise<ExitCode> {
  return runOperation(invocation, 'delete', () => {
    const options = deleteOptionsOf(flags);
    return {
      about: { command: 'delete', backupName: options.name },
      run: (engine) => deleteBackup(engine, options),
    };
  });
}
