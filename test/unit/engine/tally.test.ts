// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/base/clock.ts';
import type { Reporter } from '../../../src/engine/engine.ts';
import { createTally, percentOf } from '../../../src/engine/tally.ts';

const none = {
  collectionsDone: 0,
  collectionsTotal: 0,
  objectsDone: 0,
  objectsTotal: 0,
  bytesDone: 0,
  bytesTotal: 0,
};

describe('percentOf', () => {
  it.each([
    ['nothing known', none, 1],
    [
      'all bytes of the first of four collections',
      { ...none, collectionsTotal: 4, bytesDone: 9, bytesTotal: 9 },
      20,
    ],
    ['half', { ...none, collectionsDone: 2, collectionsTotal: 4, bytesDone: 50, bytesTotal: 100 }, 50],
    [
      'all but the commit',
      { ...none, collectionsDone: 4, collectionsTotal: 4, bytesDone: 9, bytesTotal: 9 },
      99,
    ],
    ['no bytes at all', { ...none, collectionsDone: 1, collectionsTotal: 2 }, 50],
  ])('%s', (_name, counts, percent) => {
    expect(percentOf(counts)).toBe(percent);
  });
});

describe('tally', () => {
  let now = 0;
  const clock: Clock = { now: () => now, monotonic: () => now, sleep: async () => {} };

  it('says speed and time left, and lets one collection begin again', () => {
    const said: Parameters<Reporter['progress']>[0][] = [];
    const tally = createTally({ progress: (p) => said.push(p), warn: () => {}, item: () => {} }, clock);
    const meter = tally.meter();
    tally.add({ bytesTotal: 1000 });
    meter.add({ bytesDone: 400, objectsDone: 2 });
    now = 2000;
    tally.say('Copying', 'default.a');
    expect(said[0]).toMatchObject({
      step: 'Copying',
      collection: 'default.a',
      bytesPerSecond: 200,
      etaSeconds: 3,
    });
    meter.reset();
    meter.reset();
    expect(tally.counts).toMatchObject({ bytesDone: 0, objectsDone: 0, bytesTotal: 1000 });
  });
});
