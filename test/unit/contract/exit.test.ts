// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { reasons, consequenceOf, type Reason } from '../../../src/base/reason.ts';
import { exitCodeOf, exitCodeOfReason, exitMeanings } from '../../../src/contract/exit.ts';

describe('exit codes', () => {
  it.each<[Reason, number]>([
    ['InvalidConfiguration', 2],
    ['BackupExists', 3],
    ['StorageMismatch', 3],
    ['Unreachable', 1],
    ['CredentialsRejected', 1],
    ['Interrupted', 1],
    ['Fenced', 1],
    ['BackupNotReady', 1],
    ['ResultUnreadable', 1],
  ])('of a failure with %s is %i', (reason, code) => {
    expect(exitCodeOf({ outcome: 'Failed', reason })).toBe(code);
  });

  it('follow the consequence of every reason', () => {
    for (const reason of reasons) {
      const isStop = consequenceOf(reason) === 'stop' && reason !== 'InvalidConfiguration';
      expect(exitCodeOfReason(reason) === 3).toBe(isStop);
    }
  });

  it.each([
    ['Succeeded', 0],
    ['PartiallyFailed', 4],
  ] as const)('of %s is %i, whatever the reason', (outcome, code) => {
    expect(exitCodeOf({ outcome, reason: 'CollectionChanging' })).toBe(code);
  });

  it('have a meaning each', () => {
    expect(Object.keys(exitMeanings)).toEqual(['0', '1', '2', '3', '4', '5']);
  });
});
