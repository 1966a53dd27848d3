// SPDX-License-Identifier: Apache-2.0
// Which slot is due and which come next, from what was announced before. The announced times are the memory: they say
// what the schedule promised when it was last looked at, so that neither an outage nor a change of cron or zone loses a
// slot that had come, or makes one that never was.
import type { MilvusBackupSchedule } from '../../api/index.ts';
import type { Cron } from './cron.ts';
import { jitterMs } from './jitter.ts';
import { timeMs } from '../moment.ts';

export type DueSlot = {
  slot: number;
  /** When it was to begin: later than the slot by the jitter. */
  at: number;
  /** When the first of those that are due together was to begin. */
  since: number;
  /** How many are due, this one included. */
  count: number;
};

export type Slots = {
  due: DueSlot | undefined;
  /** What is announced as long as the due slot waits. */
  promised: number[];
  /** What is announced once it has been dealt with, or where none is due. */
  next: number[];
  /** When the first of what is announced is to begin. */
  wakeAt: number | undefined;
  /** By how much backups begin later than their slots. */
  delay: number;
};

const announced = 3;
/** Counting ends here: whoever was away for a million minutes knows enough. */
const mostCounted = 1_000_000;

export function slotsOf(object: MilvusBackupSchedule, cron: Cron, now: number): Slots {
  const { spec, metadata } = object;
  const delay = spec.jitter === undefined ? 0 : jitterMs(metadata.uid, spec.jitter);
  // The schedule's own clock, which goes late by the jitter.
  const present = now - delay;
  const promised = promisesOf(object, cron, now);
  const [first] = promised;
  const wakeAt = (times: number[]): number | undefined =>
    times[0] === undefined ? undefined : times[0] + delay;
  if (first === undefined || first > now) {
    // What cron and zone say now: what was promised by others and has not come is not promised any more.
    const next = nextAfter(cron, Math.max(now, startOf(object, now)));
    return { due: undefined, promised: next, next, wakeAt: wakeAt(next), delay };
  }
  if (first > present) return { due: undefined, promised, next: promised, wakeAt: first + delay, delay };
  const isStill = isSlot(cron, first);
  const due = isStill ? lastOf(cron, first, present) : lastPromised(promised, present);
  const next = nextAfter(cron, Math.max(isStill ? present : now, due.slot));
  return {
    due: { ...due, at: due.slot + delay, since: first + delay },
    promised,
    next,
    wakeAt: wakeAt(next),
    delay,
  };
}

/** The next three after `from`. */
export function nextAfter(cron: Cron, from: number): number[] {
  const times: number[] = [];
  for (let time = cron.next(from); time !== undefined && times.length < announced; time = cron.next(time)) {
    times.push(time);
  }
  return times;
}

/** As the status has them; where it has none, those that follow where counting begins. */
function promisesOf(object: MilvusBackupSchedule, cron: Cron, now: number): number[] {
  const { nextScheduleTimes = [] } = object.status;
  const known = nextScheduleTimes.flatMap((text) => timeMs(text) ?? []);
  return known.length > 0 ? known : nextAfter(cron, startOf(object, now));
}

/**
 * After which time slots count. A schedule that was looked at and announces nothing was suspended, or not valid: what
 * passed meanwhile counts only where that was asked for.
 */
function startOf({ metadata, spec, status }: MilvusBackupSchedule, now: number): number {
  const last = timeMs(status.lastScheduleTime) ?? timeMs(metadata.creationTimestamp) ?? now;
  const wasSeen = (status.observedGeneration ?? -1) >= 0;
  const wasPaused = wasSeen && (status.nextScheduleTimes ?? []).length === 0;
  return wasPaused && spec.resumePolicy === 'NextSlot' ? Math.max(now, last) : last;
}

function isSlot(cron: Cron, time: number): boolean {
  return cron.next(time - 1) === time;
}

function lastOf(cron: Cron, first: number, present: number): Pick<DueSlot, 'slot' | 'count'> {
  const slot = Math.max(first, cron.previous(present + 1) ?? first);
  return { slot, count: slot === first ? 1 : 1 + cron.count(first, slot, mostCounted) };
}

/** Cron or zone are others now. What was promised before and has come is still due; what the new one names begins now. */
function lastPromised(promised: readonly number[], present: number): Pick<DueSlot, 'slot' | 'count'> {
  const come = promised.filter((time) => time <= present);
  return { slot: come.at(-1)!, count: come.length };
}
