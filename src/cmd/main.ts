// SPDX-License-Identifier: Apache-2.0
// The program's entry. Imports nothing heavy: `--version` answers at once.
import { runCli } from './cli.ts';
import { exitCodes } from '../contract/exit.ts';
import { realWorld } from './world.ts';

const leastNode = 24;
const node = Number(process.versions.node.split('.')[0]);

if (node < leastNode) {
  process.stderr.write(
    `Error: this is Node.js ${process.versions.node}; milvus-backup needs ${leastNode} or later\n`,
  );
  process.exitCode = exitCodes.usage;
} else {
  process.exitCode = await runCli(process.argv.slice(2), realWorld());
  // Whatever a library left open (a keepalive socket, a timer) shall not keep a finished command alive.
  setTimeout(() => process.exit(), 1000).unref();
}
