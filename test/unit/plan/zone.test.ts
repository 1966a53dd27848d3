// SPDX-License-Identifier: Apache-2.0
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wallClock } from '../../../src/plan/zone.ts';
import { at } from './retention/samples.ts';

const hour = 3_600_000;

describe('the clock of a zone', () => {
  it.each([
    ['UTC', '2026-07-01T12:00:00Z', 0],
    ['Europe/Berlin', '2026-03-29T00:59:59Z', hour],
    ['Europe/Berlin', '2026-03-29T01:00:00Z', 2 * hour],
    ['Europe/Berlin', '2026-10-25T00:59:59Z', 2 * hour],
    ['Europe/Berlin', '2026-10-25T01:00:00Z', hour],
    ['Asia/Kathmandu', '2026-01-01T00:00:00Z', 5.75 * hour],
    ['Australia/Lord_Howe', '2026-04-04T14:59:59Z', 11 * hour],
    ['Australia/Lord_Howe', '2026-04-04T15:00:00Z', 10.5 * hour],
    ['Pacific/Chatham', '2026-01-01T00:00:00Z', 13.75 * hour],
    ['Africa/Casablanca', '2026-02-20T00:00:00Z', 0],
    ['Etc/GMT+12', '2026-01-01T00:00:00Z', -12 * hour],
    ['Pacific/Apia', '2011-12-30T09:59:59Z', -10 * hour],
    ['Pacific/Apia', '2011-12-30T10:00:00Z', 14 * hour],
  ])('%s at %s', (timeZone, time, offset) => {
    expect(wallClock(timeZone)(at(time))).toEqual({ shown: at(time) + offset, offset });
  });

  it('shows what Intl shows, whatever the instant', () => {
    const zones = fc.constantFrom(
      'Europe/Dublin',
      'America/Havana',
      'Africa/Casablanca',
      'Africa/Cairo',
      'America/Asuncion',
      'Asia/Gaza',
      'Antarctica/Troll',
      'Australia/Lord_Howe',
      'Pacific/Chatham',
      'Asia/Pyongyang',
    );
    const instants = fc.integer({
      min: at('2005-01-01T00:00:00Z') / 1000,
      max: at('2037-12-31T00:00:00Z') / 1000,
    });
    fc.assert(
      fc.property(zones, instants, (timeZone, seconds) => {
        const { shown } = wallClock(timeZone)(seconds * 1000);
        const options = { dateStyle: 'short', timeStyle: 'medium' } as const;
        const told = new Intl.DateTimeFormat('sv-SE', { ...options, timeZone }).format(seconds * 1000);
        expect(new Date(shown).toISOString().slice(0, 19)).toBe(told.replace(' ', 'T'));
      }),
      { numRuns: 500 },
    );
  });
});
