// SPDX-License-Identifier: Apache-2.0
// Counts what a run has done and turns it into progress: percent, speed, time left. Progress is a hint for people.
import type { Clock } from '../base/clock.ts';
import type { Step } from '../contract/event.ts';
import type { Reporter } from './engine.ts';

export type Counts = {
  collectionsDone: number;
  collectionsTotal: number;
  objectsDone: number;
  objectsTotal: number;
  bytesDone: number;
  bytesTotal: number;
};

/** One collection's share of the counts, so that it can begin again. */
export type Meter = { add(delta: Partial<Counts>): void; reset(): void };

export type Tally = {
  readonly counts: Readonly<Counts>;
  add(delta: Partial<Counts>): void;
  meter(): Meter;
  /** Says the counts as of now, under a step. */
  say(step: Step, collection?: string): void;
};

/** Copying is most of a run, so percent follows bytes; 1 % is kept for each end, 100 is said only by the result. */
export function percentOf(counts: Counts): number {
  const collections = counts.collectionsTotal > 0 ? counts.collectionsDone / counts.collectionsTotal : 0;
  const bytes = counts.bytesTotal > 0 ? counts.bytesDone / counts.bytesTotal : collections;
  return Math.min(99, Math.max(1, Math.floor(100 * Math.min(bytes, 0.2 + 0.8 * collections))));
}

const zero: Counts = {
  collectionsDone: 0,
  collectionsTotal: 0,
  objectsDone: 0,
  objectsTotal: 0,
  bytesDone: 0,
  bytesTotal: 0,
};

export function createTally(report: Reporter, clock: Clock): Tally {
  const counts: Counts = { ...zero };
  const start = clock.monotonic();
  const add = (delta: Partial<Counts>): void => {
    for (const [key, value] of Object.entries(delta)) counts[key as keyof Counts] += value;
  };
  return {
    counts,
    add,
    meter() {
      const own: Counts = { ...zero };
      return {
        add(delta) {
          for (const [key, value] of Object.entries(delta)) own[key as keyof Counts] += value;
          add(delta);
        },
        reset() {
          add(Object.fromEntries(Object.entries(own).map(([key, value]) => [key, -value])));
          Object.assign(own, zero);
        },
      };
    },
    say(step, collection) {
      const seconds = Math.max(0.001, (clock.monotonic() - start) / 1000);
      const bytesPerSecond = Math.round(counts.bytesDone / seconds);
      const left = counts.bytesTotal - counts.bytesDone;
      report.progress({
        step,
        ...(collection === undefined ? {} : { collection }),
        ...counts,
        percent: percentOf(counts),
        bytesPerSecond,
        ...(bytesPerSecond > 0 ? { etaSeconds: Math.ceil(left / bytesPerSecond) } : {}),
      });
    },
  };
}
