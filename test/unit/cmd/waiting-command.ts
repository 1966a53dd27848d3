// SPDX-License-Identifier: Apache-2.0
// A command for signals.test.ts: says that it is ready, then waits, listening to its signal or deaf to it.
import { runOperation } from '../../../src/cmd/run.ts';
import { realWorld } from '../../../src/cmd/world.ts';

const [how, report, terminationLog = ''] = process.argv.slice(2);
const world = realWorld();
const global = { config: '', set: [], report: report === 'json' ? 'json' : 'text', terminationLog } as const;

process.exitCode = await runOperation({ world, global }, { command: 'create' }, () => ({
  about: { command: 'create', backupName: 'b', runId: 'r' },
  async run(engine) {
    process.stderr.write('ready\n');
    await world.clock.sleep(60_000, how === 'deaf' ? undefined : engine.signal);
    throw new Error('nobody stopped it');
  },
}));
