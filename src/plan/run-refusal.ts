// SPDX-License-Identifier: Apache-2.0
// What becomes of a run whose Job was refused. Waited for where it stands, as long as it may take to start; the attempt
// ends where that is over, or where the same Job would be refused again.
import { consequenceOf } from '../base/reason.ts';
import { ended, hasTraces } from './attempts.ts';
import { startDeadlineAt } from './cause.ts';
import { decide, lookAgainMs, type Decision } from './decision.ts';
import { durationMs } from './duration.ts';
import { roleOf } from './labels.ts';
import { timeMs, timeText } from './moment.ts';
import { isNamespaceGoing, problemOfRefusal, type Refusal } from './refusal.ts';
import { removingConditions, workingConditions } from './run-conditions.ts';
import type { Problem, RunView } from './run-kind.ts';
import { hasEnded, isBeingDeleted } from './run-state.ts';

/** `decision`: the one whose Job was refused; its status stands by now. */
export function refusedRun(view: RunView, decision: Decision, refusal: Refusal): Decision {
  const { now } = view;
  const problem = problemOfRefusal(refusal);
  if (isNamespaceGoing(refusal)) return leave(view, decision, problem);
  if (roleOf(refusal.job) !== 'run') return refusedErrand(view, decision, problem);
  const waitsUntil = startDeadlineAt(view, { ...decision.status, attempts: [] }, false) ?? now;
  if (consequenceOf(problem.reason) !== 'stop' && now < waitsUntil) {
    const conditions = workingConditions(view, problem);
    return decide(view, { ...decision.status, conditions }, { at: [now + lookAgainMs] });
  }
  const attempts = ended(decision.status.attempts ?? [], problem, timeText(now));
  return decide(view, { ...decision.status, attempts }, { at: [now + 1000] });
}

/**
 * Nothing can be made in a namespace that is going: the object shall not hold it up. Before its own turn to go comes it
 * only waits: what is undone here would be done again at once.
 */
function leave(view: RunView, decision: Decision, problem: Problem): Decision {
  const at = [view.now + lookAgainMs];
  if (!isBeingDeleted(view.object)) {
    const conditions = hasEnded(view.object) ? decision.status.conditions : workingConditions(view, problem);
    return decide(view, { ...decision.status, ...(conditions ? { conditions } : {}) }, { at });
  }
  const farewell = { isLeft: hasTraces(decision.status.attempts ?? []), message: problem.message };
  return decide(view, view.object.status, { finalizer: false, farewell, at });
}

/** Cleaning up is waited for until deletionTimeout. */
function refusedErrand(view: RunView, decision: Decision, problem: Problem): Decision {
  const { object, now } = view;
  const since = timeMs(object.metadata.deletionTimestamp) ?? now;
  const timeoutAt = since + durationMs(object.spec.deletionTimeout);
  const conditions = hasEnded(object)
    ? removingConditions(view, problem, false)
    : (decision.status.conditions ?? []).map((condition) =>
        condition.type === 'Succeeded' ? condition : { ...condition, ...problem },
      );
  return decide(view, { ...decision.status, conditions }, { at: [now + lookAgainMs, timeoutAt] });
}
