// SPDX-License-Identifier: Apache-2.0
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { objectNameOf } from '../../../../src/plan/sync/names.ts';

const free = (): boolean => false;

describe('the name of an object that is made for a backup', () => {
  it.each([
    ['nightly_2026', /^nightly-2026$/],
    ['b', /^b$/],
    ['Nightly', /^nightly-[0-9a-f]{8}$/],
    ['nightly_', /^nightly-[0-9a-f]{8}$/],
    ['_', /^backup-[0-9a-f]{8}$/],
    ['x'.repeat(128), /^x{128}$/],
  ])('of %s', (backupName, expected) => {
    expect(objectNameOf(backupName, 'f', free)).toMatch(expected);
    expect(objectNameOf(backupName, 'f', free)).toBe(objectNameOf(backupName, 'f', free));
  });

  it('is another one where something else has it, and another one again in another bucket', () => {
    const taken = (name: string): boolean => name === 'nightly';
    expect(objectNameOf('nightly', 'f', taken)).toMatch(/^nightly-[0-9a-f]{8}$/);
    expect(objectNameOf('nightly', 'f', taken)).not.toBe(objectNameOf('nightly', 'g', taken));
  });

  it('is legal, and no two backups of a bucket share one', () => {
    const backupName = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,40}$/);
    fc.assert(
      fc.property(fc.uniqueArray(backupName, { maxLength: 30 }), (backupNames) => {
        const names = backupNames.map((one) => objectNameOf(one, 'f', free));
        expect(new Set(names).size).toBe(names.length);
        for (const name of names) expect(name).toMatch(/^[a-z0-9]([-a-z0-9]{0,251}[a-z0-9])?$/);
      }),
    );
  });
});
