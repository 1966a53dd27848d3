// SPDX-License-Identifier: Apache-2.0
// What is a restore's own: which backup it is of, which Milvus it goes into, and what its status says of both.
import { findCondition, type MilvusRestoreStatus } from '../api/index.ts';
import { cutMessage } from '../contract/cut.ts';
import type { Progress } from '../contract/event.ts';
import type { Result } from '../contract/result.ts';
import { hasBegun, isAtRest, lastOf } from './attempts.ts';
import { failuresOf, notThere, storageProblem, toldOfBoth } from './backup.ts';
import { hasLostData } from './expiry.ts';
import { cleanupJob, fingerprint, keysNeeded, restoreJob, type Parties } from './jobs.ts';
import type { ObservedRestore } from './observed.ts';
import type { Lists } from './outcome.ts';
import type { Problem, RunKind, RunStatus } from './run-kind.ts';
import { planningOf } from './planning.ts';
import { hasEnded } from './run-state.ts';
import { isFound, isImported } from './sync/imported.ts';
import { unknownInstance } from './sync/judge.ts';
import { stateOfPlan } from './restore-plan.ts';
import { withoutBackup } from './restore-source.ts';

export function restoreKind(observed: ObservedRestore): RunKind {
  const { object, instance, storage, settings } = observed;
  const { spec } = object;
  const parties: Parties = { settings, ...(instance ? { instance } : {}), ...(storage ? { storage } : {}) };
  const backupName = backupNameOfSource(observed);
  const planning = planningOf(object);
  return {
    command: 'restore',
    obstacle: () => obstacleOf(observed),
    isFoundNow: spec.source.scheduleRef !== undefined && object.status.backup === undefined,
    backupName: () => backupName,
    instanceName: () => instanceNameOf(observed),
    keys: (purpose) => keysNeeded(parties, purpose === 'run' ? 'restore' : 'cleanup of a restore'),
    runJob: (attempt, backupName, status) =>
      restoreJob(object, { attempt, backupName, ...planning?.order(status) }, parties),
    // Data of a restore are what it made in Milvus: whether those go is said by spec.onFailure, to the restore itself.
    cleanupJob: (number) => cleanupJob(object, { number, data: false }, parties),
    leavesTraces: !spec.dryRun && !hasOnlyPlanned(object.status),
    ownsData: false,
    ...(spec.dryRun || planning ? { needs: 'plan' as const } : {}),
    ...(planning ? { planning } : {}),
    phaseOf,
    identity: () => identityOf(observed, backupName),
    told: (result, lists) => told(observed, result, lists),
  };
}

/** Its first attempt, and it changed nothing. */
function hasOnlyPlanned(status: MilvusRestoreStatus): boolean {
  return isAtRest(status) && lastOf(status.attempts ?? [])?.number === 1;
}

/** In the status from when it was first known: a backup may be deleted while it is restored, and fail the restore then. */
function backupNameOfSource({ object: { spec, status }, backup }: ObservedRestore): string | undefined {
  return (
    spec.source.backupName ??
    status.backupName ??
    (isComplete(backup) ? backup?.status.backupName : undefined)
  );
}

function instanceNameOf({ object: { spec, status }, backup }: ObservedRestore): string | undefined {
  return spec.instanceRef?.name ?? status.instance ?? backup?.spec.instanceRef.name;
}

function identityOf(observed: ObservedRestore, backupName: string | undefined): Partial<RunStatus> {
  const { object, backup, storage } = observed;
  const instance = instanceNameOf(observed);
  const found = object.spec.source.scheduleRef && (object.status.backup ?? backup?.metadata.name);
  const identity: Partial<MilvusRestoreStatus> = {
    ...(found === undefined ? {} : { backup: found }),
    ...(instance === undefined ? {} : { instance }),
    ...(backupName === undefined ? {} : { backupName }),
    ...(storage && !hasBegun(object) ? { storageFingerprint: fingerprint(storage) } : {}),
  };
  return identity;
}

function isComplete(backup: ObservedRestore['backup']): boolean {
  if (!backup || backup.metadata.deletionTimestamp !== undefined) return false;
  if (hasLostData(backup.status)) return false;
  // A backup of the established tool has no manifest.
  return backup.status.manifestDigest !== undefined || (isFound(backup) && hasEnded(backup));
}

function obstacleOf(observed: ObservedRestore): Problem | undefined {
  const { object, backup, instance, storage } = observed;
  const lacking = object.spec.source.storageRef ? undefined : backupProblem(observed);
  if (lacking) return lacking;
  if (!instance) return withoutInstance(observed);
  if (!storage) return notThere('StorageNotFound', 'MilvusBackupStorage', storageNameOf(observed));
  return backup && !object.spec.source.storageRef ? storageProblem(backup, storage) : undefined;
}

/** Of a source that is a MilvusBackup, named or found. */
function backupProblem({ object, backup, schedule }: ObservedRestore): Problem | undefined {
  const { backupRef, scheduleRef } = object.spec.source;
  const name = backupRef?.name ?? object.status.backup ?? backup?.metadata.name;
  if (name !== undefined) return isComplete(backup) ? undefined : backupNotReady(name, backup);
  return scheduleRef && withoutBackup(scheduleRef, schedule);
}

/** Of a backup that was made elsewhere the instance may have had any name, or none that is known. */
function withoutInstance(observed: ObservedRestore): Problem {
  const { object, backup } = observed;
  const name = instanceNameOf(observed) ?? '';
  if (object.spec.instanceRef || !backup || !isImported(backup))
    return notThere('InstanceNotFound', 'MilvusInstance', name);
  const whose =
    name === unknownInstance
      ? 'was imported, and does not say which Milvus it is of'
      : `was imported, and is of MilvusInstance ${name}, which is not here`;
  const message = `MilvusBackup ${backup.metadata.name} ${whose}: say in spec.instanceRef of another MilvusRestore where it goes`;
  return { reason: 'InstanceNotFound', message };
}

function storageNameOf({ object, backup }: ObservedRestore): string {
  return object.spec.source.storageRef?.name ?? backup?.spec.storageRef.name ?? '';
}

function backupNotReady(name: string, backup: ObservedRestore['backup']): Problem {
  if (!backup) return notThere('BackupNotReady', 'MilvusBackup', name);
  const { phase = 'Pending', conditions } = backup.status;
  const why = findCondition(conditions, 'Ready')?.message ?? 'nothing is known of it yet';
  const state = backup.metadata.deletionTimestamp === undefined ? phase : 'being deleted';
  return {
    reason: 'BackupNotReady',
    message: `MilvusBackup ${name} is ${state}, there is nothing to restore from: ${why}`,
  };
}

const planning: readonly Progress['step'][] = ['Reading', 'Preflight', 'Planning'];

function phaseOf(step: Progress['step'] | undefined): string {
  if (step === undefined || planning.includes(step)) return 'Planning';
  return step === 'Counting' ? 'Verifying' : 'Running';
}

function told({ object }: ObservedRestore, result: Result, lists: Lists): Partial<RunStatus> {
  const { rows } = result;
  const plan = stateOfPlan(result, lists, object.spec.dryRun);
  const status: Partial<MilvusRestoreStatus> = {
    ...toldOfBoth(result),
    ...(result.manifestDigest === undefined ? {} : { manifestDigest: result.manifestDigest }),
    // What was agreed to stays to be seen.
    ...(plan ? { plan: { ...object.status.plan, ...plan } } : {}),
    ...(rows ? { rows: { ...rows } } : {}),
    ...countsOf(result, lists),
    ...collectionsOf(lists),
  };
  return status;
}

const mostCollections = 200;

/** Those that are not listed are in the counts. */
function collectionsOf({ collections }: Lists): Pick<MilvusRestoreStatus, 'collections'> {
  if (!collections) return {};
  const shown = collections.slice(0, mostCollections).flatMap(({ name, phase, rows }) =>
    typeof name === 'string' && name !== ''
      ? [
          {
            name: cutMessage(name, 512),
            ...(typeof phase === 'string' ? { phase: cutMessage(phase, 32) } : {}),
            ...(isCount(rows) ? { rows } : {}),
          },
        ]
      : [],
  );
  return { collections: shown };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function countsOf(result: Result, lists: Lists): Pick<MilvusRestoreStatus, 'collectionCounts'> {
  const failures = failuresOf(result, lists).map((failure) => ({
    ...failure,
    name: cutMessage(failure.name, 512),
  }));
  const { collections } = result;
  if (!collections && failures.length === 0) return {};
  const counts = collections && {
    total: collections.total,
    succeeded: collections.succeeded,
    skipped: collections.skipped,
    failed: collections.failed,
    summary: `${collections.succeeded}/${collections.total}`,
  };
  return { collectionCounts: { ...counts, ...(failures.length > 0 ? { failures } : {}) } };
}
