// SPDX-License-Identifier: Apache-2.0
// What a storage does about the backups that others have put there: a Job lists the bucket, objects are made and removed
// by what it found, and the status says how that went. It never stands in the way of the storage's check.
import {
  findCondition,
  setCondition,
  type Condition,
  type MilvusBackupStorage,
  type WantedCondition,
} from '../../api/index.ts';
import { decide, lookAgainMs, keysAgainMs } from '../decision.ts';
import type { Desired, News } from '../desired.ts';
import { expiryOf } from '../ended.ts';
import { keysNeeded, syncJob } from '../jobs.ts';
import type { Job } from '../kubernetes.ts';
import { isAsked, keysWanted, missingKey } from '../missing.ts';
import { timeText } from '../moment.ts';
import type { ObservedStorage, Wanted } from '../observed.ts';
import { mostItems, type Asked, type End } from '../outcome.ts';
import { createdAt } from '../pods.ts';
import { problemOfRefusal, type Refusal } from '../refusal.ts';
import {
  closedAt,
  formerRounds,
  nextNumber,
  openRound,
  roundsOf,
  staleRounds,
  toldRounds,
  type Rounds,
} from '../rounds.ts';
import type { Problem } from '../run-kind.ts';
import { hasEnded, toDelete } from '../run-state.ts';
import { isTerminal, judge, questionsOf } from '../verdict.ts';
import { syncDueAt } from './due.ts';
import { isImported } from './imported.ts';
import { judgeListing } from './judge.ts';
import { listingOf } from './listing.ts';
import { memoryOf, objectsByFolder, seenOf, seenText } from './seen.ts';
import { fingerprint } from '../place.ts';

/** Ten thousand folders take half a minute. */
const longestSyncMs = 1_800_000;

type Storage = MilvusBackupStorage;
export type SyncDecision = Omit<Desired<Storage>, 'status' | 'news'> & {
  status: Storage['status'];
  news: News[];
};
type Parts = Partial<Omit<SyncDecision, 'status' | 'requeueAt'>> & { at?: (number | undefined)[] };

/** `status`: as the check leaves it. */
export function planSync(observed: ObservedStorage, status: Storage['status']): SyncDecision {
  const view = { ...observed, object: { ...observed.object, status } };
  const { object } = view;
  if (object.metadata.deletionTimestamp !== undefined) return decided(view, status);
  if (object.spec.sync.mode === 'Off')
    return decided(view, withoutSynced(status), { deleteJobs: toDelete(listingsOf(view).all) });
  const known = { ...view, object: { ...object, status: remembering(view) } };
  const open = openRound(listingsOf(known));
  if (!open) return planNext(known);
  const verdict = judge(known, askedOf(known, open), true);
  if (verdict.state === 'ended') return record(known, verdict.end, verdict.job);
  if (known.now < createdAt(open) + longestSyncMs)
    return decided(known, known.object.status, { at: again(known) });
  const message = `Job ${open.metadata.name} did not end within ${longestSyncMs / 60_000} minutes`;
  return record(known, { reason: 'Unreachable', message }, open);
}

export function wantedForSync(observed: ObservedStorage): Wanted {
  const nothing: Wanted = { keys: [], events: [], nodes: [], logs: [], namespace: false };
  const { object, now } = observed;
  if (object.metadata.deletionTimestamp !== undefined || object.spec.sync.mode === 'Off') return nothing;
  const open = openRound(listingsOf(observed));
  if (open) return { ...nothing, ...questionsOf(observed, askedOf(observed, open)) };
  return now >= syncDueAt(object) ? { ...nothing, keys: keysWanted(keysOf(observed)) } : nothing;
}

/** `decision`: the one whose Job was refused. */
export function refusedSync(
  observed: ObservedStorage,
  decision: SyncDecision,
  refusal: Refusal,
): SyncDecision {
  const view = { ...observed, object: { ...observed.object, status: decision.status } };
  const status = { ...decision.status, conditions: synced(view, problemOfRefusal(refusal)) };
  return decided(view, status, { at: [observed.now + lookAgainMs] });
}

function decided(
  view: ObservedStorage,
  status: Storage['status'],
  { news = [], ...parts }: Parts = {},
): SyncDecision {
  return { ...decide(view, status, parts), news };
}

function again({ now }: ObservedStorage): number[] {
  return [now + lookAgainMs];
}

function withoutSynced({ conditions = [], ...status }: Storage['status']): Storage['status'] {
  const others = conditions.filter(({ type }) => type !== 'Synced');
  return others.length > 0 ? { ...status, conditions: others } : status;
}

/** Backups of this cluster's own are taken note of as soon as they have ended: their objects may go before the next listing. */
function remembering({ object, backups }: ObservedStorage): Storage['status'] {
  const { status } = object;
  const here = fingerprint(object);
  const seen = seenOf(object);
  const ended = backups.filter((backup) => hasEnded(backup) && !isImported(backup));
  const more = [...objectsByFolder(ended, object).keys()]
    .map((folder) => memoryOf(here, folder))
    .filter((memory) => !seen.has(memory));
  if (more.length === 0) return status;
  return { ...status, sync: { ...status.sync, seen: seenText([...more, ...seen]) } };
}

function askedOf({ object }: ObservedStorage, job: Job): Asked {
  const needs = ['backups', 'folders'] as const;
  return { jobName: job.metadata.name, command: 'list', runId: object.metadata.uid, needs };
}

function listingsOf(view: ObservedStorage): Rounds {
  return roundsOf(view, 'sync', view.object.status.sync?.lastTime);
}

function planNext(view: ObservedStorage): SyncDecision {
  const { object, now, facts } = view;
  const { status } = object;
  const listings = listingsOf(view);
  const deleteJobs = staleRounds(listings);
  const expireJobs = toldRounds(listings).flatMap(expiryOf);
  const due = syncDueAt(object);
  if (now < due) return decided(view, status, { deleteJobs, expireJobs, at: [due] });
  const keys = keysOf(view);
  if (!isAsked(keys, facts.keys)) return decided(view, status, { at: [now + 1] });
  // The check tells what is missing.
  if (missingKey(keys, facts.keys)) return decided(view, status, { deleteJobs, at: [now + keysAgainMs] });
  return send(view);
}

function keysOf({ object, settings }: ObservedStorage): ReturnType<typeof keysNeeded> {
  return keysNeeded({ storage: object, settings }, 'sync');
}

function send(view: ObservedStorage): SyncDecision {
  const { object, now, settings } = view;
  const listings = listingsOf(view);
  const number = nextNumber(listings);
  const built = syncJob(object, { number, most: mostWanted(view), now }, settings);
  if ('problem' in built) return record(view, built.problem, undefined);
  return decided(view, object.status, {
    deleteJobs: formerRounds(listings),
    createJobs: [built.job],
    at: again(view),
  });
}

/** Those that have objects of their own are listed too, and must not stand in the way of others. */
function mostWanted({ object, backups }: ObservedStorage): number {
  const own = [...objectsByFolder(backups, object).values()].filter((all) => !all.every(isImported));
  return Math.min(mostItems, object.spec.sync.maxObjects + own.length);
}

/** `job` stands for when it ended. */
function record(view: ObservedStorage, end: End, job: Job | undefined): SyncDecision {
  const { object, now, backups } = view;
  const lastTime = timeText(job && isTerminal(job) ? closedAt(job) : now);
  const listing = listingOf(end);
  const deleteJobs = job ? toDelete([job]) : [];
  if ('reason' in listing) {
    const sync = { ...object.status.sync, lastTime };
    const status = { ...object.status, sync, conditions: synced(view, listing) };
    return decided(view, status, { deleteJobs, at: next(view, status), news: newsOf(view, listing) });
  }
  const { make, remove, status: found } = judgeListing(object, listing, backups);
  const told = { made: make.length, removed: remove.length, ...found };
  const status = {
    ...object.status,
    sync: { lastTime, ...found },
    conditions: synced(view, { reason: 'Completed', message: messageOf(told) }),
  };
  return decided(view, status, {
    deleteJobs,
    createBackups: make,
    deleteBackups: remove,
    at: next(view, status),
    news: newsOf(view, { reason: 'Completed', message: messageOf(told) }, make.length + remove.length > 0),
  });
}

/** Its Job gets its time to live once this stands. */
function next({ now, object }: ObservedStorage, status: Storage['status']): number[] {
  return [now + 1000, syncDueAt({ ...object, status })];
}

type Told = { made: number; removed: number } & ReturnType<typeof judgeListing>['status'];

function messageOf({ found = 0, made, removed, imported = 0, incomplete = 0, leftOut = 0 }: Told): string {
  const parts = [
    `${found} backups are there; ${imported} objects stand for those that others have made`,
    ...(made > 0 ? [`${made} of them are new`] : []),
    ...(removed > 0 ? [`${removed} went because their backups are gone`] : []),
    ...(incomplete > 0 ? [`${incomplete} folders are unfinished, being deleted or unreadable`] : []),
    ...(leftOut > 0 ? [`${leftOut} backups are left out by sync.since and sync.maxObjects`] : []),
  ];
  return parts.join('; ');
}

function synced({ object, now }: ObservedStorage, { reason, message }: Problem): Condition[] {
  const status = reason === 'Completed' ? 'True' : 'False';
  const wanted: WantedCondition = { type: 'Synced', status, reason, message };
  return setCondition(object.status.conditions, wanted, { generation: object.metadata.generation, now });
}

function newsOf({ object }: ObservedStorage, { reason, message }: Problem, isNews = false): News[] {
  const before = findCondition(object.status.conditions, 'Synced');
  if (reason === 'Completed')
    return isNews ? [{ type: 'Normal', reason, action: 'Sync', note: message }] : [];
  return before?.reason === reason ? [] : [{ type: 'Warning', reason, action: 'Sync', note: message }];
}
