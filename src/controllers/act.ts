// SPDX-License-Identifier: Apache-2.0
// Carries out what a decision wants, in its order, and stops at the first thing that fails: the next reconcile decides
// anew from what then stands. Decides nothing itself but this: a Job that the server refuses is told to `plan`.
import { isDeepStrictEqual } from 'node:util';
import type { ReconcileResult } from '../kube/controller.ts';
import type { Log } from '../kube/log.ts';
import type { Refusal } from '../plan/decisions.ts';
import type { Desired } from '../plan/desired.ts';
import type { Kinds } from '../plan/observed.ts';
import { isNamespaceGoing } from '../plan/refusal.ts';
import { makeAndRemoveBackups } from './backup-actions.ts';
import { confirm } from './confirm.ts';
import { addFinalizer, removeFinalizer } from './finalizer.ts';
import { deleteJob, expireJob, makeJob } from './job-actions.ts';
import { deleteOwn } from './own-object.ts';
import { report, reportLeftBehind } from './report.ts';
import { writeStatus } from './status.ts';
import type { OwnKind, World } from './world.ts';

export type Acting<T extends Kinds> = {
  world: World;
  kind: OwnKind<T>;
  object: T;
  desired: Desired<T>;
  /** What is wanted when a Job cannot be made. */
  whenRefused: (refusal: Refusal) => Desired<T>;
  isNamespaceTerminating: boolean;
  log: Log;
  signal: AbortSignal;
};

export async function act<T extends Kinds>(acting: Acting<T>): Promise<ReconcileResult> {
  const { desired, object } = acting;
  await makeAndRemoveBackups(acting);
  const held = desired.finalizer === true ? await addFinalizer(acting, object) : object;
  const written = await writeStatus(acting, held, desired.status);
  const standing = written ?? held;
  report(acting, object, standing);
  for (const job of desired.deleteJobs) await deleteJob(acting, job);
  const refusal = await makeJobs(acting, standing, written !== undefined);
  if (refusal) return giveWay(acting, standing, refusal);
  for (const job of desired.expireJobs) await expireJob(acting, job);
  if (desired.finalizer === false) await letGo(acting, standing);
  if (desired.deleteObject) await deleteOwn(acting);
  return { requeueAt: desired.requeueAt };
}

/** The first refusal. */
async function makeJobs<T extends Kinds>(
  acting: Acting<T>,
  standing: T,
  isFresh: boolean,
): Promise<Refusal | undefined> {
  const { createJobs } = acting.desired;
  // A Job is only made on what stands now: a cache that lags could make one for a run that has ended.
  if (createJobs.length > 0 && !isFresh) await confirm(acting, standing);
  for (const job of createJobs) {
    const refusal = await makeJob(acting, job);
    if (refusal) return refusal;
  }
  return undefined;
}

/** A refusal changes what is wanted: that is done instead, and makes no Job again. */
async function giveWay<T extends Kinds>(
  acting: Acting<T>,
  object: T,
  refusal: Refusal,
): Promise<ReconcileResult> {
  acting.log.warn({ job: refusal.job.metadata.name, ...refusal.error }, 'job refused');
  const wanted = acting.whenRefused(refusal);
  const news = wanted.news.filter((one) => !acting.desired.news.some((told) => isDeepStrictEqual(one, told)));
  const isNamespaceTerminating = acting.isNamespaceTerminating || isNamespaceGoing(refusal);
  return act({ ...acting, object, isNamespaceTerminating, desired: { ...wanted, news, createJobs: [] } });
}

async function letGo<T extends Kinds>(acting: Acting<T>, standing: T): Promise<void> {
  const wasHeld = await removeFinalizer(acting, standing);
  if (wasHeld && acting.desired.news.some(({ type }) => type === 'Warning')) reportLeftBehind(acting);
}
