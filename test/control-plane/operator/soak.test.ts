// SPDX-License-Identifier: Apache-2.0
// Two hours of ten schedules with faults, in less than a minute: the small sister of `npm run soak`.
import { expect, inject, it } from 'vitest';
import { playDay } from '../../soak/day.ts';
import { violations } from '../../soak/invariants.ts';

// Invariant: one run per slot, no success without a digest, no orphan, nothing held.
it('[FM-42] two hours of faults leave every slot with one run and nothing behind', async () => {
  const seed = String(Date.now());
  const lines: string[] = [`seed ${seed}`];
  const day = await playDay({
    plane: inject('controlPlane'),
    seed,
    hours: 2,
    seconds: 30,
    schedules: 10,
    crons: ['*/15 * * * *', '*/20 * * * *', '7,37 * * * *'],
    faults: 6,
    log: (line) => void lines.push(line),
  });
  expect(violations(day), lines.join('\n')).toEqual([]);
  expect(day.backups.length, lines.join('\n')).toBeGreaterThan(10);
}, 240_000);
