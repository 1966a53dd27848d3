// SPDX-License-Identifier: Apache-2.0
// What is a backup's own: where its data come from and go to, and what its status says of them.
import type { Reason } from '../base/reason.ts';
import { bytesText } from '../contract/amounts.ts';
import { cutMessage } from '../contract/cut.ts';
import type { Progress } from '../contract/event.ts';
import type { Result } from '../contract/result.ts';
import type { MilvusBackup, MilvusBackupStatus, MilvusBackupStorage } from '../api/index.ts';
import {
  backupJob,
  cleanupJob,
  deleteJob,
  fingerprint,
  keysNeeded,
  restoreCommand,
  type Built,
  type Parties,
} from './jobs.ts';
import { hasBegun } from './attempts.ts';
import { expiryOf } from './expiry.ts';
import { defined } from './fields.ts';
import { backupNameOf } from './names.ts';
import type { ObservedBackup } from './observed.ts';
import type { Lists } from './outcome.ts';
import type { Problem, RunKind, RunStatus } from './run-kind.ts';
import { importedStatusOf } from './sync/imported-status.ts';

const purposes = { run: 'backup', cleanup: 'cleanup of a backup', delete: 'deletion' } as const;

export function backupKind(observed: ObservedBackup): RunKind {
  const { object, instance, storage, settings } = observed;
  const { spec } = object;
  const parties: Parties = { settings, ...(instance ? { instance } : {}), ...(storage ? { storage } : {}) };
  const backupName = object.status.backupName ?? backupNameOf(object);
  const moved = storageProblem(object, storage);
  const untouchable = moved ?? readOnlyProblem(storage);
  const guarded = (build: () => Built): Built => (untouchable ? { problem: untouchable } : build());
  const imported = importedStatusOf(observed);
  return {
    command: 'create',
    ...(imported ? { imported } : {}),
    obstacle: () => obstacleOf(observed) ?? moved,
    backupName: () => backupName,
    instanceName: () => spec.instanceRef.name,
    keys: (purpose) => keysNeeded(parties, purposes[purpose]),
    runJob: (attempt) => backupJob(object, { attempt, backupName }, parties),
    cleanupJob: (number) =>
      guarded(() =>
        cleanupJob(object, { number, backupName, data: spec.deletionPolicy !== 'Retain' }, parties),
      ),
    leavesTraces: true,
    ownsData: spec.deletionPolicy === 'Delete',
    expiry: expiryOf(observed, {
      // Of a run that is not done, only what is its own goes.
      delete: (number) => guarded(() => deleteJob(object, { number, backupName }, parties)),
      cleanup: (number) =>
        guarded(() => cleanupJob(object, { number, backupName, data: true, role: 'delete' }, parties)),
    }),
    phaseOf,
    identity: () => ({
      backupName,
      // Of the first attempt: from then on a storage that is another place is refused.
      ...(storage && !hasBegun(object) ? { storageFingerprint: fingerprint(storage) } : {}),
    }),
    verified: ({ manifestDigest }) =>
      `every object was verified as it was copied, and the manifest read back (SHA-256 ${manifestDigest})`,
    told: (result, lists) => told(observed, result, lists),
  };
}

function obstacleOf({ object: { spec }, instance, storage }: ObservedBackup): Problem | undefined {
  if (!instance) return notThere('InstanceNotFound', 'MilvusInstance', spec.instanceRef.name);
  if (!storage) return notThere('StorageNotFound', 'MilvusBackupStorage', spec.storageRef.name);
  return readOnlyProblem(storage);
}

function readOnlyProblem(storage: MilvusBackupStorage | undefined): Problem | undefined {
  if (storage?.spec.accessMode !== 'ReadOnly') return undefined;
  const { name } = storage.metadata;
  const message = `MilvusBackupStorage ${name} has accessMode ReadOnly, nothing there is written or removed: set it to ReadWrite`;
  return { reason: 'TargetReadOnly', message };
}

export function notThere(reason: Reason, kind: string, name: string): Problem {
  return { reason, message: `${kind} ${name} is not there. Create it in the same namespace.` };
}

/** A storage of that name that is another place: what lies there is not of this backup. */
export function storageProblem(
  { status }: Pick<MilvusBackup, 'status'>,
  storage: MilvusBackupStorage | undefined,
): Problem | undefined {
  const known = status.storageFingerprint;
  const isWritten = hasBegun({ status }) || status.completionTime !== undefined;
  if (!storage || known === undefined || !isWritten) return undefined;
  if (known === fingerprint(storage)) return undefined;
  const message =
    `MilvusBackupStorage ${storage.metadata.name} is no longer the place that this backup was written to ` +
    `(fingerprint ${known.slice(0, 12)}): nothing there is touched`;
  return { reason: 'StorageMismatch', message };
}

function phaseOf(step: Progress['step'] | undefined): string {
  return step === 'Verifying' || step === 'ReadingBack' ? 'Verifying' : 'Running';
}

type Failures = NonNullable<NonNullable<MilvusBackupStatus['collections']>['failures']>;

const mostFailures = 20;

/** The list of the log where it could be read, else what the result holds. */
export function failuresOf({ failures = [] }: Result, lists: Lists): Failures {
  const all: { name?: unknown; reason?: unknown; message?: unknown }[] = lists.failures ?? failures;
  return all
    .filter(({ name }) => typeof name === 'string' && name !== '')
    .slice(0, mostFailures)
    .map(({ name, reason, message }) => ({
      name: cutMessage(String(name), 512),
      ...(typeof reason === 'string' ? { reason } : {}),
      ...(typeof message === 'string' ? { message: cutMessage(message, 1024) } : {}),
    }));
}

/** Of both kinds: which backup, and who did the work. */
export function toldOfBoth(result: Result): Partial<RunStatus> {
  const { path, milvusVersion, formatVersion, engineVersion } = result;
  return defined({
    path,
    milvusVersion: milvusVersion && cutMessage(milvusVersion, 64),
    formatVersion,
    engineVersion,
  });
}

function told({ object, storage }: ObservedBackup, result: Result, lists: Lists): Partial<RunStatus> {
  const { outcome, collections, rows, size, manifestDigest, consistencyTimestamp } = result;
  const failures = failuresOf(result, lists);
  const proof = outcome === 'Failed' ? {} : { manifestDigest, consistencyTimestamp };
  const isPartial = outcome === 'PartiallyFailed';
  const status: Partial<MilvusBackupStatus> = {
    ...toldOfBoth(result),
    ...defined({
      ...proof,
      collections: collections || failures.length > 0 ? countsOf(collections, failures) : undefined,
      rows: rows?.planned === undefined ? undefined : { planned: rows.planned },
      size: size && { bytes: size.bytes, objects: size.objects, summary: bytesText(size.bytes) },
      restoreCommand:
        storage && outcome !== 'Failed' ? restoreCommand(object, storage, { isPartial }) : undefined,
    }),
  };
  return status;
}

function countsOf(
  collections: Result['collections'],
  failures: Failures,
): NonNullable<MilvusBackupStatus['collections']> {
  const { total, succeeded, dropped, skipped } = collections ?? {};
  const summary = collections && `${succeeded}/${total}`;
  return defined({
    total,
    succeeded,
    dropped,
    skipped,
    summary,
    failures: failures.length > 0 ? failures : undefined,
  });
}
