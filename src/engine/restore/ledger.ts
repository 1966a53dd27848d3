// SPDX-License-Identifier: Apache-2.0
// The restore's ledger in the bucket of the target Milvus: opening it, and one writer that gathers what is asked for
// while a write is under way. Hundreds of imports are recorded at once, and the ledger is one object.
import { OperatorError } from '../../base/error.ts';
import { decodeRestoreLedger, encodeRestoreLedger, type RestoreLedger } from '../../format/ledger.ts';
import { restoreKeys } from '../../format/paths.ts';
import type { ObjectStore } from '../../store/contract.ts';
import type { Engine, RunIdentity } from '../engine.ts';
import {
  isUnknown,
  readLedger,
  takeLedger,
  type LedgerCodec,
  type LedgerFile,
  type StoredLedger,
} from '../ledger-file.ts';
import type { Change } from './ledger-entry.ts';

const codec: LedgerCodec<RestoreLedger> = { encode: encodeRestoreLedger, decode: decodeRestoreLedger };

export type RestoreLedgerFile = {
  current(): RestoreLedger;
  /** Resolves when the change is stored. */
  record(change: Change): Promise<void>;
  /** The change is stored, then the ledger is read again: Fenced unless it is still this attempt's. */
  recordAndOwn(change: Change): Promise<void>;
};

export async function lookUpLedger(
  store: ObjectStore,
  runId: string,
  signal: AbortSignal,
): Promise<StoredLedger<RestoreLedger> | undefined> {
  return readLedger(store, restoreKeys(runId).ledger, codec, signal);
}

/** What this attempt begins with: the ledger that stands there, one attempt further, or a new one. */
export function nextLedger(
  stored: StoredLedger<RestoreLedger> | undefined,
  run: RunIdentity,
  fresh: Omit<RestoreLedger, 'v' | 'kind' | 'runId' | 'attempt' | 'collections'>,
): RestoreLedger {
  if (!stored) {
    const attempt = run.attempt === 'next' ? 1 : run.attempt;
    return { v: 1, kind: 'restore', runId: run.runId, attempt, collections: [], ...fresh };
  }
  const { ledger } = stored;
  if (isUnknown(ledger)) throw unknownVersion(run.runId);
  const attempt = run.attempt === 'next' ? ledger.attempt + 1 : run.attempt;
  if (attempt <= ledger.attempt) {
    throw new OperatorError(
      'Fenced',
      `restore ${run.runId}: attempt ${ledger.attempt} has begun already, this one is ${attempt}. ` +
        'Only a newer attempt may go on; this one changes nothing.',
    );
  }
  assertSameBackup(ledger, fresh.source);
  const { endTime: _ended, ...open } = ledger;
  return { ...open, attempt, onFailure: fresh.onFailure ?? 'Keep' };
}

function assertSameBackup(ledger: RestoreLedger, source: RestoreLedger['source']): void {
  const { backup, fullMetaSha256 } = ledger.source;
  if (backup === source.backup && fullMetaSha256 === source.fullMetaSha256) return;
  throw new OperatorError(
    'BackupUnreadable',
    `restore ${ledger.runId} began with backup ${backup} (meta ${fullMetaSha256.slice(0, 12)}…), now it is asked to go on with ` +
      `${source.backup} (meta ${source.fullMetaSha256.slice(0, 12)}…). One run restores one backup: begin a new run.`,
  );
}

export function unknownVersion(runId: string): OperatorError {
  return new OperatorError(
    'VersionRefused',
    `the ledger of restore ${runId} was written by another version of milvus-backup, which alone knows what it has begun. ` +
      'Go on with that version, or clean up with it and begin a new run.',
  );
}

/**
 * Stores `first` over what was read and holds the ledger. Writes go on after the engine's signal for as long as `signal`
 * allows: what was given to Milvus must be written down.
 */
export async function openLedger(
  engine: Engine,
  first: RestoreLedger,
  stored: StoredLedger<RestoreLedger> | undefined,
  signal: AbortSignal,
): Promise<RestoreLedgerFile> {
  const file = await takeLedger(first, {
    store: engine.milvusStore(),
    key: restoreKeys(first.runId).ledger,
    codec,
    clock: engine.clock,
    replaces: stored && { etag: stored.etag },
    signal,
  });
  if (file) return gather(file);
  throw new OperatorError(
    'Fenced',
    `restore ${first.runId}: another attempt wrote its ledger at the same moment. This one changes nothing.`,
  );
}

/** Changes asked for during a write go into the next one together. */
export function gather(file: LedgerFile<RestoreLedger>): RestoreLedgerFile {
  let waiting: { changes: Change[]; own: boolean; stored: Promise<void> } | undefined;
  let running: Promise<unknown> = Promise.resolve();
  const join = (change: Change, own: boolean): Promise<void> => {
    if (!waiting) {
      const batch = { changes: [] as Change[], own: false, stored: Promise.resolve() };
      batch.stored = running.then(async () => {
        waiting = undefined;
        await file.update((ledger) => batch.changes.reduce((l, apply) => apply(l), ledger));
        if (batch.own) await file.assertOwned();
      });
      running = batch.stored.catch(() => undefined);
      waiting = batch;
    }
    waiting.changes.push(change);
    waiting.own ||= own;
    return waiting.stored;
  };
  return {
    current: () => file.current(),
    record: (change) => join(change, false),
    recordAndOwn: (change) => join(change, true),
  };
}
