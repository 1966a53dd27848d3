// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { begun, countOf, ended, hasRun, hasTraces } from '../../../src/plan/attempts.ts';
import { finalProblem, nextAttemptAt } from '../../../src/plan/retry.ts';
import type { Attempt } from '../../../src/plan/run-kind.ts';
import { backupOf } from './job-samples.ts';

const end = '2026-01-01T00:00:00Z';

/** Attempts that ended for these reasons, one after the other, as a run would list them. */
function listOf(...reasons: string[]): Attempt[] {
  return reasons.reduce<Attempt[]>(
    (attempts, reason) =>
      ended(begun(backupOf(), attempts), { reason: reason as 'Evicted', message: 'm' }, end),
    [],
  );
}

const many = (count: number, reason: string): string[] => Array.from({ length: count }, () => reason);

describe('attempts', () => {
  it('are at most five, of which the oldest evicted go first', () => {
    const numbers = (attempts: Attempt[]): number[] => attempts.map(({ number }) => number);
    expect(
      numbers(listOf('StoreError', 'Evicted', 'StoreError', 'Evicted', 'Evicted', 'StoreError')),
    ).toEqual([1, 3, 4, 5, 6]);
    expect(numbers(listOf(...many(7, 'StoreError')))).toEqual([3, 4, 5, 6, 7]);
  });

  it.each<[string, string[], number]>([
    ['none', [], 0],
    ['failures', many(3, 'StoreError'), 3],
    ['evictions', many(9, 'Evicted'), 0],
    ['both', [...many(9, 'Evicted'), 'StoreError', ...many(9, 'Evicted'), 'StoreError'], 2],
    ['more than are listed', many(12, 'StoreError'), 12],
  ])('are counted: %s', (_name, reasons, count) => {
    expect(countOf(listOf(...reasons))).toBe(count);
  });

  it('are never more than allowed, and no fewer than are listed', () => {
    const mixed = [...many(4, 'Evicted'), ...many(5, 'StoreError')];
    expect(countOf(listOf(...mixed))).toBeGreaterThanOrEqual(5);
  });

  it.each<[string, Attempt[], boolean, boolean]>([
    ['none', [], false, false],
    ['one that is to be made', [{ number: 1 }], true, false],
    ['one that was refused', [{ number: 1, endTime: end, reason: 'PodRefused' }], false, false],
    [
      'one that did not start',
      [{ number: 1, startTime: end, endTime: end, reason: 'Unschedulable' }],
      true,
      false,
    ],
    ['one that ran', [{ number: 1, startTime: end, endTime: end, reason: 'StoreError' }], true, true],
  ])('%s: left something, ran', (_name, attempts, traces, ran) => {
    expect([hasTraces(attempts), hasRun(attempts)]).toEqual([traces, ran]);
  });
});

describe('another attempt', () => {
  const retry = { limit: 3, minBackoff: '30s', maxBackoff: '2m' };

  it.each<[string, string[], string | undefined]>([
    ['follows a failure that may pass', ['Unreachable'], undefined],
    ['follows evictions without end', many(20, 'Evicted'), undefined],
    [
      'follows an eviction after the last failure that was allowed but one',
      ['StoreError', 'StoreError', 'Evicted'],
      undefined,
    ],
    ['does not follow what no attempt can change', ['BackupExists'], 'BackupExists'],
    ['does not follow a cancel', ['Canceled'], 'Canceled'],
    ['does not follow the last one allowed', many(3, 'StoreError'), 'RetriesExhausted'],
    [
      'is not given for evictions in between',
      ['StoreError', 'Evicted', 'StoreError', 'Evicted', 'StoreError'],
      'RetriesExhausted',
    ],
    ['follows an unknown word', ['SomethingNew'], undefined],
  ])('%s', (_name, reasons, final) => {
    const attempts = listOf(...reasons);
    if (reasons[0] === 'SomethingNew') attempts[0]!.reason = 'Unexpected';
    expect(finalProblem(attempts, retry)?.reason).toBe(final);
  });

  it.each<[string[], number]>([
    [['StoreError'], 30],
    [['StoreError', 'StoreError'], 60],
    [many(3, 'StoreError'), 120],
    [many(9, 'StoreError'), 120],
    [['StoreError', 'Evicted'], 0],
    [['StoreError', 'Evicted', 'StoreError'], 60],
  ])('after %j comes in %i s', (reasons, seconds) => {
    expect(nextAttemptAt(listOf(...reasons), retry)).toBe(Date.parse(end) + seconds * 1000);
  });

  it('names the last reason where all are used up', () => {
    const problem = finalProblem(listOf('StoreError', 'Unreachable', 'Throttled'), retry);
    expect(problem?.message).toContain('all of 3 attempts, the last by Throttled');
  });
});
