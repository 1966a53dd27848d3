// SPDX-License-Identifier: Apache-2.0
// What is a MilvusInstance's own: its version, and whether the storage it names is the one that Milvus writes to.
import { findCondition, type WantedCondition } from '../api/index.ts';
import type { Reason } from '../base/reason.ts';
import { cutMessage } from '../contract/cut.ts';
import { lastFound, notFoundOut } from './check-conditions.ts';
import { desiredAfter } from './check-news.ts';
import { refusedCheck } from './check-refusal.ts';
import { planCheck, wantedForCheck, type CheckView } from './check.ts';
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
  return desiredAfter(observed.object, planCheck(viewOf(observed)));
}

export function refusedInstance(observed: ObservedInstance, refusal: Refusal): Desired<Instance> {
  const view = viewOf(observed);
  return desiredAfter(observed.object, refusedCheck(view, planCheck(view), refusal));
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
  const type = 'StorageMatches';
  if (found !== undefined)
    return { type, status: found, reason: meanings[found], message: textOf(object, found, end) };
  const old = findCondition(object.status.conditions, type);
  return old ? lastFound(old) : notFoundOut(type, { reason, message: `it could not be asked: ${message}` });
}

function textOf({ spec }: Instance, found: 'True' | 'False' | 'Unknown', { result, message }: End): string {
  const { bucket, rootPath } = spec.storage;
  if (found === 'True') return `Milvus writes to bucket ${bucket} below ${JSON.stringify(rootPath)}`;
  if (found === 'False') return message;
  const said = result?.warnings?.find((warning) => warning.reason === 'NoSegments')?.message;
  return said ?? 'Milvus has no persistent segment yet by which to tell';
}
