// SPDX-License-Identifier: Apache-2.0
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  findCondition,
  isTrue,
  mergeConditions,
  setCondition,
  type WantedCondition,
} from '../../../src/api/index.ts';

const first = { generation: 1, now: Date.UTC(2026, 0, 2, 3, 4, 5, 678) };
const later = { generation: 2, now: first.now + 60_000 };
const ready = (status: WantedCondition['status'], message = 'm'): WantedCondition => ({
  type: 'Ready',
  status,
  reason: status === 'True' ? 'Completed' : 'InProgress',
  message,
});
const working: WantedCondition = { ...ready('True'), type: 'Reconciling', reason: 'InProgress' };
const stuck: WantedCondition = { ...ready('True'), type: 'Stalled', reason: 'StorageMismatch' };

describe('merging', () => {
  it('writes every field, the time without fractions', () => {
    expect(mergeConditions(undefined, [ready('False')], first)).toEqual([
      {
        type: 'Ready',
        status: 'False',
        reason: 'InProgress',
        message: 'm',
        lastTransitionTime: '2026-01-02T03:04:05Z',
        observedGeneration: 1,
      },
    ]);
  });

  it('moves the time with the status and with nothing else', () => {
    const before = mergeConditions(undefined, [ready('False')], first);
    const said = mergeConditions(before, [ready('False', 'other')], later);
    expect(said[0]).toMatchObject({
      message: 'other',
      observedGeneration: 2,
      lastTransitionTime: '2026-01-02T03:04:05Z',
    });
    expect(mergeConditions(said, [ready('True')], later)[0]?.lastTransitionTime).toBe('2026-01-02T03:05:05Z');
  });

  it('removes what is not wanted and keeps the order of what is', () => {
    const before = mergeConditions(undefined, [ready('False'), working], first);
    const after = mergeConditions(before, [stuck, ready('False')], later);
    expect(after.map(({ type }) => type)).toEqual(['Stalled', 'Ready']);
  });

  it('refuses Reconciling beside Stalled, and a type twice', () => {
    expect(() => mergeConditions([], [working, stuck], first)).toThrow(
      'Reconciling and Stalled are both True',
    );
    expect(() => mergeConditions([], [working, { ...stuck, status: 'False' }], first)).not.toThrow();
    expect(() => mergeConditions([], [ready('True'), ready('False')], first)).toThrow('Ready is given twice');
  });

  it('cuts a message by characters, never through one', () => {
    const long = '😀'.repeat(32_768);
    expect(mergeConditions([], [ready('True', long)], first)[0]?.message).toBe(long);
    const message = mergeConditions([], [ready('True', `${long}x`)], first)[0]?.message ?? '';
    expect(Array.from(message)).toHaveLength(32_768);
    expect(message.endsWith('😀…')).toBe(true);
  });

  it('says the same bytes for the same facts, whenever', () => {
    const wanted = fc.uniqueArray(
      fc.record({
        type: fc.constantFrom('Ready', 'Succeeded', 'Verified', 'Stalled'),
        status: fc.constantFrom('True' as const, 'False' as const, 'Unknown' as const),
        reason: fc.constantFrom('Completed' as const, 'Queued' as const),
        message: fc.string(),
      }),
      { selector: ({ type }) => type },
    );
    fc.assert(
      fc.property(wanted, fc.nat(), (conditions, ms) => {
        const once = mergeConditions(undefined, conditions, first);
        const again = mergeConditions(once, conditions, { ...first, now: first.now + ms });
        expect(JSON.stringify(again)).toBe(JSON.stringify(once));
      }),
    );
  });
});

describe('setting one', () => {
  const before = mergeConditions(undefined, [ready('False'), working], first);

  it('replaces it in its place and leaves the others as they were', () => {
    const after = setCondition(before, ready('True'), later);
    expect(after.map(({ type }) => type)).toEqual(['Ready', 'Reconciling']);
    expect(after[0]).toMatchObject({ status: 'True', observedGeneration: 2 });
    expect(after[1]).toEqual(before[1]);
    expect(before[0]?.status).toBe('False');
  });

  it('appends a new one', () => {
    const succeeded: WantedCondition = { ...ready('True'), type: 'Succeeded' };
    expect(setCondition(before, succeeded, later).map(({ type }) => type)).toEqual([
      'Ready',
      'Reconciling',
      'Succeeded',
    ]);
    expect(setCondition(undefined, succeeded, later)).toHaveLength(1);
  });

  it('refuses Stalled beside Reconciling', () => {
    expect(() => setCondition(before, stuck, later)).toThrow('both True');
  });
});

it('finds conditions', () => {
  const conditions = mergeConditions(undefined, [ready('Unknown'), working], first);
  expect(findCondition(conditions, 'Ready')?.status).toBe('Unknown');
  expect(findCondition(undefined, 'Ready')).toBeUndefined();
  expect([isTrue(conditions, 'Ready'), isTrue(conditions, 'Reconciling'), isTrue([], 'Ready')]).toEqual([
    false,
    true,
    false,
  ]);
});
