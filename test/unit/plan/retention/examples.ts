// SPDX-License-Identifier: Apache-2.0
// The worked examples of docs/retention.md: what is given. What follows from it stands in docs/golden/, where the page
// shows it and the test compares it.
import type { Candidate, Policy } from '../../../../src/plan/retention/retention.ts';
import { success } from './samples.ts';

export type Example = {
  /** docs/golden/retention-<name>.txt */
  name: string;
  policy: Policy;
  timeZone: string;
  now: string;
  backups: Candidate[];
};

/** Every night at two, newest last. */
function nights(first: string, count: number): Candidate[] {
  const start = Date.parse(`${first}T02:00:00Z`);
  return Array.from({ length: count }, (_, i) => {
    const time = new Date(start + i * 24 * 3_600_000).toISOString().slice(0, 19);
    return named(`${time}Z`);
  });
}

/** As a schedule `nightly` calls them. */
function named(completionTime: string, more: Partial<Candidate> = {}): Candidate {
  return success(completionTime, { name: `nightly-${completionTime.replaceAll(/\D/g, '')}`, ...more });
}

const failed = { phase: 'Failed' };

export const examples: Example[] = [
  {
    name: 'tiers',
    policy: { keepDaily: 3, keepWeekly: 3, keepMonthly: 2 },
    timeZone: 'UTC',
    now: '2026-11-20T12:00:00Z',
    backups: nights('2026-10-28', 24),
  },
  {
    name: 'outage',
    policy: { keepLast: 7, maxAge: '168h', minSuccessful: 2 },
    timeZone: 'UTC',
    now: '2026-11-20T12:00:00Z',
    backups: [
      ...nights('2026-11-01', 4),
      ...['16', '17', '18', '19', '20'].map((day) => named(`2026-11-${day}T02:00:00Z`, failed)),
    ],
  },
  {
    name: 'held',
    policy: { keepLast: 1 },
    timeZone: 'UTC',
    now: '2026-11-20T12:00:00Z',
    backups: [
      named('2026-09-01T02:00:00Z', { isHeld: true }),
      named('2026-11-17T02:00:00Z', { isInUse: true }),
      named('2026-11-18T02:00:00Z'),
      named('2026-11-19T02:00:00Z', { goingBy: 'spec.ttl' }),
      named('2026-11-20T02:00:00Z'),
    ],
  },
  {
    name: 'zone',
    policy: { keepDaily: 9 },
    timeZone: 'America/New_York',
    now: '2026-11-20T12:00:00Z',
    backups: [
      named('2026-11-19T04:30:00Z'),
      named('2026-11-19T05:30:00Z'),
      named('2026-11-20T04:30:00Z'),
      named('2026-11-20T05:30:00Z'),
    ],
  },
  {
    name: 'clocks',
    policy: { keepHourly: 9, keepDaily: 1 },
    timeZone: 'Europe/Berlin',
    now: '2026-10-25T12:00:00Z',
    backups: ['00:10', '00:40', '01:10', '01:40', '02:10'].map((time) => named(`2026-10-25T${time}:00Z`)),
  },
];
