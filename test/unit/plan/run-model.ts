// SPDX-License-Identifier: Apache-2.0
// Backups and restores in the model world, and what happens to their Jobs there.
import type {
  MilvusBackup,
  MilvusBackupStorage,
  MilvusInstance,
  MilvusRestore,
} from '../../../src/api/index.ts';
import type { Result } from '../../../src/contract/result.ts';
import { hasBegun } from '../../../src/plan/attempts.ts';
import {
  planBackup,
  planRestore,
  refusedBackup,
  refusedRestore,
  wantedForBackup,
  wantedForRestore,
} from '../../../src/plan/decisions.ts';
import type { Contender } from '../../../src/plan/line.ts';
import type { ObservedBackup, ObservedRestore, Run } from '../../../src/plan/observed.ts';
import { backupOf, instanceOf, restoreOf, storageOf } from './job-samples.ts';
import { Model } from './model.ts';

export const second = 1000;
export const minute = 60 * second;
export const hour = 60 * minute;

export type World = {
  instance: MilvusInstance | undefined;
  storage: MilvusBackupStorage | undefined;
  backup?: MilvusBackup | undefined;
  others: Run[];
};

export type RunModel<T extends Run> = Model<T> & { world: World };

export function worldOf(): World {
  return { instance: instanceOf(), storage: storageOf(), others: [] };
}

export function backupModel(spec: Partial<MilvusBackup['spec']> = {}): RunModel<MilvusBackup> {
  const world = worldOf();
  const model: Model<MilvusBackup> = new Model<MilvusBackup>(
    backupOf(spec),
    {
      wanted: (o) => wantedForBackup(o as ObservedBackup),
      plan: (o) => planBackup(o as ObservedBackup),
      refused: (o, refusal) => refusedBackup(o as ObservedBackup, refusal),
    },
    (): Record<string, unknown> => ({
      ...world,
      line: lineOf(model, world),
      restores: world.others.filter((run) => run.kind === 'MilvusRestore'),
    }),
  );
  return Object.assign(model, { world });
}

export function restoreModel(spec: Partial<MilvusRestore['spec']> = {}): RunModel<MilvusRestore> {
  const world: World = { ...worldOf(), backup: finishedBackup() };
  const model: Model<MilvusRestore> = new Model<MilvusRestore>(
    restoreOf(spec),
    {
      wanted: (o) => wantedForRestore(o as ObservedRestore),
      plan: (o) => planRestore(o as ObservedRestore),
      refused: (o, refusal) => refusedRestore(o as ObservedRestore, refusal),
    },
    (): Record<string, unknown> => ({
      ...world,
      line: lineOf(model, world),
    }),
  );
  return Object.assign(model, { world });
}

/** All of them on the one instance and the one storage. */
function lineOf<T extends Run>({ object }: Model<T>, { instance, others }: World): Contender[] {
  const runs: Run[] = [...(object ? [object] : []), ...others];
  return runs.map((run) => ({
    run,
    hasTurn: hasBegun(run),
    instance: 'team/milvus',
    maxConcurrentBackups: instance?.spec.maxConcurrentBackups ?? 1,
    storage: 'team/store',
  }));
}

export function finishedBackup(): MilvusBackup {
  const backup = backupOf();
  backup.metadata.uid = '00000000-0000-4000-8000-000000000001';
  backup.status = {
    phase: 'Succeeded',
    backupName: 'nightly_00000000',
    manifestDigest: 'b'.repeat(64),
    completionTime: '2026-01-01T01:00:00Z',
  };
  return backup;
}

/** Until nothing more is written; the Job controller goes on meanwhile, the kubelet does not. */
export function settle<T extends Run>(model: Model<T>): void {
  for (let i = 0; i < 30; i++) {
    const before = worldText(model);
    model.controlJobs();
    if (model.reconcile() === 0 && before === worldText(model)) return;
  }
  throw new Error('it does not settle');
}

function worldText<T extends Run>({ jobs, pods, object }: Model<T>): string {
  return JSON.stringify([[...jobs], [...pods], object]);
}

/** Goes on to when it asked to be looked at again. */
export function wait<T extends Run>(model: Model<T>): void {
  if (model.requeueAt === undefined) throw new Error('it does not want to be looked at again');
  model.now = Math.max(model.now, model.requeueAt);
  settle(model);
}

/** Lets the newest Job's pod run. */
export function start<T extends Run>(model: Model<T>): void {
  settle(model);
  model.startPod(model.podOf(model.made.at(-1)!));
  settle(model);
}

/** Runs the newest Job to its end, which is seen. */
export function finish<T extends Run>(model: Model<T>, result: Partial<Result> = {}, exitCode = 0): void {
  start(model);
  model.tell(model.podOf(model.made.at(-1)!), result, exitCode);
  settle(model);
}

export function fail<T extends Run>(
  model: Model<T>,
  reason: Result['reason'] = 'Unreachable',
  exitCode = 1,
): void {
  finish(model, { outcome: 'Failed', reason, message: `it failed by ${reason}.` }, exitCode);
}

/** Every running pod that is to go goes, as the engine does when it is told to. */
export function stopPods<T extends Run>(model: Model<T>): void {
  for (const pod of model.pods.values()) {
    if (pod.metadata.deletionTimestamp === undefined || pod.status?.phase !== 'Running') continue;
    model.tell(pod, { outcome: 'Failed', reason: 'Interrupted', message: 'told to stop' }, 1);
  }
  settle(model);
}

export function said<T extends Run>({ object }: Model<T>): string[] {
  return (object?.status.conditions ?? []).map(({ type, status, reason }) => `${type}=${status}/${reason}`);
}

export function messageOf<T extends Run>({ object }: Model<T>, type: string): string {
  return object?.status.conditions?.find((condition) => condition.type === type)?.message ?? '';
}

export function attemptsOf<T extends Run>({ object }: Model<T>): string[] {
  return (object?.status.attempts ?? []).map(({ number, reason }) => `${number} ${reason ?? 'open'}`);
}

/** What the Jobs that were made are, in the order in which they were made: run 1, cleanup 1. */
export function suffixes<T extends Run>({ made }: Model<T>): string[] {
  return made.map((name) => name.slice(name.lastIndexOf('-') + 1));
}
