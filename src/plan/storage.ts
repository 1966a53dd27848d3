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
import { roleOf } from './labels.ts';
import { nextOf, timeMs } from './moment.ts';
import type { ObservedStorage, Wanted } from './observed.ts';
import type { End } from './outcome.ts';
import { placeOf } from './place.ts';
import type { Refusal } from './refusal.ts';
import type { Problem } from './run-kind.ts';
import { joined } from './run-wanted.ts';
import { isImported } from './sync/imported.ts';
import { planSync, refusedSync, wantedForSync, type SyncDecision } from './sync/sync.ts';

type Storage = ObservedStorage['object'];
type Instance = ObservedStorage['instances'][number];

export function wantedForStorage(observed: ObservedStorage): Wanted {
  const view = viewOf(observed);
  const checking = wantedForCheck(view);
  return view.refusal ? checking : joined(checking, wantedForSync(observed));
}

export function planStorage(observed: ObservedStorage): Desired<Storage> {
  const view = viewOf(observed);
  const checked: Desired<Storage> = desiredAfter(observed.object, planCheck(view));
  if (view.refusal) return checked;
  return both(observed, checked, planSync(observed, checked.status ?? observed.object.status));
}

export function refusedStorage(observed: ObservedStorage, refusal: Refusal): Desired<Storage> {
  const view = viewOf(observed);
  const decision = planCheck(view);
  if (roleOf(refusal.job) !== 'sync') {
    return desiredAfter(observed.object, refusedCheck(view, decision, refusal));
  }
  const checked: Desired<Storage> = desiredAfter(observed.object, decision);
  const syncing = planSync(observed, checked.status ?? observed.object.status);
  return both(observed, checked, refusedSync(observed, syncing, refusal));
}

/** A check and a listing are two errands of one object: neither waits for the other. */
function both({ now }: ObservedStorage, checked: Desired<Storage>, syncing: SyncDecision): Desired<Storage> {
  const requeueAt = nextOf(now, checked.requeueAt, syncing.requeueAt);
  const { requeueAt: _, ...rest } = checked;
  return {
    ...rest,
    ...(syncing.createBackups ? { createBackups: syncing.createBackups } : {}),
    ...(syncing.deleteBackups ? { deleteBackups: syncing.deleteBackups } : {}),
    status: syncing.status,
    deleteJobs: [...checked.deleteJobs, ...syncing.deleteJobs],
    createJobs: [...checked.createJobs, ...syncing.createJobs],
    expireJobs: [...checked.expireJobs, ...syncing.expireJobs],
    news: [...checked.news, ...syncing.news],
    ...(requeueAt === undefined ? {} : { requeueAt }),
  };
}

function viewOf(observed: ObservedStorage): CheckView {
  const { object, settings, instances, backups } = observed;
  return {
    ...observed,
    newsAt: lastEndOf(backups.filter((backup) => isMadeHere(backup, object))),
    refusal: overlapOf(object, instances),
    keys: keysNeeded({ storage: object, settings }, 'storage check'),
    build: (number) => storageCheckJob(object, { number }, settings),
    identity: { fingerprint: fingerprint(object) },
    found: (end) => ({ conditions: [writable(object, end)], fields: fieldsOf(end) }),
  };
}

/** What was found there ended when somebody else's clock said so, and was counted already. */
function isMadeHere(backup: ObservedStorage['backups'][number], { metadata }: Storage): boolean {
  return backup.spec.storageRef.name === metadata.name && !isImported(backup);
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
