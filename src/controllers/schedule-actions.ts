// SPDX-License-Identifier: Apache-2.0
// Carries out what the decision about a schedule wants, in its order, and stops at the first thing that fails. A backup
// is made before the status says so: whoever dies in between finds it under its name.
import type { MilvusBackupSchedule } from '../api/index.ts';
import { ApiError, isAlreadyExists, isConflict, isNotFound } from '../kube/api-error.ts';
import type { ReconcileResult } from '../kube/controller.ts';
import type { Log } from '../kube/log.ts';
import { expiredBy } from '../plan/expiry.ts';
import type { DesiredSchedule, Judged, Mark, NewBackup, RefusedBackup } from '../plan/schedule/observed.ts';
import { confirm } from './confirm.ts';
import { report } from './report.ts';
import { backups, fieldManager } from './resources.ts';
import { writeStatus } from './status.ts';
import type { OwnKind, World } from './world.ts';

export type ActingOnSchedule = {
  world: World;
  kind: OwnKind<MilvusBackupSchedule>;
  object: MilvusBackupSchedule;
  desired: DesiredSchedule;
  /** What is wanted when the server does not take the backup. */
  whenRefused: (refusal: RefusedBackup) => DesiredSchedule;
  log: Log;
  signal: AbortSignal;
};

export async function actOnSchedule(acting: ActingOnSchedule): Promise<ReconcileResult> {
  const { desired, object } = acting;
  const { create } = desired;
  if (create) {
    // A cache that lags could ask for a slot that has been dealt with, and whose backup is gone since.
    await confirm(acting, object);
    for (const backup of desired.cancel) await cancelBackup(acting, backup);
    const refusal = await makeBackup(acting, create);
    if (refusal) return giveWay(acting, refusal);
  }
  return finish(acting);
}

async function finish(acting: ActingOnSchedule): Promise<ReconcileResult> {
  const { desired, object } = acting;
  const written = await writeStatus(acting, object, desired.status);
  report({ ...acting, isNamespaceTerminating: false }, object, written ?? object);
  // Judged by a policy that may have been edited meanwhile.
  if (desired.marks.length > 0 && !written) await confirm(acting, object);
  for (const mark of desired.marks) await markBackup(acting, mark);
  return { requeueAt: desired.requeueAt };
}

/** Undefined: it was made. One of that name that has appeared meanwhile is looked at the next time. */
async function makeBackup(
  { world, log, signal }: ActingOnSchedule,
  backup: NewBackup,
): Promise<RefusedBackup | undefined> {
  const { name } = backup.metadata;
  try {
    await world.rest.create(backups, backup, { fieldManager }, signal);
    log.info({ backup: name }, 'backup made');
    return undefined;
  } catch (error) {
    if (isAlreadyExists(error)) throw behind(`MilvusBackup ${name} appeared meanwhile`);
    if (!(error instanceof ApiError) || ![400, 403, 413, 422].includes(error.status)) throw error;
    const { status, reason, message } = error;
    return { name, error: { status, reason, message } };
  }
}

function giveWay(acting: ActingOnSchedule, refusal: RefusedBackup): Promise<ReconcileResult> {
  acting.log.warn({ backup: refusal.name, ...refusal.error }, 'backup refused');
  return finish({ ...acting, desired: acting.whenRefused(refusal) });
}

/**
 * Through spec.cancel, as a person would: so the run is cleaned up after and its record stays. This is the one spec that
 * is written, and only of what a schedule made itself: nobody else keeps that in a file.
 */
async function cancelBackup(
  { world, object, log, signal }: ActingOnSchedule,
  { name, resourceVersion }: Judged,
): Promise<void> {
  const { namespace } = object.metadata;
  const body = { metadata: { resourceVersion }, spec: { cancel: true } };
  try {
    await world.rest.patch(backups, { namespace, name }, { fieldManager, body }, signal);
    log.info({ backup: name }, 'backup canceled: another one takes its place');
  } catch (error) {
    if (isNotFound(error)) return;
    throw isConflict(error) ? behind(`MilvusBackup ${name} has changed`) : error;
  }
}

/** Lets its data go, unless it has changed since it was judged: somebody may hold it now. */
async function markBackup(
  { world, object, log, signal }: ActingOnSchedule,
  { name, resourceVersion, rule }: Mark,
): Promise<void> {
  const { namespace } = object.metadata;
  const body = { metadata: { resourceVersion, annotations: { [expiredBy]: rule } } };
  try {
    await world.rest.patch(backups, { namespace, name }, { fieldManager, body }, signal);
    log.info({ backup: name, rule }, 'backup expires');
  } catch (error) {
    if (isNotFound(error)) return;
    throw isConflict(error) ? behind(`MilvusBackup ${name} has changed`) : error;
  }
}

/** Decided anew, soon. */
function behind(message: string): ApiError {
  return new ApiError(message, { status: 409, reason: 'Conflict' });
}
