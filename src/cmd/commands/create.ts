// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from 'node:crypto';
import type { ExitCode } from '../../contract/exit.ts';
import { createBackup } from '../../engine/create.ts';
import { autoBackupName } from '../../format/names.ts';
import { createOptionsOf, type CreateFlags } from '../create-options.ts';
import { aboutFlags, aboutRun } from '../failure.ts';
import { runOperation, type Invocation } from '../run.ts';

export async function run(invocation: Invocation, flags: CreateFlags): Promise<ExitCode> {
  const { clock } = invocation.world;
  return runOperation(invocation, aboutFlags('create', flags), (config) => {
    const autoName = (): string => autoBackupName(clock.now());
    const options = createOptionsOf(flags, { config, autoName, randomId: randomUUID });
    return { about: aboutRun('create', options), run: (engine) => createBackup(engine, options) };
  });
}
