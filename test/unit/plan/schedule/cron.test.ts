// SPDX-License-Identifier: Apache-2.0
import { CronExpressionParser } from 'cron-parser';
import { describe, expect, it } from 'vitest';
import { timeText } from '../../../../src/plan/moment.ts';
import { cronOf, slotsAfter, slotsBetween } from './slots.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

describe('[FM-16] a time comes once per local day, where the clock is changed', () => {
  it.each<[string, string, string, string, string[]]>([
    [
      'a skipped time comes at the first instant after the gap',
      'Europe/Berlin',
      '30 2 * * *',
      '2027-03-27T00:00:00Z',
      ['2027-03-27T01:30:00Z', '2027-03-28T01:00:00Z', '2027-03-29T00:30:00Z'],
    ],
    [
      'several skipped times come once',
      'Europe/Berlin',
      '*/20 2,3 * * *',
      '2027-03-28T00:00:00Z',
      ['2027-03-28T01:00:00Z', '2027-03-28T01:20:00Z', '2027-03-28T01:40:00Z', '2027-03-29T00:00:00Z'],
    ],
    [
      'a time shown twice comes the first time',
      'Europe/Berlin',
      '30 2 * * *',
      '2027-10-30T12:00:00Z',
      ['2027-10-31T00:30:00Z', '2027-11-01T01:30:00Z'],
    ],
    [
      'the second showing of an hour brings nothing again',
      'America/New_York',
      '*/30 0-1 * * *',
      '2026-11-01T04:45:00Z',
      ['2026-11-01T05:00:00Z', '2026-11-01T05:30:00Z', '2026-11-02T05:00:00Z'],
    ],
    [
      'what names every hour goes on by elapsed time',
      'Europe/Berlin',
      '*/30 * * * *',
      '2027-10-31T00:00:00Z',
      [
        '2027-10-31T00:30:00Z',
        '2027-10-31T01:00:00Z',
        '2027-10-31T01:30:00Z',
        '2027-10-31T02:00:00Z',
        '2027-10-31T02:30:00Z',
      ],
    ],
    [
      'and makes up for nothing',
      'Europe/Berlin',
      '30 * * * *',
      '2027-03-28T00:00:00Z',
      ['2027-03-28T00:30:00Z', '2027-03-28T01:30:00Z', '2027-03-28T02:30:00Z'],
    ],
    [
      'midnight may be skipped',
      'America/Santiago',
      '@daily',
      '2027-09-04T12:00:00Z',
      ['2027-09-05T04:00:00Z', '2027-09-06T03:00:00Z'],
    ],
    [
      'midnight may be shown twice',
      'America/Havana',
      '0 0 * * *',
      '2026-10-31T12:00:00Z',
      ['2026-11-01T04:00:00Z', '2026-11-02T05:00:00Z'],
    ],
    [
      'the hour before midnight may be shown twice',
      'America/Santiago',
      '30 23 * * SAT',
      '2027-04-01T00:00:00Z',
      ['2027-04-04T02:30:00Z', '2027-04-11T03:30:00Z'],
    ],
    [
      'by half an hour only',
      'Australia/Lord_Howe',
      '15 2 * * *',
      '2026-10-02T18:00:00Z',
      ['2026-10-03T15:30:00Z', '2026-10-04T15:15:00Z'],
    ],
    [
      'by two hours',
      'Antarctica/Troll',
      '30 1 * * *',
      '2027-03-27T12:00:00Z',
      ['2027-03-28T01:00:00Z', '2027-03-28T23:30:00Z'],
    ],
    [
      'by a whole day',
      'Pacific/Apia',
      '0 12 * * *',
      '2011-12-29T00:00:00Z',
      ['2011-12-29T22:00:00Z', '2011-12-30T10:00:00Z', '2011-12-30T22:00:00Z'],
    ],
    [
      'by seconds, in the days of local mean time',
      'Africa/Monrovia',
      '0 0 * * *',
      '1972-01-05T12:00:00Z',
      ['1972-01-06T00:44:30Z', '1972-01-07T00:44:30Z', '1972-01-08T00:00:00Z'],
    ],
  ])('%s', (_name, zone, text, from, slots) => {
    const cron = cronOf(text, zone);
    expect(slotsAfter(from, slots.length, cron)).toEqual(slots);
    for (let i = slots.length - 1; i > 0; i--) {
      expect(timeText(cron.previous(Date.parse(slots[i]!))!)).toBe(slots[i - 1]);
    }
    expect(cron.count(Date.parse(from), Date.parse(slots.at(-1)!), 100)).toBe(slots.length);
  });
});

describe('defects of cron-parser are not ours', () => {
  // The third column is what the library says. Where it begins to say something else, it was mended: take the new answer.
  it.each<[string, string, 'next' | 'prev', string, string, string]>([
    [
      'America/New_York',
      '0 2 * * *',
      'prev',
      '2020-03-08T07:01:00Z',
      '2020-03-07T07:00:00Z',
      '2020-03-08T07:00:00Z',
    ],
    [
      'Europe/Berlin',
      '30 2 * * *',
      'prev',
      '2027-10-31T12:00:00Z',
      '2027-10-31T01:30:00Z',
      '2027-10-31T00:30:00Z',
    ],
    [
      'Europe/Berlin',
      '30 2 * * *',
      'next',
      '2027-03-27T12:00:00Z',
      '2027-03-28T01:30:00Z',
      '2027-03-28T01:00:00Z',
    ],
    [
      'America/Nuuk',
      '30 23 * * *',
      'next',
      '2027-03-27T12:00:00Z',
      '2027-03-29T00:30:00Z',
      '2027-03-28T01:00:00Z',
    ],
    [
      'Pacific/Chatham',
      '*/15 * * * *',
      'next',
      '2027-04-03T13:05:00Z',
      '2027-04-03T12:15:00Z',
      '2027-04-03T13:15:00Z',
    ],
    ['Australia/Lord_Howe', '0 * * * *', 'next', '2027-04-03T14:00:00Z', 'none', '2027-04-03T15:30:00Z'],
    ['Africa/Cairo', '0 0 * * *', 'prev', '2027-04-30T12:00:00Z', 'none', '2027-04-29T22:00:00Z'],
  ])('%s, %s, %s from %s', (tz, text, direction, from, theirs, ours) => {
    expect(byLibrary(text, tz, direction, from)).toBe(theirs);
    const cron = cronOf(text, tz);
    const at = Date.parse(from);
    expect(timeText((direction === 'next' ? cron.next(at) : cron.previous(at))!)).toBe(ours);
  });
});

function byLibrary(text: string, tz: string, direction: 'next' | 'prev', from: string): string {
  try {
    const expression = CronExpressionParser.parse(text, { tz, currentDate: new Date(from) });
    return timeText(expression[direction]().getTime());
  } catch {
    return 'none';
  }
}

describe('a slot', () => {
  const zones = ['UTC', 'Europe/Berlin', 'Australia/Lord_Howe'];

  it.each(zones)('is strictly after, and strictly before: %s', (zone) => {
    const cron = cronOf('0 12 * * *', zone);
    const slot = cron.next(Date.UTC(2026, 5, 1))!;
    expect(cron.next(slot - 1)).toBe(slot);
    expect(cron.next(slot)).toBe(slot + dayMs);
    expect(cron.previous(slot + 1)).toBe(slot);
    expect(cron.previous(slot)).toBe(slot - dayMs);
    expect(cron.next(slot - 0.5)).toBe(slot);
    expect(cron.previous(slot + 0.5)).toBe(slot);
  });

  it.each<[string, number]>([
    ['long ago', Date.UTC(1500, 0, 1)],
    ['before 1970', Date.UTC(1969, 11, 31, 23, 59, 30)],
    ['at the beginning', 0],
    ['in a century without its leap day', Date.UTC(2096, 2, 1)],
    ['far ahead', Date.UTC(9999, 11, 31, 23, 59)],
    ['further ahead', Date.UTC(200_000, 0, 1)],
  ])('is found %s', (_name, now) => {
    for (const text of ['* * * * *', '0 2 * * *', '0 0 29 2 *']) {
      const cron = cronOf(text, 'America/New_York');
      const slot = cron.next(now)!;
      expect(slot).toBeGreaterThan(now);
      expect(slot - now).toBeLessThan(8.01 * 365.25 * dayMs);
      expect(cron.previous(slot)).toBeLessThanOrEqual(now);
    }
  });

  it.each([8.64e15, -8.64e15, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 1e300])(
    'is none where dates end: %d',
    (now) => {
      const cron = cronOf('* * * * *', 'Europe/Berlin');
      expect(cron.next(now)).toBeUndefined();
      expect(cron.previous(now)).toBeUndefined();
      expect(cron.count(now, now, 10)).toBe(0);
    },
  );
});

describe('many slots', () => {
  it('are counted as they would be met one by one', () => {
    const cron = cronOf('*/7 1-5 * * MON,THU', 'Europe/Berlin');
    const [from, to] = [Date.UTC(2026, 2, 1, 0, 3), Date.UTC(2026, 10, 20, 4, 7)];
    const slots = slotsBetween(from + 1, to + 1, cron);
    expect(cron.count(from, to, 1e6)).toBe(slots.length);
    expect(cron.count(slots[0]!, slots.at(-1)!, 1e6)).toBe(slots.length - 1);
  });

  it('are counted no further than asked', () => {
    const cron = cronOf('* * * * *');
    expect(cron.count(0, 10 * 60_000, 1e6)).toBe(10);
    expect(cron.count(0, 10 * 60_000, 3)).toBe(3);
    expect(cron.count(Date.UTC(1600, 0, 1), Date.UTC(20_000, 0, 1), 100)).toBe(100);
    expect(cron.count(10, 0, 3)).toBe(0);
  });

  it('of a year of minutes are counted without meeting each', () => {
    const cron = cronOf('* * * * *', 'Europe/Berlin');
    const [from, to] = [Date.UTC(2026, 0, 1), Date.UTC(2027, 0, 1)];
    const spent = cpuMs(() => {
      for (let i = 0; i < 50; i++) expect(cron.count(from, to, 1e9)).toBe(365 * 24 * 60);
    });
    expect(spent / 50).toBeLessThan(20);
  });

  it.each(['* * * * *', '30 2 * * *', '0 0 1 1 *'])('are found by the thousand in a second: %s', (text) => {
    const cron = cronOf(text, 'Europe/Berlin');
    let at = Date.UTC(2027, 0, 1);
    const spent = cpuMs(() => {
      for (let i = 0; i < 1000; i++) at = cron.next(at)!;
    });
    expect(spent).toBeLessThan(1000);
  });
});

/** Not by the clock on the wall, which goes on while others have the processor. */
function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
