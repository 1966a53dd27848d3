// SPDX-License-Identifier: Apache-2.0
// When a bucket is listed again: on each change of the spec, by the interval, and after a failure at growing distances.
// Not before the storage is Ready: what keeps a check from its bucket would keep a listing too.
import { findCondition, type MilvusBackupStorage } from '../../api/index.ts';
import { delayAfterFailure } from '../check-due.ts';
import { durationMs } from '../duration.ts';
import { timeMs } from '../moment.ts';

type Storage = Pick<MilvusBackupStorage, 'metadata' | 'spec' | 'status'>;

/** Milliseconds; what has passed is due, infinity is never. */
export function syncDueAt(storage: Storage): number {
  if (!isReady(storage)) return Number.POSITIVE_INFINITY;
  const { metadata, spec, status } = storage;
  const synced = findCondition(status.conditions, 'Synced');
  const last = timeMs(status.sync?.lastTime);
  if (last === undefined || synced?.observedGeneration !== metadata.generation) return 0;
  const interval = durationMs(spec.sync.interval);
  if (synced.status === 'True') return interval === 0 ? Number.POSITIVE_INFINITY : last + interval;
  const failingFor = last - (timeMs(synced.lastTransitionTime) ?? last);
  return last + delayAfterFailure(failingFor, interval);
}

/** As it is now, and not as it was before the last change. */
function isReady({ metadata, status }: Storage): boolean {
  const ready = findCondition(status.conditions, 'Ready');
  return ready?.status === 'True' && ready.observedGeneration === metadata.generation;
}
