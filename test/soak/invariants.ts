// SPDX-License-Identifier: Apache-2.0
// What must hold after a day of faults, as a pure function of what was seen: one line for each thing that does not.
import type { MilvusBackupSchedule } from '../../src/api/index.ts';
import { planRetention } from '../../src/plan/retention/retention.ts';
import { parseCron } from '../../src/plan/schedule/cron.ts';

export type SeenSchedule = {
  name: string;
  cron: string;
  timeZone: string;
  /** Slots after this count, by the schedule's own word; milliseconds. */
  from: number;
  /** The latest slot that was dealt with; undefined: none. */
  until: number | undefined;
  missed: number;
  retention: MilvusBackupSchedule['spec']['retention'];
};

/** Each that was ever seen, as it was seen last. */
export type SeenBackup = {
  name: string;
  uid: string;
  schedule: string;
  slot: number;
  phase: string;
  hasDigest: boolean;
  /** How and when it ended, before retention let it go; undefined: it has not. */
  end: { phase: string; time: string } | undefined;
  isThere: boolean;
  isBeingDeleted: boolean;
};

/** Those that are left. */
export type SeenJob = { name: string; owner: string; isOver: boolean; hasTimeToLive: boolean };

export type Day = {
  schedules: SeenSchedule[];
  backups: SeenBackup[];
  jobs: SeenJob[];
  /** Resident MiB of the operator, in the order in which it was measured. */
  memory: number[];
  /** When the faults ended, milliseconds of the day: what came before must have been dealt with. */
  end: number;
};

/** Nothing: all of them hold. */
export function violations(day: Day): string[] {
  return [
    ...day.schedules.flatMap((schedule) => slotsOf(schedule, day)),
    ...day.schedules.flatMap((schedule) => keptOf(schedule, day)),
    ...day.backups.flatMap(proofOf),
    ...day.backups.flatMap(restOf),
    ...day.jobs.flatMap((job) => orphanOf(job, day)),
    ...memoryOf(day.memory),
  ];
}

/** One run per slot, no run without one, and every slot has its run or is counted as missed. */
function slotsOf(schedule: SeenSchedule, { backups, end }: Day): string[] {
  const { name, from, until = from, missed } = schedule;
  const parsed = parseCron(schedule.cron, schedule.timeZone);
  if ('problem' in parsed) return [`${name}: ${parsed.problem}`];
  const { cron } = parsed;
  const own = backups.filter((one) => one.schedule === name);
  const slots = own.map(({ slot }) => slot);
  const distinct = new Set(slots);
  const twice = slots.filter((slot, i) => slots.indexOf(slot) !== i);
  const strays = [...distinct].filter((slot) => cron.next(slot - 1) !== slot);
  const due = cron.count(from, until, 1_000_000);
  const last = cron.previous(end);
  return [
    ...twice.map((slot) => `${name}: two runs of slot ${at(slot)}`),
    ...strays.map((slot) => `${name}: a run at ${at(slot)}, which is no slot`),
    ...(due === distinct.size + missed
      ? []
      : [`${name}: ${due} slots, but ${distinct.size} runs and ${missed} missed`]),
    ...(last === undefined || last <= Math.max(until, from)
      ? []
      : [`${name}: slot ${at(last)} was never dealt with`]),
  ];
}

/** What is there is what the pure function keeps of all that ever ended: by number of the newest, which never changes back. */
function keptOf({ name, retention, timeZone }: SeenSchedule, { backups }: Day): string[] {
  const own = backups.filter((one) => one.schedule === name);
  const candidates = own.map((one) => ({
    name: one.name,
    phase: one.end?.phase,
    completionTime: one.end?.time,
    isHeld: false,
    isInUse: false,
  }));
  const now = Math.max(...own.map(({ end }) => Date.parse(end?.time ?? '1970-01-01')));
  const { kept } = planRetention({ backups: candidates, policy: retention, timeZone, now });
  const wanted = new Set(kept.map((one) => one.name));
  return own
    .filter((one) => one.isThere !== wanted.has(one.name))
    .map((one) => `${one.name}: ${one.isThere ? 'stays, and is to go' : 'is gone, and is to stay'}`);
}

function proofOf({ name, phase, hasDigest }: SeenBackup): string[] {
  return phase === 'Succeeded' && !hasDigest ? [`${name}: Succeeded without the digest of a manifest`] : [];
}

const atRest = ['Succeeded', 'PartiallyFailed', 'Failed', 'Canceled', 'Expired'];

function restOf({ name, phase, isThere, isBeingDeleted }: SeenBackup): string[] {
  if (!isThere) return [];
  if (isBeingDeleted) return [`${name}: is held by a finalizer`];
  return atRest.includes(phase) ? [] : [`${name}: has not come to its end, it is ${phase}`];
}

function orphanOf({ name, owner, isOver, hasTimeToLive }: SeenJob, { backups }: Day): string[] {
  if (!isOver) return [`Job ${name}: is at work for nobody`];
  // It goes by itself, or with its owner.
  const isOwned = backups.some(({ uid, isThere }) => uid === owner && isThere);
  return isOwned || hasTimeToLive ? [] : [`Job ${name}: its owner is gone and it stays for ever`];
}

/** The last third must not need much more than the second: the first fills caches. */
function memoryOf(memory: number[]): string[] {
  const third = Math.floor(memory.length / 3);
  if (third < 3) return [];
  const middle = Math.max(...memory.slice(third, 2 * third));
  const last = Math.max(...memory.slice(2 * third));
  return last <= middle * 1.2 + 20
    ? []
    : [`memory grows: ${middle.toFixed(0)} MiB, and ${last.toFixed(0)} MiB later`];
}

const at = (ms: number): string => new Date(ms).toISOString();
