// SPDX-License-Identifier: Apache-2.0
// What backup and restore have in common, and the few things in which they differ: everything else about runs is written
// once, against this.
import type { Reason } from '../base/reason.ts';
import type { MilvusBackupStatus } from '../api/index.ts';
import type { Progress } from '../contract/event.ts';
import type { Result } from '../contract/result.ts';
import type { Expiry } from './expiry.ts';
import type { Built, KeysNeeded } from './jobs.ts';
import type { ObservedRun, Run } from './observed.ts';
import type { Asked, Lists } from './outcome.ts';

/** Of a status what every run has; the rest is carried along untouched. */
export type RunStatus = Omit<
  MilvusBackupStatus,
  'collections' | 'rows' | 'size' | 'consistencyTimestamp' | 'restoreCommand'
>;

export type Attempt = NonNullable<RunStatus['attempts']>[number];

/** Why something does not go on, or ended. */
export type Problem = { reason: Reason; message: string };

/** A run as decisions see it. `kind` knows its own. */
export type RunView = ObservedRun<Run> & { kind: RunKind };

/** How an attempt is told what it may do. */
export type Order = { dryRun?: boolean; confirmedDrops?: string };

export type Planning = {
  /** Whether the attempt at work, or the next one, works on a plan that was agreed to. */
  isAccepted(status: RunStatus): boolean;
  acceptedTime(status: RunStatus): string | undefined;
  /** What is asked of a person before the plan is accepted. */
  question(status: RunStatus): Problem | undefined;
  /** The status once a plan was told. */
  planned(status: RunStatus, result: Result, lists: Lists): RunStatus;
  /** The status when the next attempt begins. */
  begun(status: RunStatus, now: number): RunStatus;
  /** What the attempt that begins, or has begun, is to do. */
  order(status: RunStatus): Order;
};

export type RunKind = {
  command: 'create' | 'restore';
  /** Of what never runs, because it was done elsewhere: how it ended, or why that is not known. */
  imported?: RunStatus | Problem;
  /** What is not there, or forbids the run for good. */
  obstacle(): Problem | undefined;
  /** What it is of was found in this moment: that is written down before anything is begun on it. */
  isFoundNow?: boolean;
  /** Undefined as long as it is not known. */
  backupName(): string | undefined;
  /** Of the MilvusInstance that is held. */
  instanceName(): string | undefined;
  keys(purpose: 'run' | 'cleanup' | 'delete'): KeysNeeded[];
  /** `status`: as it is written down with the attempt. */
  runJob(attempt: number, backupName: string, status: RunStatus): Built;
  cleanupJob(number: number): Built;
  /** Whether its Jobs may leave anything behind. */
  leavesTraces: boolean;
  /** Whether data go with the object: only then there is a finalizer once the run has ended. */
  ownsData: boolean;
  /** When data go by themselves, and how they are removed. Undefined: nothing of the run outlives its object. */
  expiry?: Expiry;
  /** Lists that the result is of no use without. */
  needs?: Asked['needs'];
  phaseOf(step: Progress['step'] | undefined): string;
  /** What is said before the first attempt. */
  identity(): Partial<RunStatus>;
  /** What was proven of a result that counts as done, for the condition Verified. */
  verified?(result: Result): string;
  /** What a result adds to the status, however it ended. */
  told(result: Result, lists: Lists): Partial<RunStatus>;
  /** Of a run that first says what it would do; undefined: it does it. */
  planning?: Planning;
};
