// SPDX-License-Identifier: Apache-2.0
// What follows when the API server does not take a Job. A quota, a missing right or a namespace that is going may change
// and are waited for, in their bounds; a Job that is no Job will not be taken next time either.
import { findCondition, type Condition } from '../api/index.ts';
import type { Reason } from '../base/reason.ts';
import { cutMessage } from '../contract/cut.ts';
import type { Job } from './kubernetes.ts';
import type { Problem } from './run-kind.ts';

export type Refusal = { job: Job; error: { status: number; reason: string; message: string } };

export function isNamespaceGoing({ error }: Pick<Refusal, 'error'>): boolean {
  return error.status === 403 && /because it is being terminated|NamespaceTerminating/.test(error.message);
}

export function problemOfRefusal({ job, error }: Refusal): Problem {
  const { name, namespace = '' } = job.metadata;
  const where = `Job ${name} in namespace ${namespace}`;
  if (error.status === 409)
    return problem('Unexpected', `a ${where} stands there that is not of ours: delete or rename it`);
  if (error.status === 422 || error.status === 400)
    return problem('InvalidConfiguration', `the API server refuses ${where}: ${error.message}`);
  if (error.status !== 403) return problem('Unexpected', `${where} could not be made: ${error.message}`);
  const isOurs = /cannot create resource/.test(error.message);
  return isOurs
    ? problem('Forbidden', `the operator may not create jobs.batch: ${error.message}`)
    : problem('PodRefused', `${where} was refused: ${error.message}`);
}

/** Whether it stands there that a Job was refused. */
export function isRefused(conditions: readonly Condition[] | undefined): boolean {
  const reason = findCondition(conditions, 'Reconciling')?.reason;
  return reason === 'PodRefused' || reason === 'Forbidden' || reason === 'Unexpected';
}

function problem(reason: Reason, message: string): Problem {
  return { reason, message: cutMessage(message, 900) };
}
