// SPDX-License-Identifier: Apache-2.0
// What is done to Jobs: made, deleted, given a time to live. Nothing else of a Job is ever changed, whoever has changed it.
import { messageOf } from '../base/error.ts';
import { ApiError, isAlreadyExists, isConflict, isNotFound } from '../kube/api-error.ts';
import type { Log } from '../kube/log.ts';
import type { Refusal } from '../plan/decisions.ts';
import type { Job } from '../plan/kubernetes.ts';
import type { Kinds } from '../plan/observed.ts';
import { findJob } from './jobs.ts';
import { fieldManager, jobs } from './resources.ts';
import type { World } from './world.ts';

type Handling = { world: World; object: Kinds; log: Log; signal: AbortSignal };

/** Made, or found there and ours. Otherwise what the server said. */
export async function makeJob(handling: Handling, job: Job): Promise<Refusal | undefined> {
  const { world, object, log, signal } = handling;
  const jobName = job.metadata.name;
  try {
    await world.rest.create(jobs, job, { fieldManager }, signal);
    log.info({ job: jobName }, 'job made');
    return undefined;
  } catch (error) {
    if (isAlreadyExists(error) && (await findJob(world, object, { jobName, signal }))) return undefined;
    if (isRefusal(error)) return { job, error: fieldsOf(error) };
    throw error;
  }
}

/** Gone already, or another one under its name: nothing to do. */
export async function deleteJob(
  { world, object, log, signal }: Handling,
  { name, uid }: { name: string; uid: string },
): Promise<void> {
  const { namespace } = object.metadata;
  try {
    await world.rest.delete(jobs, { namespace, name }, { propagation: 'Foreground', uid }, signal);
    log.info({ job: name }, 'job deleted');
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error;
    log.debug({ job: name, error: messageOf(error) }, 'job is gone');
  }
}

export async function expireJob(
  { world, object, signal }: Handling,
  { name, ttlSeconds }: { name: string; ttlSeconds: number },
): Promise<void> {
  const { namespace } = object.metadata;
  const body = { spec: { ttlSecondsAfterFinished: ttlSeconds } };
  try {
    await world.rest.patch(jobs, { namespace, name }, { fieldManager, body }, signal);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/** The server has looked at it and says no, as opposed to being busy, away or overtaken. */
function isRefusal(error: unknown): error is ApiError {
  if (isAlreadyExists(error)) return true;
  return error instanceof ApiError && [400, 403, 404, 413, 422].includes(error.status);
}

function fieldsOf({ status, reason, message }: ApiError): Refusal['error'] {
  return { status, reason, message };
}
