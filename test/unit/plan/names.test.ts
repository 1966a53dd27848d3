// SPDX-License-Identifier: Apache-2.0
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backupNameProblem } from '../../../src/format/names.ts';
import { backupNameOf, jobBase, jobName } from '../../../src/plan/names.ts';
import { backupOf, uid } from './job-samples.ts';

const named = (name: string, itsUid = uid) => ({ metadata: { name, uid: itsUid } });
/** As the API server wants names of objects. */
const objectName = fc.stringMatching(
  /^[a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?([.][a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?){0,6}$/,
);

describe('names of Jobs', () => {
  it.each([
    ['nightly', 'nightly-'],
    ['team.nightly', 'team-nightly-'],
    ['7.days', '7-days-'],
    ['a'.repeat(253), `${'a'.repeat(48)}-`],
    [`${'a'.repeat(47)}.${'b'.repeat(200)}`, `${'a'.repeat(47)}-`],
  ])('begin like their object: %s', (name, start) => {
    expect(jobBase(named(name))).toMatch(new RegExp(`^${start}[0-9a-f]{8}$`));
  });

  it('are label values, and host names, of at most 63 characters', () => {
    fc.assert(
      fc.property(objectName, fc.uuid(), fc.nat({ max: 9999 }), (name, itsUid, number) => {
        const base = jobBase(named(name, itsUid));
        expect(base.length).toBeLessThanOrEqual(57);
        const whole = jobName(named(name, itsUid), `c${number}`);
        expect(whole).toBe(`${base}-c${number}`);
        expect(whole).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
      }),
    );
  });

  it('[FM-39] differ where they collide after cutting, and for a later object of the same name', () => {
    const long = 'a'.repeat(250);
    const bases = [named(`${long}-1`), named(`${long}-2`), named(`${long}-1`, `0${uid.slice(1)}`)].map(
      jobBase,
    );
    bases.push(jobBase(named('a.b')), jobBase(named('a-b')), jobBase(named('a-b', `0${uid.slice(1)}`)));
    expect(new Set(bases).size).toBe(bases.length);
  });

  it('are the same whenever they are asked for', () => {
    expect(jobName(named('nightly'), '1')).toBe(jobName(named('nightly'), '1'));
  });
});

describe('the name of a backup', () => {
  it.each([
    ['nightly', 'nightly_3f2a9c1b'],
    ['a.b-c', 'a_b_c_3f2a9c1b'],
    ['7-days', 'b_7_days_3f2a9c1b'],
    ['a'.repeat(253), `${'a'.repeat(100)}_3f2a9c1b`],
    ['1'.repeat(253), `b_${'1'.repeat(98)}_3f2a9c1b`],
  ])('is made from %s', (name, made) => {
    expect(backupNameOf(backupOf({}, name))).toBe(made);
  });

  it('is what the spec says', () => {
    expect(backupNameOf(backupOf({ backupName: 'mine' }))).toBe('mine');
  });

  it('is always legal', () => {
    fc.assert(
      fc.property(objectName, (name) => {
        expect(backupNameProblem(backupNameOf(backupOf({}, name)))).toBeUndefined();
      }),
    );
  });
});
