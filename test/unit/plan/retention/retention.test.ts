// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import {
  listedRetention,
  mostListed,
  planRetention,
  type Candidate,
  type Policy,
} from '../../../../src/plan/retention/retention.ts';
import { at, success, timeOf } from './samples.ts';

const now = at('2026-11-20T12:00:00Z');

type Short = Record<string, string>;

/** What is kept as `name: rules`, and what goes as `name: rule`. */
function judge(backups: Candidate[], policy: Policy, timeZone = 'UTC'): { kept: Short; going: Short } {
  const { kept, going } = planRetention({ backups, policy, timeZone, now });
  return {
    kept: Object.fromEntries(kept.map(({ name, rules }) => [name, rules.join(' ')])),
    going: Object.fromEntries(going.map(({ name, rule }) => [name, rule])),
  };
}

function named(times: Record<string, string>): Candidate[] {
  return Object.entries(times).map(([name, time]) => success(time, { name }));
}

describe('successes', () => {
  it('all stay where no keep rule is set', () => {
    const backups = named({ a: '2020-01-01T00:00:00Z', b: '2026-11-20T11:00:00Z' });
    expect(judge(backups, {})).toEqual({ kept: { b: 'keepAll minSuccessful', a: 'keepAll' }, going: {} });
    expect(judge(backups, { keepLast: 0, keepDaily: 0 }).going).toEqual({});
  });

  it('go by age where only maxAge is set, but for the newest', () => {
    const backups = named({
      a: '2026-11-10T00:00:00Z',
      b: '2026-11-19T11:59:59Z',
      c: '2026-11-19T12:00:00Z',
    });
    expect(judge(backups, { maxAge: '24h' })).toEqual({
      kept: { c: 'keepAll minSuccessful' },
      going: { a: 'maxAge', b: 'maxAge' },
    });
  });

  it('[FM-33] the newest minSuccessful stay however old they are', () => {
    const backups = named({
      a: '2020-01-01T00:00:00Z',
      b: '2020-01-02T00:00:00Z',
      c: '2020-01-03T00:00:00Z',
    });
    expect(judge(backups, { keepLast: 1, maxAge: '1h', minSuccessful: 2 })).toEqual({
      kept: { c: 'minSuccessful', b: 'minSuccessful' },
      going: { a: 'maxAge' },
    });
  });

  it('[FM-33] a policy that would keep nothing keeps one', () => {
    const backups = named({ a: '2020-01-01T00:00:00Z', b: '2020-01-02T00:00:00Z' });
    expect(judge(backups, { maxAge: '1s', minSuccessful: 0 }).kept).toEqual({ b: 'minSuccessful' });
    expect(judge(backups, { keepWithin: '1s' }).kept).toEqual({ b: 'minSuccessful' });
  });

  it('a backup is kept for every rule that names it', () => {
    const backups = named({
      a: '2026-11-19T10:00:00Z',
      b: '2026-11-20T09:00:00Z',
      c: '2026-11-20T10:30:00Z',
      d: '2026-11-20T10:45:00Z',
    });
    expect(judge(backups, { keepLast: 1, keepHourly: 2, keepDaily: 2, keepWithin: '2h' })).toEqual({
      kept: {
        d: 'keepLast keepHourly keepDaily keepWithin minSuccessful',
        c: 'keepWithin',
        b: 'keepHourly',
        a: 'keepDaily',
      },
      going: {},
    });
  });

  it('hold and a restore keep what no rule names, and what is too old', () => {
    const old = '2020-01-01T00:00:00Z';
    const backups = [
      success(old, { name: 'a' }),
      success(old, { name: 'b', isHeld: true }),
      success(old, { name: 'c', isInUse: true }),
      success('2026-11-20T11:00:00Z', { name: 'd' }),
    ];
    expect(judge(backups, { keepLast: 1, maxAge: '24h' })).toEqual({
      kept: { d: 'keepLast minSuccessful', c: 'inUse', b: 'hold' },
      going: { a: 'maxAge' },
    });
  });

  it('of the same second the greater name is the newer', () => {
    const time = '2026-11-20T11:00:00Z';
    const backups = named({ 'n-20261120110000': time, 'n-20261120105900': time });
    expect(judge(backups, { keepLast: 1 })).toEqual({
      kept: { 'n-20261120110000': 'keepLast minSuccessful' },
      going: { 'n-20261120105900': 'noKeepRule' },
    });
  });

  it('[FM-33] one that completes in the future stays, and takes no place of another', () => {
    const backups = named({
      past: '2026-11-20T11:00:00Z',
      older: '2026-11-20T10:00:00Z',
      later: '2026-11-21T11:00:00Z',
    });
    expect(judge(backups, { keepLast: 1, maxAge: '1s' })).toEqual({
      kept: { later: 'clockSkew', past: 'minSuccessful' },
      going: { older: 'maxAge' },
    });
  });

  it('one that is on its way already counts for nothing', () => {
    const backups = [
      success('2026-11-20T11:00:00Z', { name: 'b', goingBy: 'ttl' }),
      success('2026-11-20T10:00:00Z', { name: 'a' }),
    ];
    expect(judge(backups, { keepLast: 1 })).toEqual({
      kept: { a: 'keepLast minSuccessful' },
      going: { b: 'ttl' },
    });
    expect(planRetention({ backups, policy: { keepLast: 1 }, timeZone: 'UTC', now }).marks).toEqual([]);
  });
});

describe('what has not ended well', () => {
  it('[FM-33] failures alone never let a success go', () => {
    const backups = [
      success('2026-11-01T00:00:00Z', { name: 'good' }),
      ...[1, 2, 3, 4, 5].map((n) =>
        success(`2026-11-1${n}T00:00:00Z`, { name: `bad-${n}`, phase: 'Failed' }),
      ),
    ];
    expect(judge(backups, { keepLast: 3, failedHistory: 2 })).toEqual({
      kept: { good: 'keepLast minSuccessful', 'bad-5': 'failedHistory', 'bad-4': 'failedHistory' },
      going: { 'bad-1': 'failedHistory', 'bad-2': 'failedHistory', 'bad-3': 'failedHistory' },
    });
  });

  it('each of the three ways to end is counted by itself, three of each where nothing is said', () => {
    const backups = ['Failed', 'Canceled', 'PartiallyFailed'].flatMap((phase) =>
      [1, 2, 3, 4].map((n) => success(`2026-11-0${n}T00:00:00Z`, { name: `${phase}-${n}`, phase })),
    );
    const { kept, going } = judge(backups, { keepLast: 1 });
    expect(Object.keys(kept)).toHaveLength(9);
    expect(Object.keys(going).sort()).toEqual(['Canceled-1', 'Failed-1', 'PartiallyFailed-1']);
    expect(Object.keys(judge(backups, { failedHistory: 0 }).going)).toHaveLength(12);
  });

  it('one that is held, or read by a restore with allowPartial, stays', () => {
    const time = '2026-11-01T00:00:00Z';
    const backups = [
      success(time, { name: 'a', phase: 'PartiallyFailed', isInUse: true }),
      success(time, { name: 'b', phase: 'Failed', isHeld: true }),
    ];
    expect(judge(backups, { failedHistory: 0 })).toEqual({ kept: { a: 'inUse', b: 'hold' }, going: {} });
  });

  it.each(['Running', 'Verifying', 'Pending', 'Expired', 'Deleting', undefined])(
    '[FM-33] phase %s is neither kept nor let go',
    (phase) => {
      const backups = [success('2020-01-01T00:00:00Z', { phase })];
      expect(judge(backups, { keepLast: 1, maxAge: '1s' })).toEqual({ kept: {}, going: {} });
    },
  );
});

describe('buckets', () => {
  it.each<[string, keyof Policy, string, string[], string[]]>([
    [
      'days are those of the zone',
      'keepDaily',
      'Asia/Kathmandu',
      ['2026-11-18T18:14:59Z', '2026-11-18T18:15:00Z', '2026-11-19T18:14:59Z', '2026-11-19T18:15:00Z'],
      ['2026-11-18T18:14:59Z', '2026-11-19T18:14:59Z', '2026-11-19T18:15:00Z'],
    ],
    [
      'hours begin where the clocks of the zone say so',
      'keepHourly',
      'Asia/Kathmandu',
      ['2026-11-20T10:14:00Z', '2026-11-20T10:16:00Z', '2026-11-20T11:14:00Z', '2026-11-20T11:16:00Z'],
      ['2026-11-20T10:14:00Z', '2026-11-20T11:14:00Z', '2026-11-20T11:16:00Z'],
    ],
    [
      'an hour that is shown twice is two',
      'keepHourly',
      'Europe/Berlin',
      ['2026-10-24T23:30:00Z', '2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z', '2026-10-25T01:45:00Z'],
      ['2026-10-24T23:30:00Z', '2026-10-25T00:30:00Z', '2026-10-25T01:45:00Z'],
    ],
    [
      'a day of 25 hours is one day',
      'keepDaily',
      'Europe/Berlin',
      ['2026-10-24T21:59:00Z', '2026-10-24T22:00:00Z', '2026-10-25T22:59:59Z', '2026-10-25T23:00:00Z'],
      ['2026-10-24T21:59:00Z', '2026-10-25T22:59:59Z', '2026-10-25T23:00:00Z'],
    ],
    [
      'a day of 23 hours is one day',
      'keepDaily',
      'America/New_York',
      ['2026-03-08T04:59:59Z', '2026-03-08T05:00:00Z', '2026-03-09T03:59:59Z', '2026-03-09T04:00:00Z'],
      ['2026-03-08T04:59:59Z', '2026-03-09T03:59:59Z', '2026-03-09T04:00:00Z'],
    ],
    [
      'a day that the clocks show, leave and show again is one',
      'keepDaily',
      'America/St_Johns',
      ['2010-11-07T02:30:30Z', '2010-11-07T02:31:30Z', '2010-11-07T03:30:30Z'],
      ['2010-11-07T02:31:30Z', '2010-11-07T03:30:30Z'],
    ],
    [
      'weeks begin on Monday, and one across New Year is one',
      'keepWeekly',
      'UTC',
      ['2025-12-28T23:59:59Z', '2025-12-29T00:00:00Z', '2026-01-01T00:00:00Z', '2026-01-05T00:00:00Z'],
      ['2025-12-28T23:59:59Z', '2026-01-01T00:00:00Z', '2026-01-05T00:00:00Z'],
    ],
    [
      'months',
      'keepMonthly',
      'Pacific/Apia',
      ['2026-09-30T10:59:59Z', '2026-09-30T11:00:00Z', '2026-10-31T10:59:59Z', '2026-10-31T11:00:00Z'],
      ['2026-09-30T10:59:59Z', '2026-10-31T10:59:59Z', '2026-10-31T11:00:00Z'],
    ],
    [
      'years',
      'keepYearly',
      'America/New_York',
      ['2025-01-01T04:59:59Z', '2025-01-01T05:00:00Z', '2026-01-01T04:59:59Z', '2026-01-01T05:00:00Z'],
      ['2025-01-01T04:59:59Z', '2026-01-01T04:59:59Z', '2026-01-01T05:00:00Z'],
    ],
  ])('%s', (_, rule, timeZone, times, kept) => {
    const plan = planRetention({
      backups: times.map((time) => success(time)),
      policy: { [rule]: 9 },
      timeZone,
      now,
    });
    expect(plan.kept.map(({ name }) => name).toReversed()).toEqual(kept.map((time) => `b-${time}`));
  });

  it('count where a backup lies in them, and the newest of each is kept', () => {
    const times = ['2026-01-05', '2026-03-01', '2026-03-31', '2026-11-02', '2026-11-03'];
    const backups = times.map((day) => success(`${day}T00:00:00Z`, { name: day }));
    expect(Object.keys(judge(backups, { keepMonthly: 2 }).kept)).toEqual(['2026-11-03', '2026-03-31']);
  });

  it('an unknown zone is an error, and not UTC', () => {
    expect(() => judge(named({ a: '2026-01-01T00:00:00Z' }), { keepDaily: 1 }, 'Mars/Base')).toThrow(
      RangeError,
    );
  });
});

describe('what is told and done', () => {
  const backups = Array.from({ length: 5000 }, (_, i) =>
    success(timeOf(now - i * 24 * 3_600_000), { name: `b-${String(i).padStart(4, '0')}` }),
  );

  it('dryRun tells the same and marks nothing', () => {
    const policy = { keepLast: 2 };
    const done = planRetention({ backups, policy, timeZone: 'UTC', now });
    const told = planRetention({ backups, policy: { ...policy, dryRun: true }, timeZone: 'UTC', now });
    expect(told).toEqual({ ...done, marks: [] });
    expect(done.marks).toHaveLength(4998);
  });

  it('marks the oldest first', () => {
    const { marks } = planRetention({ backups, policy: { keepLast: 2 }, timeZone: 'UTC', now });
    expect([marks[0]?.name, marks.at(-1)?.name]).toEqual(['b-4999', 'b-0002']);
  });

  it('lists no more than a status holds, and says how many there are', () => {
    const listed = listedRetention(
      planRetention({ backups, policy: { keepLast: 300 }, timeZone: 'UTC', now }),
    );
    expect(listed).toMatchObject({ keptCount: 300, goingCount: 4700 });
    expect([listed.kept.length, listed.going.length]).toEqual([mostListed, mostListed]);
    expect([listed.kept[0]?.name, listed.going[0]?.name]).toEqual(['b-0000', 'b-4999']);
  });

  it('5,000 backups of 13 years are judged in well under 100 ms', () => {
    const policy = {
      keepLast: 5,
      keepHourly: 24,
      keepDaily: 30,
      keepWeekly: 52,
      keepMonthly: 200,
      keepYearly: 99,
    };
    const times = Array.from({ length: 5 }, () => {
      // Of this thread alone: others may keep the machine busy.
      const start = process.threadCpuUsage();
      planRetention({ backups, policy, timeZone: 'Australia/Lord_Howe', now });
      const { user, system } = process.threadCpuUsage(start);
      return (user + system) / 1000;
    });
    expect(Math.min(...times)).toBeLessThan(100);
  });
});
