// SPDX-License-Identifier: Apache-2.0
// The program's entry. Imports nothing heavy: `--version` answers at once.
import { runCli } from './cli.ts';
import { realWorld } from './world.ts';

process.exitCode = await runCli(process.argv.slice(2), realWorld());
// Whatever a library left open (a keepalive socket, a timer) shall not keep a finished command alive.
setTimeout(() => process.exit(), 1000).unref();
