// SPDX-License-Identifier: Apache-2.0
import type { ExitCode } from '../../contract/exit.ts';
import { getBackup } from '../../engine/get.ts';
import { runOperation, type Invocation } from '../run.ts';

export async function run(invocation: Invocation, { name: backupName }: { name: string }): Promise<ExitCode> {
  return runOperation(invocation, { command: 'get', backupName }, () => {
    return {
      async run(engine) {
        // As it is: what stands in a backup is no secret of ours, and masking could break the JSON.
        invocation.world.stdout.write(`${await getBackup(engine, backupName)}\n`);
        return {
          v: 1,
          command: 'get',
          outcome: 'Succeeded',
          reason: 'Completed',
          message: `read backup ${backupName}`,
          backupName,
          engineVersion: engine.version,
        };
      },
    };
  });
}
