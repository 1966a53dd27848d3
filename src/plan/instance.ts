// SPDX-License-Identifier: Apache-2.0
// What is a MilvusInstance's own: its version, and whether the storage it names is the one that Milvus writes to.
import { findCondition, type ConditionStatus, type WantedCondition } from '../api/index.ts';
import { consequenceOf, type Reason } from '../base/reason.ts';
import { cutMessage } from '../contract/cut.ts';
import { newsOfCheck } from './check-news.ts';
import { refusedCheck } from './check-refusal.ts';
import { planCheck, wantedForCheck, type CheckDecision, type CheckView } from './check.ts';
import type { Desired } from './desired.ts';
import { instanceCheckJob, keysNeeded } from './jobs.ts';
import type { ObservedInstance, Wanted } from './observed.ts';
import type { End } from './outcome.ts';
import type { Refusal } from './refusal.ts';

type Instance = ObservedInstance['object'];

export function wantedForInstance(observed: ObservedInstance): Wanted {
  return wantedForCheck(viewOf(observed));
}

export function planInstance(observed: ObservedInstance): Desired<Instance> {
  return desired(observed, planCheck(viewOf(observed)));
}

export function refusedInstance(observed: ObservedInstance, refusal: Refusal): Desired<Instance> {
  const view = viewOf(observed);
  return desired(observed, refusedCheck(view, planCheck(view), refusal));
}

function desired({ object }: ObservedInstance, decision: CheckDecision): Desired<Instance> {
  const status = decision.status as Instance['status'];
  return { ...decision, status, news: newsOfCheck(object.status, decision.status) };
}

function viewOf(observed: ObservedInstance): CheckView {
  const { object, settings } = observed;
  return {
    ...observed,
    refusal: undefined,
    keys: keysNeeded({ instance: object, settings }, 'instance check'),
    build: (number) => instanceCheckJob(object, { number }, settings),
    identity: {},
    found: (end) => ({ conditions: [storageMatches(observed, end)], fields: fieldsOf(end) }),
  };
}

function fieldsOf({ result }: End): Record<string, unknown> {
  const version = result?.milvusVersion;
  return version === undefined ? {} : { version: cutMessage(version, 64) };
}

const meanings: Record<'True' | 'False' | 'Unknown', Reason> = {
  True: 'Completed',
  False: 'StorageMismatch',
  Unknown: 'NoSegments',
};

/** Could it not be found out this time, what was found last still holds. */
function storageMatches({ object }: ObservedInstance, end: End): WantedCondition {
  const { result, reason, message } = end;
  const found = result?.storageMatches;
  const condition = (status: ConditionStatus, why: Reason, text: string): WantedCondition => ({
    type: 'StorageMatches',
    status,
    reason: why,
    message: text,
  });
  if (found !== undefined) return condition(found, meanings[found], textOf(object, found, end));
  const old = findCondition(object.status.conditions, 'StorageMatches');
  if (old) return condition(old.status as ConditionStatus, old.reason as Reason, old.message);
  const why = consequenceOf(reason) === 'inform' ? 'InProgress' : reason;
  return condition('Unknown', why, `it could not be asked: ${message}`);
}

function textOf({ spec }: Instance, found: 'True' | 'False' | 'Unknown', { result, message }: End): string {
  const { bucket, rootPath } = spec.storage;
  if (found === 'True') return `Milvus writes to bucket ${bucket} below ${JSON.stringify(rootPath)}`;
  if (found === 'False') return message;
  const said = result?.warnings?.find((warning) => warning.reason === 'NoSegments')?.message;
  return said ?? 'Milvus has no persistent segment yet by which to tell';
}
