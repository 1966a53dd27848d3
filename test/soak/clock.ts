// SPDX-License-Identifier: Apache-2.0
// A clock that goes faster than the world, from a moment on that all who share it know: an operator that was killed comes
// back into the same day.
import { performance } from 'node:perf_hooks';
import { systemClock, type Clock } from '../../src/base/clock.ts';

/** So many seconds pass in one, counted from `since` (milliseconds since 1970, of the world). */
export type Pace = { since: number; factor: number };

export function scaledClock({ since, factor }: Pace): Clock {
  return {
    now: () => Math.floor(since + (Date.now() - since) * factor),
    monotonic: () => performance.now() * factor,
    sleep: (ms, signal) => systemClock.sleep(ms / factor, signal),
  };
}
