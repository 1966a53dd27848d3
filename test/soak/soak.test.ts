// SPDX-License-Identifier: Apache-2.0
// The day of `npm run soak`, on a control plane of its own: its API server is restarted too.
import { expect, it } from 'vitest';
import { startControlPlaneOnly } from '../lab/control-plane-only.ts';
import { playDay } from './day.ts';
import { violations } from './invariants.ts';

/** Some often, most some times a day. */
const crons = [
  '@hourly',
  '30 * * * *',
  '15 */2 * * *',
  '0 */4 * * *',
  '20 */6 * * *',
  '45 3,15 * * *',
  '@daily',
];
const log = (line: string): void => console.log(line);
const { seed, ...wish } = JSON.parse(process.env['SOAK'] ?? '{}') as Record<string, string>;
const { hours, minutes, schedules, faults } = Object.fromEntries(
  Object.entries(wish).map(([name, value]) => [name, Number(value)]),
) as Record<'hours' | 'minutes' | 'schedules' | 'faults', number>;

it(`a day of seed ${seed} leaves every slot with one run and nothing behind`, async () => {
  const own = await startControlPlaneOnly({ controllers: true, log });
  try {
    const seconds = minutes * 60;
    const about = { seed: seed ?? '', hours, seconds, schedules, faults, crons, log };
    const day = await playDay({ plane: own.info, own, ...about });
    const [first = 0] = day.memory;
    const wrong = violations(day);
    log(
      `seed ${seed}: ${day.schedules.length} schedules, ${day.backups.length} backups, ` +
        `${first.toFixed(0)} to ${(day.memory.at(-1) ?? 0).toFixed(0)} MiB, ${wrong.length} violations`,
    );
    expect(wrong).toEqual([]);
    expect(day.backups.length).toBeGreaterThan(schedules);
  } finally {
    await own.stop();
  }
}, 2_400_000);
