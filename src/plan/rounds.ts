// SPDX-License-Identifier: Apache-2.0
// Jobs of one role that an object sends again and again, checks and listings: which of them is at work, which are of no
// use any more, and what the next one is called. Their results stand in the status, with the time until which.
import { jobsOfRole } from './attempts.ts';
import type { Job } from './kubernetes.ts';
import { generationOf, numberOf, type Role } from './labels.ts';
import { timeMs } from './moment.ts';
import { closingOf } from './pods.ts';
import { toDelete } from './run-state.ts';
import { isActive, isLeaving, isTerminal } from './verdict.ts';

export type Rounds = {
  /** Oldest first. */
  all: Job[];
  /** Of the spec as it stands now. */
  generation: number;
  /** Up to when what ended has been told, milliseconds. */
  told: number | undefined;
};

type Sender = { object: { metadata: { generation: number } }; jobs: readonly Job[] };

export function roundsOf({ object, jobs }: Sender, role: Role, toldUntil: string | undefined): Rounds {
  return { all: jobsOfRole(jobs, role), generation: object.metadata.generation, told: timeMs(toldUntil) };
}

/** The newest for what the spec now says, unless what it found has been told. */
export function openRound(rounds: Rounds): Job | undefined {
  const last = rounds.all.findLast((job) => !isLeaving(job) && generationOf(job) === rounds.generation);
  return last && !isTold(rounds, last) ? last : undefined;
}

export function toldRounds(rounds: Rounds): Job[] {
  return rounds.all.filter((job) => isTold(rounds, job));
}

function isTold({ told }: Rounds, job: Job): boolean {
  return isTerminal(job) && told !== undefined && told >= closedAt(job);
}

/** Milliseconds. */
export function closedAt(job: Job): number {
  return timeMs(closingOf(job)?.lastTransitionTime) ?? 0;
}

/** At work for what the spec said before. */
export function staleRounds({ all, generation }: Rounds): { name: string; uid: string }[] {
  return toDelete(all.filter((job) => isActive(job) && generationOf(job) !== generation));
}

/** Before another one is sent: what they found has been told, or is of no use any more. */
export function formerRounds({ all }: Rounds): { name: string; uid: string }[] {
  return all.filter((job) => !isLeaving(job)).map(({ metadata: { name, uid = '' } }) => ({ name, uid }));
}

export function nextNumber({ all }: Rounds): number {
  return Math.max(0, ...all.map((job) => numberOf(job)!)) + 1;
}
