// SPDX-License-Identifier: Apache-2.0
// The conditions of an instance or a storage. What was found stays until something else is found.
import {
  findCondition,
  mergeConditions,
  ownConditions,
  type Condition,
  type ConditionStatus,
  type WantedCondition,
} from '../api/index.ts';
import { consequenceOf, type Reason } from '../base/reason.ts';
import { checkedGeneration, type CheckStatus } from './check-due.ts';
import type { CheckView } from './check.ts';
import { isRefused } from './refusal.ts';
import type { Problem } from './run-kind.ts';

const inProgress: Problem = { reason: 'InProgress', message: 'a check is under way' };

/** Before a generation was checked it is being worked on; an object that was Ready stays so meanwhile. */
export function checkingConditions(view: CheckView, doing: Problem = inProgress): Condition[] {
  const before = conditionsOf(view);
  if (checkedGeneration(statusOf(view)) === view.object.metadata.generation) return before;
  const reconciling: WantedCondition = { type: 'Reconciling', status: 'True', ...doing };
  const ready: WantedCondition = { type: 'Ready', status: 'Unknown', ...doing };
  const kept = ownConditions(before);
  const [first] = merge(view, [ready]);
  const old = findCondition(before, 'Ready');
  return [...(old ? [old] : first ? [first] : []), ...merge(view, [reconciling]), ...kept];
}

/** While a Job is asked for that was refused before, that stands: it is not news until there is a Job. */
export function sendingConditions(view: CheckView): Condition[] {
  const before = conditionsOf(view);
  return isRefused(before) ? before : checkingConditions(view);
}

/** Something is missing that a check needs. */
export function waitingConditions(view: CheckView, problem: Problem): Condition[] {
  const rest = ownConditions(conditionsOf(view));
  return [
    ...merge(view, [
      { type: 'Ready', status: 'False', ...problem },
      { type: 'Reconciling', status: 'True', ...problem },
    ]),
    ...rest,
  ];
}

/** How a check ended: `problem` undefined is well. `own`: conditions of the kind's own, in place of those that stand. */
export function foundConditions(
  view: CheckView,
  problem: Problem | undefined,
  own: readonly WantedCondition[],
  message = '',
): Condition[] {
  const rest = ownConditions(conditionsOf(view)).filter(({ type }) => own.every((one) => one.type !== type));
  return [...merge(view, [...summary(problem, message), ...own]), ...rest];
}

/** Could it not be found out this time, what was found last still holds. */
export function lastFound({ type, status, reason, message }: Condition): WantedCondition {
  return { type, status: status as ConditionStatus, reason: reason as Reason, message };
}

/** Nothing was ever found, and this is why. */
export function notFoundOut(type: string, { reason, message }: Problem): WantedCondition {
  const why = consequenceOf(reason) === 'inform' ? 'InProgress' : reason;
  return { type, status: 'Unknown', reason: why, message };
}

function summary(problem: Problem | undefined, message: string): WantedCondition[] {
  if (!problem) return [{ type: 'Ready', status: 'True', reason: 'Completed', message }];
  // What may pass by itself is tried again; what does not stays until somebody changes something.
  const type = consequenceOf(problem.reason) === 'stop' ? 'Stalled' : 'Reconciling';
  return [
    { type: 'Ready', status: 'False', ...problem },
    { type, status: 'True', ...problem },
  ];
}

function merge(view: CheckView, wanted: readonly WantedCondition[]): Condition[] {
  const { now, object } = view;
  return mergeConditions(object.status.conditions, wanted, { generation: object.metadata.generation, now });
}

function statusOf({ object }: CheckView): CheckStatus {
  return object.status;
}

function conditionsOf(view: CheckView): Condition[] {
  return statusOf(view).conditions ?? [];
}
