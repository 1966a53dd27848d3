// SPDX-License-Identifier: Apache-2.0
// The latest of everything that was said about progress, so that each line stands for itself.
import type { Clock } from '../base/clock.ts';
import type { Progress } from '../contract/event.ts';
import type { Reporter } from '../engine/engine.ts';

export type Update = Parameters<Reporter['progress']>[0];

export type ProgressState = {
  /** True if this update begins a step, for its collection or, without one, for the run. */
  merge(update: Update): boolean;
  current(): Progress;
};

export function createProgressState(clock: Clock): ProgressState {
  const steps = new Map<string, string>();
  let state: Progress = {
    step: 'Preflight',
    percent: 0,
    collectionsDone: 0,
    collectionsTotal: 0,
    objectsDone: 0,
    objectsTotal: 0,
    bytesDone: 0,
    bytesTotal: 0,
    bytesPerSecond: 0,
    time: '',
  };
  return {
    merge(update) {
      // What an update does not repeat may be stale: whose collection it was, and the time left.
      const { collection: _collection, etaSeconds: _etaSeconds, ...kept } = state;
      const percent = Math.min(100, Math.max(0, Math.floor(update.percent ?? state.percent)));
      state = { ...kept, ...update, percent, time: new Date(clock.now()).toISOString() };
      const about = update.collection ?? '';
      const isNew = steps.get(about) !== update.step;
      steps.set(about, update.step);
      return isNew;
    },
    current: () => state,
  };
}
