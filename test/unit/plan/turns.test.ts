// SPDX-License-Identifier: Apache-2.0
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Run } from '../../../src/plan/observed.ts';
import { hasBegun } from '../../../src/plan/attempts.ts';
import { turnOf } from '../../../src/plan/turns.ts';
import { backupOf, restoreOf } from './job-samples.ts';

type Given = {
  name: string;
  kind?: 'backup' | 'restore';
  at?: number;
  runs?: boolean;
  instance?: string;
  lacks?: string;
  canceled?: boolean;
};

function runOf({
  name,
  kind = 'backup',
  at = 0,
  runs = false,
  instance = 'milvus',
  lacks,
  canceled = false,
}: Given): Run {
  const run: Run =
    kind === 'backup'
      ? backupOf({ instanceRef: { name: instance }, cancel: canceled }, name)
      : restoreOf({ instanceRef: { name: instance }, cancel: canceled }, name);
  const creationTimestamp = new Date(Date.UTC(2026, 0, 1) + at * 1000).toISOString();
  run.metadata = { ...run.metadata, uid: `${kind}/${name}`, creationTimestamp };
  run.status = {
    ...(runs ? { attempts: [{ number: 1 }] } : {}),
    ...(lacks === undefined
      ? {}
      : {
          conditions: [
            {
              type: 'Reconciling',
              status: 'True',
              reason: lacks,
              message: '',
              lastTransitionTime: creationTimestamp,
            },
          ],
        }),
  };
  return run;
}

const turn = (given: Given[], max = 1): string => {
  const all = given.map(runOf);
  const found = turnOf(all[0]!, all, { name: 'milvus', maxConcurrentBackups: max });
  return found ? `${found.reason} ${found.position}` : 'starts';
};

describe('whose turn it is', () => {
  it.each<[string, Given[], number, string]>([
    ['nobody else', [{ name: 'a' }], 1, 'starts'],
    ['another runs', [{ name: 'a' }, { name: 'b', runs: true, at: 9 }], 1, 'Queued 1'],
    ['there is room for two', [{ name: 'a' }, { name: 'b', runs: true }], 2, 'starts'],
    ['an older one waits', [{ name: 'b', at: 1 }, { name: 'a' }], 1, 'Queued 1'],
    ['of the same second the name decides', [{ name: 'b' }, { name: 'a' }], 1, 'Queued 1'],
    ['a younger one waits', [{ name: 'a' }, { name: 'b', at: 1 }], 1, 'starts'],
    ['a restore runs', [{ name: 'a' }, { name: 'r', kind: 'restore', runs: true }], 9, 'InstanceBusy 1'],
    [
      'an older restore waits',
      [
        { name: 'a', at: 1 },
        { name: 'r', kind: 'restore' },
        { name: 'b', runs: true },
      ],
      9,
      'Queued 2',
    ],
    [
      'a restore beside a backup',
      [
        { name: 'r', kind: 'restore' },
        { name: 'b', runs: true, at: 9 },
      ],
      9,
      'InstanceBusy 1',
    ],
    [
      'a restore before a younger backup',
      [
        { name: 'r', kind: 'restore' },
        { name: 'b', at: 9 },
      ],
      9,
      'starts',
    ],
    [
      'on another Milvus',
      [{ name: 'a' }, { name: 'r', kind: 'restore', runs: true, instance: 'other' }],
      1,
      'starts',
    ],
    [
      'an older one lacks its Secret',
      [
        { name: 'b', at: 1 },
        { name: 'a', lacks: 'SecretNotFound' },
      ],
      1,
      'starts',
    ],
    [
      'an older one is queued',
      [
        { name: 'b', at: 1 },
        { name: 'a', lacks: 'Queued' },
      ],
      1,
      'Queued 1',
    ],
    [
      'an older one is canceled',
      [
        { name: 'b', at: 1 },
        { name: 'a', canceled: true },
      ],
      1,
      'starts',
    ],
    [
      'one that runs is canceled',
      [
        { name: 'b', at: 1 },
        { name: 'a', canceled: true, runs: true },
      ],
      1,
      'Queued 1',
    ],
  ])('%s', (_name, given, max, expected) => {
    expect(turn(given, max)).toBe(expected);
  });

  it('[FM-31] never lets a restore run beside anything, nor too many backups, and lets somebody run', () => {
    const some = fc.array(
      fc.record({
        kind: fc.constantFrom('backup' as const, 'restore' as const),
        at: fc.integer({ min: 0, max: 4 }),
      }),
      { minLength: 1, maxLength: 12 },
    );
    const property = (
      given: { kind: 'backup' | 'restore'; at: number }[],
      max: number,
      order: number[],
    ): void => {
      const all = given.map((one, i) => runOf({ ...one, name: `run-${i}` }));
      let waiting = [...all];
      for (let round = 0; waiting.length > 0; round++) {
        const shuffled = waiting.toSorted(
          (a, b) => (order[all.indexOf(a)] ?? 0) - (order[all.indexOf(b)] ?? 0),
        );
        for (const run of shuffled) {
          const isHeld = turnOf(run, waiting, { name: 'milvus', maxConcurrentBackups: max });
          if (!isHeld) run.status = { ...run.status, attempts: [{ number: 1 }] };
        }
        const running = waiting.filter(hasBegun);
        const restores = running.filter(({ kind }) => kind === 'MilvusRestore');
        expect(running.length).toBeGreaterThan(0);
        expect(restores.length === 0 || running.length === 1).toBe(true);
        expect(running.length - restores.length).toBeLessThanOrEqual(max);
        waiting = waiting.filter((run) => run !== running[round % running.length]);
      }
    };
    fc.assert(
      fc.property(
        some,
        fc.integer({ min: 1, max: 3 }),
        fc.array(fc.integer(), { minLength: 12, maxLength: 12 }),
        property,
      ),
      { numRuns: 300 },
    );
  });
});
