// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { accepted, never, refused } from './expressions.ts';
import { cronOf, problemOf, slotsAfter } from './slots.ts';

describe('[FM-16] the text of a schedule is one that occurs, or is refused', () => {
  it.each(accepted)('is accepted: %j', (text) => {
    expect(problemOf(text)).toBe('none');
    expect(cronOf(text).next(0)).toBeDefined();
  });

  it.each(refused)('is refused: %j', (text, said) => {
    expect(problemOf(text)).toContain(said);
  });

  it.each(never)('never occurs: %j', (text) => {
    expect(problemOf(text)).toContain('never occurs');
  });

  it.each<[string, string]>([
    ['* * * * * *', '6 fields instead of 5 (seconds cannot be given): write minute, hour, day of month'],
    ['* * * *', '4 fields instead of 5: write'],
    ['TZ=Europe/Berlin 0 2 * * *', 'names a time zone: take it out, and set spec.timeZone'],
    ['@every 5m', 'write fields, such as'],
    ['0 0 31 2 *', 'the schedule "0 0 31 2 *" never occurs'],
    ['0 25 * * *', '"25" is no hour: write *, 0 to 23, a range such as 0-23, a step such as */2, or a list'],
    ['0 0 * * 7', '"7" is no day of week: write *, 0 to 6, SUN to SAT, a range'],
  ])('is refused with what to do: %j', (text, advice) => {
    expect(problemOf(text)).toContain(advice);
  });

  it.each<[string, string[]]>([
    ['@hourly', ['2026-01-01T00:00:00Z', '2026-01-01T01:00:00Z']],
    ['@daily', ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z']],
    ['@midnight', ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z']],
    ['@weekly', ['2026-01-04T00:00:00Z', '2026-01-11T00:00:00Z']],
    ['@monthly', ['2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z']],
    ['@yearly', ['2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z']],
    ['@annually', ['2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z']],
    ['5/20 3 * * *', ['2026-01-01T03:05:00Z', '2026-01-01T03:25:00Z', '2026-01-01T03:45:00Z']],
    ['0 0 1-10/4 * *', ['2026-01-01T00:00:00Z', '2026-01-05T00:00:00Z', '2026-01-09T00:00:00Z']],
    ['0 0 * * mon-WED', ['2026-01-05T00:00:00Z', '2026-01-06T00:00:00Z', '2026-01-07T00:00:00Z']],
    ['0 0 * * 4/2', ['2026-01-01T00:00:00Z', '2026-01-03T00:00:00Z', '2026-01-08T00:00:00Z']],
    ['0 0 * * 1/3', ['2026-01-01T00:00:00Z', '2026-01-05T00:00:00Z', '2026-01-08T00:00:00Z']],
    ['0 0 1 Jan,JUL ?', ['2026-01-01T00:00:00Z', '2026-07-01T00:00:00Z']],
    ['0 0 29 2 *', ['2028-02-29T00:00:00Z', '2032-02-29T00:00:00Z']],
    ['0 0 13 * FRI', ['2026-01-02T00:00:00Z', '2026-01-09T00:00:00Z', '2026-01-13T00:00:00Z']],
    ['0 0 31 2 MON', ['2026-02-02T00:00:00Z', '2026-02-09T00:00:00Z']],
    ['0 0 */31 * MON', ['2026-01-01T00:00:00Z', '2026-01-05T00:00:00Z', '2026-01-12T00:00:00Z']],
    ['0 0 */1 * MON', ['2026-01-05T00:00:00Z', '2026-01-12T00:00:00Z']],
    ['0 0 1 * */1', ['2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z']],
    ['0 0 *,7 * MON', ['2026-01-05T00:00:00Z', '2026-01-12T00:00:00Z']],
    ['0 0 31 * *', ['2026-01-31T00:00:00Z', '2026-03-31T00:00:00Z', '2026-05-31T00:00:00Z']],
    ['+7 007 * * *', ['2026-01-01T07:07:00Z', '2026-01-02T07:07:00Z']],
  ])('means: %j', (text, slots) => {
    expect(slotsAfter('2025-12-31T23:59:59Z', slots.length, cronOf(text))).toEqual(slots);
  });

  it.each<[string, number]>([
    ['* * * * *', 1 / 60],
    ['*/15 * * * *', 0.25],
    ['0 1,3 * * *', 22],
    ['0 2 * * *', 24],
    ['0 9 * * MON-FRI', 72],
    ['0 0 1 * *', 31 * 24],
    ['0 0 29 2 *', 4 * 365.25 * 24],
  ])('has an interval: %j', (text, hours) => {
    expect(cronOf(text).intervalMs / 3_600_000).toBe(hours);
  });
});

describe('the zone of a schedule', () => {
  it.each([
    'UTC',
    'Europe/Berlin',
    'Europe/Kyiv',
    'Asia/Kolkata',
    'US/Pacific',
    'EST5EDT',
    'Etc/GMT+5',
    'NZ-CHAT',
  ])('is accepted: %s', (zone) => {
    expect(problemOf('@daily', zone)).toBe('none');
  });

  it.each<[string, string]>([
    ['Mars/Olympus_Mons', 'write a name of the IANA database'],
    ['europe/berlin', 'write Europe/Berlin'],
    ['utc', 'write UTC'],
    ['us/pacific', 'write a name of the IANA database'],
    ['', 'the time zone "" is unknown'],
    ['Local', 'unknown'],
    ['+02:00', 'unknown'],
    ['IST', 'unknown'],
    ['SystemV/PST8', 'unknown'],
    ['Europe/Berlin ', 'unknown'],
    ['../etc/passwd', 'unknown'],
  ])('is refused: %j', (zone, said) => {
    expect(problemOf('@daily', zone)).toContain(said);
  });
});
