// SPDX-License-Identifier: Apache-2.0
// `npm run soak [-- --seed N --hours 24 --minutes 25 --schedules 200 --faults 100]`: a day of schedules and faults, and
// whether everything held that must. The seed is printed; the same one draws the same faults, though not to the
// millisecond.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const text = (value: string): { type: 'string'; default: string } => ({ type: 'string', default: value });
const { values } = parseArgs({
  options: {
    seed: text(randomBytes(4).toString('hex')),
    hours: text('24'),
    minutes: text('25'),
    schedules: text('200'),
    faults: text('100'),
  },
});
console.log(`seed ${values.seed}`);
const { status } = spawnSync(join('node_modules', '.bin', 'vitest'), ['run', '--project', 'soak'], {
  stdio: 'inherit',
  env: { ...process.env, SOAK: JSON.stringify(values) },
});
process.exitCode = status ?? 1;
