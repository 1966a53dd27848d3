// SPDX-License-Identifier: Apache-2.0
// The ledgers: what a run must know to be continued by its next attempt. They hold intent and identity, never what has
// been copied (the store is asked for that). Every one carries a version; an unknown one is a value, not a failure,
// because what follows from it differs between backup and restore.
import { decode, int64, natural, optional, raw, text, type Codec } from './codec.ts';
import { parseJson } from './json.ts';
import { record } from './message.ts';
import { isRecord } from './numeral.ts';
import { array, literal, oneOf } from './repeated.ts';

export const ledgerVersion = 1;

export type BackupLedger = {
  v: typeof ledgerVersion;
  kind: 'backup';
  runId: string;
  attempt: number;
  backupName: string;
  /** RFC 3339; that of the first attempt. */
  startTime: string;
  engineVersion: string;
  collections: BackupLedgerCollection[];
  /** Open pauses of garbage collection, each of which must be resumed. */
  gcTickets: { collectionId: bigint; ticket: string }[];
};

export type BackupLedgerCollection = {
  db: string;
  name: string;
  id: bigint;
  state: 'planned' | 'copied' | 'dropped' | 'skipped';
  /** Of the plan file of this collection. */
  planSha256?: string;
};

export type RestoreLedger = {
  v: typeof ledgerVersion;
  kind: 'restore';
  runId: string;
  attempt: number;
  source: { backup: string; fullMetaSha256: string };
  startTime: string;
  /** Whether a failed last attempt also drops what this run completed; cleanup has no other way to know. */
  onFailure?: 'Keep' | 'RemoveCreated';
  collections: RestoreLedgerCollection[];
  /** RFC 3339. The run has ended: with a result it succeeded, without one it was cleaned up. */
  endTime?: string;
  /** After success; the collections are emptied then. */
  result?: unknown;
};

export type RestoreLedgerCollection = {
  /** `db.name` in the backup. */
  source: string;
  db: string;
  name: string;
  temporaryName: string;
  /** The attempt that created it; part of the temporary name. */
  attempt: number;
  state:
    | 'planned'
    | 'creating'
    | 'created'
    | 'importing'
    | 'imported'
    | 'renaming'
    | 'swapping'
    | 'swapped'
    | 'done';
  collectionId?: bigint;
  /** The collection of the same name that goes when this one is whole. */
  replaces?: bigint;
  /** The name that it is moved to before this one takes its place. As long as this stands here it may be there. */
  aside?: string;
  imports: RestoreLedgerImport[];
  /** Once counted. */
  rows?: RestoreLedgerRows;
};

export type RestoreLedgerRows = { planned: number; imported: number; live?: number };

export type RestoreLedgerImport = {
  group: string;
  files: string[];
  /** `intent` is written before the call: neither it nor a missing task id says whether Milvus took it. */
  state: 'intent' | 'submitted' | 'done';
  taskId?: string;
  rows?: number;
};

/** A ledger of a version that this engine does not know. */
export type UnknownLedger = { unknownVersion: number; runId?: string };

const backupCollection = record<BackupLedgerCollection>({
  db: text,
  name: text,
  id: int64,
  state: oneOf('planned', 'copied', 'dropped', 'skipped'),
  planSha256: optional(text),
});

const backupLedger = record<BackupLedger>({
  v: literal(ledgerVersion),
  kind: oneOf('backup'),
  runId: text,
  attempt: natural,
  backupName: text,
  startTime: text,
  engineVersion: text,
  collections: array(backupCollection),
  gcTickets: array(record<BackupLedger['gcTickets'][number]>({ collectionId: int64, ticket: text })),
});

const restoreImport = record<RestoreLedgerImport>({
  group: text,
  files: array(text),
  state: oneOf('intent', 'submitted', 'done'),
  taskId: optional(text),
  rows: optional(natural),
});

const restoreCollection = record<RestoreLedgerCollection>({
  source: text,
  db: text,
  name: text,
  temporaryName: text,
  attempt: natural,
  state: oneOf(
    'planned',
    'creating',
    'created',
    'importing',
    'imported',
    'renaming',
    'swapping',
    'swapped',
    'done',
  ),
  collectionId: optional(int64),
  replaces: optional(int64),
  aside: optional(text),
  imports: array(restoreImport),
  rows: optional(record<RestoreLedgerRows>({ planned: natural, imported: natural, live: optional(natural) })),
});

const restoreLedger = record<RestoreLedger>({
  v: literal(ledgerVersion),
  kind: oneOf('restore'),
  runId: text,
  attempt: natural,
  source: record<RestoreLedger['source']>({ backup: text, fullMetaSha256: text }),
  startTime: text,
  onFailure: optional(oneOf('Keep', 'RemoveCreated')),
  collections: array(restoreCollection),
  endTime: optional(text),
  result: optional(raw),
});

export function encodeBackupLedger(ledger: BackupLedger): string {
  return backupLedger.encode(ledger);
}

export function encodeRestoreLedger(ledger: RestoreLedger): string {
  return restoreLedger.encode(ledger);
}

/** `file` names the ledger in the BackupUnreadable that is thrown for anything but a ledger. */
export function decodeBackupLedger(content: string, file: string): BackupLedger | UnknownLedger {
  return decodeVersioned(backupLedger, content, file);
}

export function decodeRestoreLedger(content: string, file: string): RestoreLedger | UnknownLedger {
  return decodeVersioned(restoreLedger, content, file);
}

export function isUnknownLedger(ledger: object): ledger is UnknownLedger {
  return 'unknownVersion' in ledger;
}

function decodeVersioned<T>(codec: Codec<T>, content: string, file: string): T | UnknownLedger {
  const parsed = parseJson(content, file);
  if (isRecord(parsed) && typeof parsed.v === 'number' && parsed.v !== ledgerVersion) {
    return {
      unknownVersion: parsed.v,
      ...(typeof parsed.runId === 'string' ? { runId: parsed.runId } : {}),
    };
  }
  return decode(codec, parsed, file);
}
