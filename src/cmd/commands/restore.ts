// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from 'node:crypto';
import type { ExitCode } from '../../contract/exit.ts';
import { restoreBackup } from '../../engine/restore.ts';
import { aboutFlags, aboutRun } from '../failure.ts';
import { restoreOptionsOf, type RestoreFlags } from '../restore-options.ts';
import { runOperation, type Invocation } from '../run.ts';

export async function run(invocation: Invocation, flags: RestoreFlags): Promise<ExitCode> {
  return runOperation(invocation, aboutFlags('restore', flags), (config) => {
    const options = restoreOptionsOf(flags, { config, randomId: randomUUID });
    return { about: aboutRun('restore', options), run: (engine) => restoreBackup(engine, options) };
  });
}
