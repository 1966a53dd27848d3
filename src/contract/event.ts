// SPDX-License-Identifier: Apache-2.0
// What a running command says on stdout with --report json: one object a line, at most 1 KiB, and nothing else.
// Progress is a hint; the result decides.
import type { Reason } from '../base/reason.ts';

/** The engine's steps in their order; `progress` names one at each change. Tests kill at every one of them. */
export const createSteps = [
  'Preflight',
  'Ledger',
  'Metadata',
  'Flushing',
  'Listing',
  'Copying',
  'Verifying',
  'WritingMeta',
  'Committing',
  'ReadingBack',
  'RemovingLedger',
] as const;

export const restoreSteps = [
  'Reading',
  'Preflight',
  'Planning',
  'Ledger',
  'CreatingDatabases',
  'CreatingCollection',
  'Staging',
  'Importing',
  'Indexing',
  'Counting',
  'Renaming',
  'Finishing',
  'CleaningUp',
] as const;

export type CreateStep = (typeof createSteps)[number];
export type RestoreStep = (typeof restoreSteps)[number];
export type Step = CreateStep | RestoreStep | 'Verifying' | 'Deleting' | 'Checking';

export type Progress = {
  step: Step;
  /** `db.collection` that the step is about, where it is about one. */
  collection?: string;
  percent: number;
  collectionsDone: number;
  collectionsTotal: number;
  objectsDone: number;
  objectsTotal: number;
  bytesDone: number;
  bytesTotal: number;
  bytesPerSecond: number;
  etaSeconds?: number;
  /** RFC 3339. */
  time: string;
};

export type Warning = { reason: Reason; message: string };

export type Event =
  | ({ event: 'progress' } & Progress)
  | ({ event: 'warning' } & Warning)
  /** One element of a long list; the result holds the list's count and SHA-256. */
  | { event: 'item'; list: ListName; item: Record<string, unknown> };

export type ListName = 'failures' | 'warnings' | 'plan' | 'collections' | 'backups' | 'folders';
