// SPDX-License-Identifier: Apache-2.0
// What is said where the API server does not take the new backup. The slot stays due: it is asked for again, and what
// keeps it is told like anything else that keeps a slot.
import type { Reason } from '../../base/reason.ts';
import { cutMessage } from '../../contract/cut.ts';
import { lookAgainMs } from '../decision.ts';
import { nextOf } from '../moment.ts';
import { isNamespaceGoing } from '../refusal.ts';
import { conditionsOf } from './conditions.ts';
import { newsOf } from './news.ts';
import type { DesiredSchedule, ObservedSchedule, RefusedBackup } from './observed.ts';
import { desiredOf } from './schedule.ts';
import { cronOf, thoughtOf } from './thought.ts';

export function refusedSchedule(observed: ObservedSchedule, refusal: RefusedBackup): DesiredSchedule {
  const { object, now } = observed;
  const requeueAt = nextOf(now, now + lookAgainMs)!;
  const cron = cronOf(object);
  const thought = 'cron' in cron ? thoughtOf(observed, cron.cron) : undefined;
  if (!thought?.asked || isNamespaceGoing(refusal)) {
    return { cancel: [], status: object.status, marks: [], news: [], requeueAt };
  }
  const problem = { reason: reasonOf(refusal), message: cutMessage(messageOf(refusal), 900) };
  const answer = { kind: 'wait' as const, problem };
  const desired = desiredOf({ ...thought, asked: { call: thought.asked.call, answer } });
  if (problem.reason !== 'InvalidConfiguration') return { ...desired, requeueAt };
  const conditions = conditionsOf(observed, { invalid: problem, history: thought.history });
  const status = { ...desired.status, conditions };
  return { ...desired, status, news: newsOf(object, status), requeueAt };
}

function reasonOf({ error }: RefusedBackup): Reason {
  if (error.status === 422 || error.status === 400) return 'InvalidConfiguration';
  return error.status === 403 ? 'Forbidden' : 'Unexpected';
}

function messageOf({ name, error }: RefusedBackup): string {
  return `the API server refuses MilvusBackup ${name}: ${error.message}`;
}
