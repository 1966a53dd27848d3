// SPDX-License-Identifier: Apache-2.0
// What is a MilvusBackupStorage's own: what lies there, whether more can be written, and that it keeps clear of the root
// paths of every Milvus of the namespace.
import { findCondition, type WantedCondition } from '../api/index.ts';
import { lastFound, notFoundOut } from './check-conditions.ts';
import { desiredAfter } from './check-news.ts';
import { refusedCheck } from './check-refusal.ts';
import { planCheck, wantedForCheck, type CheckView } from './check.ts';
import type { Desired } from './desired.ts';
import { fingerprint, keysNeeded, storageCheckJob } from './jobs.ts';
import { timeMs } from './moment.ts';
import type { ObservedStorage, Wanted } from './observed.ts';
import type { End } from './outcome.ts';
import { placeOf } from './place.ts';
import type { Refusal } from './refusal.ts';
import type { Problem } from './run-kind.ts';

type Storage = ObservedStorage['object'];
type Instance = ObservedStorage['instances'][number];

export function wantedForStorage(observed: ObservedStorage): Wanted {
  return wantedForCheck(viewOf(observed));
}

export function planStorage(observed: ObservedStorage): Desired<Storage> {
  return desiredAfter(observed.object, planCheck(viewOf(observed)));
}

export function refusedStorage(observed: ObservedStorage, refusal: Refusal): Desired<Storage> {
  const view = viewOf(observed);
  return desiredAfter(observed.object, refusedCheck(view, planCheck(view), refusal));
}

function viewOf(observed: ObservedStorage): CheckView {
  const { object, settings, instances, backups } = observed;
  return {
    ...observed,
    newsAt: lastEndOf(backups),
    refusal: overlapOf(object, instances),
    keys: keysNeeded({ storage: object, settings }, 'storage check'),
    build: (number) => storageCheckJob(object, { number }, settings),
    identity: { fingerprint: fingerprint(object) },
    found: (end) => ({ conditions: [writable(object, end)], fields: fieldsOf(end) }),
  };
}

function lastEndOf(backups: ObservedStorage['backups']): number {
  const ends = backups.map(({ status }) => timeMs(status.completionTime) ?? Number.NEGATIVE_INFINITY);
  return ends.reduce((latest, end) => Math.max(latest, end), Number.NEGATIVE_INFINITY);
}

function fieldsOf({ result }: End): Record<string, unknown> {
  return result?.backups ? { backups: result.backups.count, bytes: result.backups.bytes } : {};
}

function writable({ spec, status }: Storage, { result, reason, message }: End): WantedCondition {
  const type = 'Writable';
  if (spec.accessMode === 'ReadOnly') {
    const text = 'spec.accessMode is ReadOnly: backups are only read from here';
    return { type, status: 'False', reason: 'TargetReadOnly', message: text };
  }
  if (result?.isWritable === true)
    return {
      type,
      status: 'True',
      reason: 'Completed',
      message: 'an object was written, read and removed',
    };
  if (result?.isWritable === false) return { type, status: 'False', reason, message };
  const old = findCondition(status.conditions, type);
  if (old && old.reason !== 'TargetReadOnly') return lastFound(old);
  return notFoundOut(type, { reason, message: `it could not be tried: ${message}` });
}

/** Milvus imports and removes what lies below its root path: no backup may lie there, nor around it. */
function overlapOf({ metadata, spec }: Storage, instances: readonly Instance[]): Problem | undefined {
  const clash = instances.find(({ spec: { storage } }) => {
    const isSame = bucketOf(placeOf(storage, '')) === bucketOf(placeOf(spec, ''));
    return isSame && overlaps(storage.rootPath, spec.prefix);
  });
  if (!clash) return undefined;
  const { name, rootPath } = { name: clash.metadata.name, rootPath: clash.spec.storage.rootPath };
  const message =
    `prefix ${JSON.stringify(spec.prefix)} and root path ${JSON.stringify(rootPath)} of MilvusInstance ${name} overlap in ` +
    `bucket ${spec.bucket}: Milvus removes what it does not know there. Make another MilvusBackupStorage than ` +
    `${metadata.name}, with a prefix outside of it or another bucket.`;
  return { reason: 'InvalidConfiguration', message };
}

function bucketOf({ address, port, bucketName }: ReturnType<typeof placeOf>): string {
  return `${address.toLowerCase()}:${port}/${bucketName}`;
}

/** Equal, above or below; an empty path is above everything. */
function overlaps(one: string, other: string): boolean {
  const [a, b] = [one, other].map((path) => (path === '' ? '' : `${path}/`)) as [string, string];
  return a.startsWith(b) || b.startsWith(a);
}
