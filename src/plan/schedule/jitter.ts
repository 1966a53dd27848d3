// SPDX-License-Identifier: Apache-2.0
// How long after its slot a schedule's backup begins, so that a hundred schedules of midnight do not begin at once.
import { createHash } from 'node:crypto';
import { durationMs } from '../duration.ts';

/** Milliseconds from 0 to less than `jitter`. The same for a UID at each slot: two backups keep their distance. */
export function jitterMs(uid: string, jitter: string): number {
  const bytes = createHash('sha256').update(uid).digest();
  return Math.floor((bytes.readUIntBE(0, 6) / 2 ** 48) * durationMs(jitter));
}
