// SPDX-License-Identifier: Apache-2.0
// The conditions of a run. kstatus reads Reconciling as in progress, Stalled as failed and Ready as done; Succeeded says
// how the run ended, and since when it is ending.
import {
  findCondition,
  mergeConditions,
  ownConditions,
  type Condition,
  type WantedCondition,
} from '../api/index.ts';
import type { Reason } from '../base/reason.ts';
import { timeMs } from './moment.ts';
import type { Run } from './observed.ts';
import type { Problem, RunStatus, RunView } from './run-kind.ts';
import { sentences } from './sentences.ts';

type About = Pick<RunView, 'now' | 'object'>;

/** The run goes on, or waits for what is named. */
export function workingConditions(about: About, problem: Problem): Condition[] {
  return merge(about, [condition('Ready', 'False', problem), condition('Reconciling', 'True', problem)]);
}

/** The run is over but for what has to be put away: `cause` is what it ends with. */
export function endingConditions(about: About, cause: Problem, doing: Problem): Condition[] {
  return merge(about, [
    condition('Ready', 'False', doing),
    condition('Reconciling', 'True', doing),
    condition('Succeeded', 'False', cause),
  ]);
}

/** `ready`: where cleaning up left something behind, that is what is said there. */
export function failedConditions(about: About, cause: Problem, ready: Problem = cause): Condition[] {
  return merge(about, [
    condition('Ready', 'False', ready),
    condition('Stalled', 'True', cause),
    condition('Succeeded', 'False', cause),
  ]);
}

export function succeededConditions(about: About, message: string, verified?: string): Condition[] {
  const done = (type: string, text: string): WantedCondition =>
    condition(type, 'True', { reason: 'Completed', message: text });
  return merge(about, [
    done('Ready', message),
    done('Succeeded', message),
    ...(verified === undefined ? [] : [done('Verified', verified)]),
  ]);
}

/** Of what was left out: restorable, but no success. */
export function partialConditions(about: About, cause: Problem, verified?: string): Condition[] {
  return merge(about, [
    condition('Ready', 'False', cause),
    condition('Stalled', 'True', cause),
    condition('Succeeded', 'False', cause),
    ...(verified === undefined
      ? []
      : [condition('Verified', 'True', { reason: 'Completed', message: verified })]),
  ]);
}

/** The same, with how the removal of an ended run's data stands. */
export function removingConditions({ now, object }: About, doing: Problem, isStuck: boolean): Condition[] {
  const rest = ownConditions(object.status.conditions);
  return merge({ now, object }, [
    condition('Ready', 'False', doing),
    condition(isStuck ? 'Stalled' : 'Reconciling', 'True', doing),
    ...(rest as WantedCondition[]),
  ]);
}

/** The same, with what an ended run whose data are to go waits for; `undefined`: for nothing any more. */
export function expiringConditions(about: About, waits: Problem | undefined): Condition[] {
  const before = about.object.status.conditions;
  const ready = (before ?? []).filter(({ type }) => type === 'Ready');
  const state = waits ? condition('Reconciling', 'True', waits) : stalledBy(before);
  return merge(about, [
    ...(ready as WantedCondition[]),
    ...(state ? [state] : []),
    ...(ownConditions(before) as WantedCondition[]),
  ]);
}

/** Its data are gone. How the run itself ended stays as it is said. */
export function expiredConditions(about: About, message: string): Condition[] {
  const before = about.object.status.conditions;
  const stalled = stalledBy(before);
  const ready: WantedCondition = stalled
    ? { ...stalled, type: 'Ready', status: 'False', message: sentences(stalled.message, message) }
    : condition('Ready', 'True', { reason: 'Completed', message });
  return merge(about, [
    ready,
    ...(stalled ? [stalled] : []),
    ...(ownConditions(before) as WantedCondition[]),
  ]);
}

/** Of a run that did not succeed. */
function stalledBy(conditions: Condition[] | undefined): WantedCondition | undefined {
  const succeeded = findCondition(conditions, 'Succeeded');
  return succeeded?.status === 'False'
    ? { ...(succeeded as WantedCondition), type: 'Stalled', status: 'True' }
    : undefined;
}

/** Since when the run is ending, milliseconds. */
export function endingSince(status: RunStatus): number | undefined {
  const succeeded = findCondition(status.conditions, 'Succeeded');
  return succeeded?.status === 'False' ? timeMs(succeeded.lastTransitionTime) : undefined;
}

export function reconcilingReason({ conditions }: RunStatus): string | undefined {
  return findCondition(conditions, 'Reconciling')?.reason;
}

function merge({ now, object }: { now: number; object: Run }, wanted: WantedCondition[]): Condition[] {
  const { generation } = object.metadata;
  return mergeConditions(object.status.conditions, wanted, { generation, now });
}

function condition(
  type: string,
  status: WantedCondition['status'],
  { reason, message }: Problem,
): WantedCondition {
  return { type, status, reason: reason satisfies Reason, message };
}
