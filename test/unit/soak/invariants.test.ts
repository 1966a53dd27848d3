// SPDX-License-Identifier: Apache-2.0
// The invariants of the soak: they pass a good day, and each fails the day in which it is broken.
import { describe, expect, it } from 'vitest';
import { violations, type Day } from '../../soak/invariants.ts';

const hour = 3_600_000;
const start = Date.parse('2026-11-20T00:30:00Z');
const slot = (number: number): number => Date.parse('2026-11-20T00:00:00Z') + number * hour;

/** Three slots: one made and gone, one left out, one that stands. */
function good(): Day {
  const retention = { keepLast: 1, minSuccessful: 1, failedHistory: 3, dryRun: false };
  const end = (number: number) => ({
    phase: 'Succeeded',
    time: new Date(slot(number) + 60_000).toISOString(),
  });
  const backup = { schedule: 's', phase: 'Succeeded', hasDigest: true, isThere: true, isBeingDeleted: false };
  return {
    schedules: [
      { name: 's', cron: '@hourly', timeZone: 'UTC', from: start, until: slot(3), missed: 1, retention },
      {
        name: 'never',
        cron: '@yearly',
        timeZone: 'UTC',
        from: start,
        until: undefined,
        missed: 0,
        retention,
      },
    ],
    backups: [
      { ...backup, name: 's-1', uid: '1', slot: slot(1), end: end(1), isThere: false },
      { ...backup, name: 's-3', uid: '3', slot: slot(3), end: end(3) },
    ],
    jobs: [
      { name: 's-1-1', owner: '1', isOver: true, hasTimeToLive: true },
      { name: 's-3-1', owner: '3', isOver: true, hasTimeToLive: false },
    ],
    memory: [90, 100, 110, 112, 111, 112, 113, 112, 114],
    end: slot(3) + hour / 2,
  };
}

describe('a day in which everything held', () => {
  it('has no violations', () => {
    expect(violations(good())).toEqual([]);
  });
});

const third = (day: Day): Day['backups'][number] => day.backups[1]!;

// Fixtures: each must be found, or the soak proves nothing.
describe('a violation', () => {
  it.each<[string, (day: Day) => void, RegExp]>([
    [
      'a slot with two runs',
      (day) => day.backups.push({ ...third(day), name: 'b', uid: '4' }),
      /two runs of slot/,
    ],
    ['a run of no slot', (day) => void (third(day).slot += 60_000), /which is no slot/],
    ['a slot without a run', (day) => day.backups.splice(0, 1), /3 slots, but 1 runs and 1 missed/],
    ['a slot that counts twice', (day) => void (day.schedules[0]!.missed = 2), /3 slots, but 2 runs and 2/],
    ['a schedule that stands still', (day) => void (day.end = slot(9)), /was never dealt with/],
    ['a backup too many', (day) => void (day.backups[0]!.isThere = true), /s-1: stays, and is to go/],
    ['a backup too few', (day) => void (third(day).isThere = false), /s-3: is gone, and is to stay/],
    ['a success without a digest', (day) => void (third(day).hasDigest = false), /without the digest/],
    ['a finalizer that holds', (day) => void (third(day).isBeingDeleted = true), /held by a finalizer/],
    ['a run without an end', (day) => void (third(day).phase = 'Running'), /has not come to its end/],
    ['a Job at work', (day) => void (day.jobs[0]!.isOver = false), /is at work for nobody/],
    ['a Job for ever', (day) => void (day.jobs[0]!.hasTimeToLive = false), /stays for ever/],
    ['memory that grows', (day) => void (day.memory[8] = 200), /memory grows: 112 MiB, and 200 MiB/],
  ])('is found: %s', (_, spoil, says) => {
    const day = good();
    spoil(day);
    expect(violations(day)).toEqual(expect.arrayContaining([expect.stringMatching(says)]));
  });
});
