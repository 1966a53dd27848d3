// SPDX-License-Identifier: Apache-2.0
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planRetention, type Candidate, type Policy } from '../../../../src/plan/retention/retention.ts';
import { at, timeOf } from './samples.ts';

const now = at('2026-10-26T12:00:00Z');
const hour = 3_600_000;

const zones = fc.constantFrom(
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Pacific/Chatham',
  'Pacific/Apia',
  'Africa/Casablanca',
  'Etc/GMT+12',
);

const count = fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined });
const age = fc.option(
  fc.integer({ min: 1, max: 20_000 }).map((hours) => `${hours}h`),
  { nil: undefined },
);

const policies: fc.Arbitrary<Policy> = fc.record(
  {
    keepLast: count,
    keepHourly: count,
    keepDaily: count,
    keepWeekly: count,
    keepMonthly: count,
    keepYearly: count,
    keepWithin: age,
    maxAge: age,
    minSuccessful: fc.integer({ min: 1, max: 5 }),
    failedHistory: fc.integer({ min: 0, max: 4 }),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Policy>;

/** Hours, days and years old; some of the same second, some in the future. */
const completion = fc
  .oneof(
    { weight: 4, arbitrary: fc.integer({ min: 0, max: 72 }) },
    { weight: 4, arbitrary: fc.integer({ min: 0, max: 3_000 }) },
    { weight: 2, arbitrary: fc.integer({ min: 0, max: 60_000 }) },
    { weight: 1, arbitrary: fc.integer({ min: -48, max: -1 }) },
  )
  .map((hours) => timeOf(now - hours * hour));

const phase = fc.oneof(
  { weight: 6, arbitrary: fc.constant('Succeeded') },
  {
    weight: 3,
    arbitrary: fc.constantFrom('Failed', 'Canceled', 'PartiallyFailed', 'Running', 'Deleting', undefined),
  },
);

const seldom = fc.integer({ min: 0, max: 9 }).map((n) => n === 0);

const candidates: fc.Arbitrary<Candidate[]> = fc
  .array(
    fc.record({
      phase,
      completionTime: fc.option(completion, { nil: undefined, freq: 20 }),
      isHeld: seldom,
      isInUse: seldom,
      isLeaving: seldom,
    }),
    { maxLength: 40 },
  )
  .map((all) =>
    all.map(({ isLeaving, ...one }, i) => ({
      ...one,
      name: `b-${(i * 7) % 41}`,
      ...(isLeaving ? { goingBy: 'ttl' } : {}),
    })),
  );

const given = fc.record({ backups: candidates, policy: policies, timeZone: zones });

function check(property: (given: { backups: Candidate[]; policy: Policy; timeZone: string }) => void): void {
  fc.assert(fc.property(given, property), { numRuns: 400 });
}

function names(list: readonly { name: string }[]): string[] {
  return list.map(({ name }) => name).sort();
}

/** Those that still count, newest first. */
function successes(backups: readonly Candidate[]): Candidate[] {
  const key = ({ completionTime = '', name }: Candidate): string => `${completionTime} ${name}`;
  return backups
    .filter((one) => one.phase === 'Succeeded' && one.completionTime && one.goingBy === undefined)
    .sort((one, other) => (key(one) < key(other) ? 1 : -1));
}

describe('whatever the policy says', () => {
  it('[FM-33] the newest minSuccessful backups stay', () => {
    check(({ backups, policy, timeZone }) => {
      const { kept } = planRetention({ backups, policy, timeZone, now });
      const newest = successes(backups).slice(0, policy.minSuccessful ?? 1);
      expect(names(kept)).toEqual(expect.arrayContaining(names(newest)));
    });
  });

  it('the newest minSuccessful of the past stay, whatever the future holds', () => {
    check(({ backups, policy, timeZone }) => {
      const { kept } = planRetention({ backups, policy, timeZone, now });
      const past = successes(backups).filter((one) => at(one.completionTime!) <= now);
      const newest = past.slice(0, policy.minSuccessful ?? 1);
      expect(names(kept)).toEqual(expect.arrayContaining(names(newest)));
    });
  });

  it('what is held or in use is never marked', () => {
    check(({ backups, policy, timeZone }) => {
      const { marks } = planRetention({ backups, policy, timeZone, now });
      const safe = new Set(names(backups.filter(({ isHeld, isInUse }) => isHeld || isInUse)));
      expect(marks.filter(({ name }) => safe.has(name))).toEqual([]);
    });
  });

  it('[FM-33] what has not ended, or completes in the future, is never marked', () => {
    check(({ backups, policy, timeZone }) => {
      const { marks, kept } = planRetention({ backups, policy, timeZone, now });
      const unfinished = new Set(
        names(
          backups.filter(
            ({ phase, completionTime }) =>
              completionTime === undefined ||
              phase === undefined ||
              ['Running', 'Deleting'].includes(phase) ||
              (phase === 'Succeeded' && at(completionTime) > now),
          ),
        ),
      );
      expect(marks.filter(({ name }) => unfinished.has(name))).toEqual([]);
      expect(kept.length).toBeLessThanOrEqual(backups.length);
    });
  });

  it('each backup that counts is either kept, for a reason, or goes, for one', () => {
    check(({ backups, policy, timeZone }) => {
      const { kept, going } = planRetention({ backups, policy, timeZone, now });
      const ended = ['Succeeded', 'Failed', 'Canceled', 'PartiallyFailed'];
      const counting = backups.filter(
        (one) =>
          one.completionTime !== undefined && (one.goingBy !== undefined || ended.includes(one.phase ?? '')),
      );
      expect(names([...kept, ...going])).toEqual(names(counting));
      expect(kept.every(({ rules }) => rules.length > 0 && new Set(rules).size === rules.length)).toBe(true);
    });
  });

  it('once what goes is gone, nothing more goes, and what was kept is kept', () => {
    check(({ backups, policy, timeZone }) => {
      const first = planRetention({ backups, policy, timeZone, now });
      const gone = new Set(names(first.going));
      const rest = backups.filter(({ name }) => !gone.has(name));
      const second = planRetention({ backups: rest, policy, timeZone, now });
      expect(second.going).toEqual([]);
      expect(names(second.kept)).toEqual(names(first.kept));
    });
  });

  it('once only some of what goes is marked or gone, the same goes', () => {
    fc.assert(
      fc.property(given, fc.infiniteStream(fc.integer({ min: 0, max: 2 })), ({ backups, ...rest }, picks) => {
        const first = planRetention({ backups, ...rest, now });
        const rules = new Map(first.marks.map(({ name, rule }) => [name, rule]));
        const later = backups.flatMap((one) => {
          const rule = rules.get(one.name);
          const pick = rule === undefined ? 0 : picks.next().value;
          return pick === 1 ? [{ ...one, goingBy: rule! }] : pick === 2 ? [] : [one];
        });
        const second = planRetention({ backups: later, ...rest, now });
        expect(names(second.kept)).toEqual(names(first.kept));
        const left = new Set(names(later));
        expect(names(second.going)).toEqual(names(first.going).filter((name) => left.has(name)));
      }),
      { numRuns: 300 },
    );
  });

  it('the order in which backups are given is nobody’s business', () => {
    check(({ backups, policy, timeZone }) => {
      const one = planRetention({ backups, policy, timeZone, now });
      const other = planRetention({ backups: backups.toReversed(), policy, timeZone, now });
      expect(other).toEqual(one);
    });
  });

  it('one more hold never makes another backup go', () => {
    check(({ backups, policy, timeZone }) => {
      const before = planRetention({ backups, policy, timeZone, now });
      const held = backups.map((one, i) => (i === 0 ? { ...one, isHeld: true } : one));
      const after = planRetention({ backups: held, policy, timeZone, now });
      const first = backups[0]?.name;
      expect(names(after.marks)).toEqual(names(before.marks).filter((name) => name !== first));
    });
  });
});
