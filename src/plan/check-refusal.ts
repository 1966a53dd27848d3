// SPDX-License-Identifier: Apache-2.0
// What is said where the Job of a check was refused: it is asked for again now and then.
import { foundConditions } from './check-conditions.ts';
import type { CheckDecision, CheckView } from './check.ts';
import { decide, lookAgainMs } from './decision.ts';
import { isNamespaceGoing, problemOfRefusal, type Refusal } from './refusal.ts';

export function refusedCheck(view: CheckView, decision: CheckDecision, refusal: Refusal): CheckDecision {
  const at = [view.now + lookAgainMs];
  if (isNamespaceGoing(refusal)) return decide(view, view.object.status, { at });
  const conditions = foundConditions(view, problemOfRefusal(refusal), []);
  return decide(view, { ...decision.status, conditions }, { at });
}
