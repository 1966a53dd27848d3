// SPDX-License-Identifier: Apache-2.0
import { showSettings } from '../../contract/config-show.ts';
import { exitCodes, type ExitCode } from '../../contract/exit.ts';
import { loadConfig } from '../config-file.ts';
import type { Invocation } from '../run.ts';

/** `config show`: needs neither Milvus nor a store. */
export async function run({ world, global }: Invocation): Promise<ExitCode> {
  const { settings, warnings } = loadConfig(global, world.env);
  for (const warning of warnings) world.stderr.write(`Warning: ${warning}\n`);
  world.stdout.write(showSettings(settings));
  return exitCodes.done;
}
