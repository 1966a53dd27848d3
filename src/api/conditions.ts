// SPDX-License-Identifier: Apache-2.0
// Conditions by the rules of Kubernetes and of kstatus. Pure: the caller says what time it is.
import { timeText } from '../base/clock.ts';
import type { Reason } from '../base/reason.ts';
import type { Condition } from './shared.types.ts';

export type ConditionStatus = 'True' | 'False' | 'Unknown';

/** What shall hold; the rest of a condition follows from what stood there before. */
export type WantedCondition = { type: string; status: ConditionStatus; reason: Reason; message: string };

/** The generation that was acted on, and the time of the act. */
export type Moment = { generation: number; now: number };

const longestMessage = 32_768;

/**
 * The conditions `wanted`, in their order; others are gone (Reconciling and Stalled are removed when nothing is wrong).
 * lastTransitionTime moves only with the status, so that the same facts make the same bytes and no write.
 */
export function mergeConditions(
  before: readonly Condition[] | undefined,
  wanted: readonly WantedCondition[],
  moment: Moment,
): Condition[] {
  refuseContradictions(wanted);
  return wanted.map((condition) => nextOf(findCondition(before, condition.type), condition, moment));
}

/** The conditions with this one set; the others stay as they are and where they are. */
export function setCondition(
  before: readonly Condition[] | undefined,
  wanted: WantedCondition,
  moment: Moment,
): Condition[] {
  const old = findCondition(before, wanted.type);
  const next = nextOf(old, wanted, moment);
  const all = old
    ? before!.map((condition) => (condition === old ? next : condition))
    : [...(before ?? []), next];
  refuseContradictions(all);
  return all;
}

/** The kind's own: without the three that every kind has. */
export function ownConditions(conditions: readonly Condition[] | undefined): Condition[] {
  return (conditions ?? []).filter(({ type }) => !['Ready', 'Reconciling', 'Stalled'].includes(type));
}

export function findCondition(
  conditions: readonly Condition[] | undefined,
  type: string,
): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** False where the condition is missing. */
export function isTrue(conditions: readonly Condition[] | undefined, type: string): boolean {
  return findCondition(conditions, type)?.status === 'True';
}

function nextOf(old: Condition | undefined, wanted: WantedCondition, { generation, now }: Moment): Condition {
  const since = old?.status === wanted.status ? old.lastTransitionTime : timeText(now);
  return {
    type: wanted.type,
    status: wanted.status,
    reason: wanted.reason,
    message: cut(wanted.message),
    lastTransitionTime: since,
    observedGeneration: generation,
  };
}

/** The order of the list would decide which of the two kstatus sees; a list that holds a type twice is no map. */
function refuseContradictions(conditions: readonly { type: string; status: string }[]): void {
  const types = conditions.map(({ type }) => type);
  const twice = types.find((type, i) => types.indexOf(type) !== i);
  if (twice !== undefined) throw new Error(`the condition ${twice} is given twice`);
  const holds = (type: string) => conditions.some((c) => c.type === type && c.status === 'True');
  if (holds('Reconciling') && holds('Stalled')) throw new Error('Reconciling and Stalled are both True');
}

/** Counted in characters, as the API server counts, and never through the middle of one. */
function cut(message: string): string {
  if (message.length <= longestMessage) return message;
  const characters = Array.from(message);
  return characters.length <= longestMessage
    ? message
    : `${characters.slice(0, longestMessage - 1).join('')}…`;
}
