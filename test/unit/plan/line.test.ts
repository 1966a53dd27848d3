// SPDX-License-Identifier: Apache-2.0
// Caps over storages and over all namespaces, together with turns on instances: nobody too many, nobody too late.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineUp, turnOf, type Contender, type Limits } from '../../../src/plan/line.ts';
import type { Run } from '../../../src/plan/observed.ts';
import { backupOf, restoreOf } from './job-samples.ts';

type Given = {
  name: string;
  kind?: 'backup' | 'restore';
  namespace?: string;
  at?: number;
  runs?: boolean;
  instance?: string;
  storage?: string;
  lacks?: string;
};

function contenderOf(given: Given): Contender {
  const { name, kind = 'backup', namespace = 'a', at = 0, runs = false, lacks } = given;
  const { instance = name, storage = 's' } = given;
  const run: Run = kind === 'backup' ? backupOf({}, name) : restoreOf({}, name);
  const creationTimestamp = new Date(Date.UTC(2026, 0, 1) + at * 1000).toISOString();
  run.metadata = { ...run.metadata, namespace, uid: `${namespace}/${kind}/${name}`, creationTimestamp };
  if (lacks !== undefined) {
    const condition = { type: 'Reconciling', status: 'True' as const, reason: lacks, message: '' };
    run.status = { conditions: [{ ...condition, lastTransitionTime: creationTimestamp }] };
  }
  return {
    run,
    hasTurn: runs,
    instance: `${namespace}/${instance}`,
    maxConcurrentBackups: 2,
    storage: `${namespace}/${storage}`,
  };
}

const roomy: Limits = { maxJobs: 50, maxJobsPerStorage: 50 };

/** Of the first one. */
function turn(given: Given[], limits: Partial<Limits>): string {
  const all = given.map(contenderOf);
  const held = turnOf(all[0]!.run, all, { ...roomy, ...limits });
  return held ? `${held.by} ${held.name} ${held.position}` : 'begins';
}

describe('a cap', () => {
  it.each<[string, Given[], Partial<Limits>, string]>([
    [
      'of a storage that has room',
      [{ name: 'x' }, { name: 'y', runs: true }],
      { maxJobsPerStorage: 2 },
      'begins',
    ],
    ['of a storage', [{ name: 'x' }, { name: 'y', runs: true }], { maxJobsPerStorage: 1 }, 'storage s 1'],
    [
      'of another storage',
      [{ name: 'x' }, { name: 'y', runs: true, storage: 't' }],
      { maxJobsPerStorage: 1 },
      'begins',
    ],
    [
      'of a storage that has the same name in another namespace',
      [{ name: 'x' }, { name: 'y', runs: true, namespace: 'b' }],
      { maxJobsPerStorage: 1 },
      'begins',
    ],
    [
      'over all counts other namespaces',
      [{ name: 'x' }, { name: 'y', runs: true, namespace: 'b' }],
      { maxJobs: 1 },
      'operator  1',
    ],
    [
      'over all is for the oldest, wherever it is',
      [
        { name: 'x', at: 2 },
        { name: 'y', at: 1, namespace: 'b' },
        { name: 'z', runs: true, namespace: 'c' },
      ],
      { maxJobs: 1 },
      'operator  2',
    ],
    [
      'leaves the place of an older one alone',
      [
        { name: 'x', at: 2 },
        { name: 'y', at: 1, namespace: 'b' },
      ],
      { maxJobs: 1 },
      'operator  1',
    ],
    [
      'is not kept for an older one that waits for its Milvus',
      [
        { name: 'x', at: 2 },
        { name: 'y', at: 1, instance: 'i', kind: 'restore' },
        { name: 'z', runs: true, instance: 'i' },
      ],
      { maxJobs: 2 },
      'begins',
    ],
    [
      'is not kept for an older one that lacks its Secret',
      [
        { name: 'x', at: 2 },
        { name: 'y', at: 1, lacks: 'SecretNotFound' },
      ],
      { maxJobs: 1 },
      'begins',
    ],
    [
      'counts restores as it counts backups',
      [{ name: 'x' }, { name: 'r', kind: 'restore', runs: true }],
      { maxJobsPerStorage: 1 },
      'storage s 1',
    ],
  ])('%s', (_name, given, limits, expected) => {
    expect(turn(given, limits)).toBe(expected);
  });

  it("holds one that has lacked something until now, though it was in nobody's way", () => {
    const given = [
      { name: 'x', lacks: 'SecretNotFound' },
      { name: 'y', runs: true },
    ];
    expect(turn(given, { maxJobs: 1 })).toBe('operator  1');
  });
});

const some = fc.array(
  fc.record({
    kind: fc.constantFrom('backup' as const, 'restore' as const),
    namespace: fc.constantFrom('a', 'b'),
    at: fc.integer({ min: 0, max: 5 }),
    instance: fc.constantFrom('i', 'j'),
    storage: fc.constantFrom('s', 't'),
  }),
  { minLength: 1, maxLength: 14 },
);
const caps = fc.record({
  maxJobs: fc.integer({ min: 1, max: 4 }),
  maxJobsPerStorage: fc.integer({ min: 1, max: 3 }),
});

const age = ({ run: { metadata, kind } }: Contender): string =>
  [metadata.creationTimestamp, metadata.name, kind, metadata.namespace].join('|');

function checkPlaces(running: readonly Contender[], { maxJobs, maxJobsPerStorage }: Limits): void {
  expect(running.length).toBeLessThanOrEqual(maxJobs);
  for (const storage of new Set(running.map((one) => one.storage))) {
    expect(running.filter((one) => one.storage === storage).length).toBeLessThanOrEqual(maxJobsPerStorage);
  }
  for (const instance of new Set(running.map((one) => one.instance))) {
    const there = running.filter((one) => one.instance === instance);
    const hasRestore = there.some(({ run }) => run.kind === 'MilvusRestore');
    expect(there.length).toBeLessThanOrEqual(hasRestore ? 1 : 2);
  }
}

describe('the line', () => {
  it('gives the oldest that has room its places, whoever is asked first, until all have run', () => {
    const property = (given: Omit<Given, 'name'>[], limits: Limits, order: number[]): void => {
      let all = given.map((one, i) => contenderOf({ ...one, name: `run-${i}` }));
      for (let round = 0; all.length > 0; round++) {
        const line = lineUp(all, limits);
        const shuffled = all.toSorted((a, b) => (order[all.indexOf(a)] ?? 0) - (order[all.indexOf(b)] ?? 0));
        for (const one of shuffled.filter(({ hasTurn }) => !hasTurn)) {
          const held = turnOf(one.run, all, limits);
          // The same of one as of all at once, though others have begun meanwhile.
          expect(held === undefined).toBe(line.get(one.run.metadata.uid) === undefined);
          one.hasTurn = held === undefined;
        }
        const running = all.filter(({ hasTurn }) => hasTurn);
        expect(running.length).toBeGreaterThan(0);
        checkPlaces(running, limits);
        const [gone] = running.slice(round % running.length);
        all = all.filter((one) => one !== gone);
      }
    };
    const orders = fc.array(fc.integer(), { minLength: 14, maxLength: 14 });
    fc.assert(fc.property(some, caps, orders, property), { numRuns: 300 });
  });

  it('passes nobody over for ever: the oldest waits for each kind of place once at most', () => {
    const property = (given: Omit<Given, 'name'>[], limits: Limits): void => {
      let all = given.map((one, i) => contenderOf({ ...one, name: `run-${i}` }));
      const oldest = all.toSorted((a, b) => (age(a) < age(b) ? -1 : 1))[0]!;
      const begin = (those: Contender[]): void =>
        those.forEach((one) => (one.hasTurn ||= turnOf(one.run, those, limits) === undefined));
      begin(all.filter((one) => one !== oldest));
      for (const _place of ['instance', 'storage', 'operator']) {
        begin(all);
        for (const gone of all.filter(({ hasTurn }) => hasTurn)) {
          if (oldest.hasTurn) return;
          all = all.filter((one) => one !== gone);
          begin(all.toReversed());
        }
      }
      expect(oldest.hasTurn).toBe(true);
    };
    fc.assert(fc.property(some, caps, property), { numRuns: 1000 });
  });

  it('of three thousand is looked at in an instant', () => {
    const all = Array.from({ length: 3000 }, (_, i) =>
      contenderOf({ name: `run-${i}`, at: i, instance: 'one', runs: i < 2 }),
    );
    const start = performance.now();
    const line = lineUp(all, roomy);
    expect(performance.now() - start).toBeLessThan(1000);
    expect(line.get('a/backup/run-2999')?.position).toBe(2998);
  });
});
