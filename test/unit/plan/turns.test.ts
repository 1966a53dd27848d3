// SPDX-License-Identifier: Apache-2.0
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Run } from '../../../src/plan/observed.ts';
import { hasBegun } from '../../../src/plan/attempts.ts';
import { lineUp, type Contender } from '../../../src/plan/line.ts';
import { isMoved, toldPosition, waitOf } from '../../../src/plan/turns.ts';
import { backupOf, restoreOf, settings } from './job-samples.ts';

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

const lineOf = (runs: readonly Run[], maxConcurrentBackups: number): Contender[] =>
  runs.map((run) => ({
    run,
    hasTurn: hasBegun(run),
    instance: `team/${run.spec.instanceRef?.name}`,
    maxConcurrentBackups,
    storage: 'team/store',
  }));

const turn = (given: Given[], max = 1): string => {
  const all = given.map(runOf);
  const found = waitOf(all[0]!, lineOf(all, max), settings);
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
          const isHeld = waitOf(run, lineOf(waiting, max), settings);
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

describe('what is said', () => {
  const said = (given: Given[], limits: object = {}, max = 1): string | undefined => {
    const all = given.map(runOf);
    return waitOf(all[0]!, lineOf(all, max), { ...settings, ...limits })?.message;
  };
  const three: Given[] = [
    { name: 'c', at: 2 },
    { name: 'b', at: 1 },
    { name: 'a', runs: true },
  ];

  it.each<[string, Given[], object, number, string]>([
    [
      'who goes first',
      three,
      {},
      1,
      'waits on MilvusInstance milvus for MilvusBackup a, MilvusBackup b; place 2 in line',
    ],
    [
      'that a restore runs alone',
      [{ name: 'r', kind: 'restore', at: 1 }, { name: 'a' }],
      {},
      9,
      'MilvusBackup a goes first on MilvusInstance milvus, and a restore runs alone; place 1 in line',
    ],
    [
      'that nothing runs beside a restore',
      [{ name: 'a' }, { name: 'r', kind: 'restore', runs: true }],
      {},
      9,
      'MilvusRestore r goes first on MilvusInstance milvus, and nothing else runs beside a restore; place 1 in line',
    ],
    [
      'the cap of a storage',
      three,
      { maxJobsPerStorage: 1 },
      9,
      'as many runs have begun on MilvusBackupStorage store as may at once, 1 (maxJobsPerStorage of the chart); place 2 in line',
    ],
    [
      'the cap of all, and nothing of other namespaces',
      three,
      { maxJobs: 1 },
      9,
      'the operator has begun as many runs as it may at once, 1 (maxJobs of the chart); place 2 in line',
    ],
  ])('%s', (_name, given, limits, max, expected) => {
    expect(said(given, limits, max)).toBe(expected);
  });

  it('names nobody to those who are far back, who need not hear of each end', () => {
    const many = Array.from({ length: 30 }, (_, i) => ({ name: `run-${100 - i}`, at: 30 - i }));
    expect(said(many)).toBe('waits on MilvusInstance milvus; place 29 in line');
  });
});

describe('a place in line', () => {
  it.each([
    [undefined, 40, 40],
    [40, 39, 40],
    [40, 37, 40],
    [40, 36, 36],
    [40, 44, 40],
    [40, 45, 45],
    [12, 11, 12],
    [11, 10, 10],
    [5, 11, 11],
    [3, 2, 2],
  ])('that was told as %j and is %j is told as %j', (told, position, expected) => {
    expect(toldPosition(told, position)).toBe(expected);
  });

  it('is written to each of a thousand some fifty times until it is its turn, not a thousand times', () => {
    let [told, writes] = [1000, 0];
    for (let position = 1000; position > 0; position--) {
      const next = toldPosition(told, position);
      if (next !== told) writes++;
      told = next;
    }
    expect(told).toBe(1);
    expect(writes).toBeLessThan(60);
  });

  it('moves when something else is to be told, or nothing any more', () => {
    const all = ['d', 'c', 'b', 'a'].map((name, i) => runOf({ name, at: 3 - i, runs: name === 'a' }));
    const [last] = all as [Run];
    const lined = lineOf(all, 1);
    const held = lineUp(lined, settings).get(last.metadata.uid);
    expect(isMoved(last, held, settings)).toBe(true);
    const { message = '', position } = waitOf(last, lined, settings) ?? {};
    const reconciling = { type: 'Reconciling', status: 'True' as const, reason: 'Queued', message };
    const conditions = [{ ...reconciling, lastTransitionTime: '2026-01-01T00:00:00Z' }];
    last.status = { ...last.status, ...(position ? { queuePosition: position } : {}), conditions };
    expect(isMoved(last, held, settings)).toBe(false);
    const moved = lineUp(lineOf([last, ...all.slice(2)], 1), settings).get(last.metadata.uid);
    expect(isMoved(last, moved, settings)).toBe(true);
    expect(isMoved(last, undefined, settings)).toBe(true);
  });
});
