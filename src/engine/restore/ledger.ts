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

/** Throws VersionRefused for a ledger of another version: nobody but that version knows what was begun. */
export async function readOwnLedger(
  engine: Engine,
  runId: string,
  signal: AbortSignal,
): Promise<{ ledger: RestoreLedger; etag: string } | undefined> {
  const stored = await lookUpLedger(engine.milvusStore(), runId, signal);
  if (!stored) return undefined;
  const { ledger, etag } = stored;
  if (!isUnknown(ledger)) return { ledger, etag };
  throw new OperatorError(
    'VersionRefused',
    `the ledger of restore ${runId} was written by another version of milvus-backup, which alone knows what it has begun. ` +
      'Go on with that version, or clean up with it and begin a new run.',
  );
}

export type Begun = {
  source: RestoreLedger['source'];
  startTime: string;
  onFailure: 'Keep' | 'RemoveCreated';
};

export function firstLedger(run: RunIdentity, begun: Begun): RestoreLedger {
  const attempt = run.attempt === 'next' ? 1 : run.attempt;
  return { v: 1, kind: 'restore', runId: run.runId, attempt, collections: [], ...begun };
}

/** The ledger that stands there, one attempt further. Open again if it had been cleaned up. */
export function nextLedger(ledger: RestoreLedger, run: RunIdentity): RestoreLedger {
  const attempt = run.attempt === 'next' ? ledger.attempt + 1 : run.attempt;
  if (attempt <= ledger.attempt) {
    throw new OperatorError(
      'Fenced',
      `restore ${run.runId}: attempt ${ledger.attempt} has begun already, this one is ${attempt}. ` +
        'Only a newer attempt may go on; this one changes nothing.',
    );
  }
  const { endTime: _ended, ...open } = ledger;
  return { ...open, attempt };
}

export function assertSameBackup(ledger: RestoreLedger, source: RestoreLedger['source']): void {
  const { backup, fullMetaSha256 } = ledger.source;
  if (backup === source.backup && fullMetaSha256 === source.fullMetaSha256) return;
  throw new OperatorError(
    'BackupUnreadable',
    `restore ${ledger.runId} began with backup ${backup} (meta ${fullMetaSha256.slice(0, 12)}…), now it is asked to go on with ` +
      `${source.backup} (meta ${source.fullMetaSha256.slice(0, 12)}…). One run restores one backup: begin a new run.`,
  );
}

const tries = 20;

/**
 * Takes the run's ledger from the attempt that held it; undefined if there is none. The older one may still be writing,
 * so it is read again as often as something else was written meanwhile. Writes go on after the engine's signal for as
 * long as `signal` allows: what was given to Milvus must be written down.
 */
export async function takeOverLedger(
  engine: Engine,
  run: RunIdentity,
  signal: AbortSignal,
): Promise<RestoreLedgerFile | undefined> {
  for (let attempt = 1; attempt <= tries; attempt++) {
    engine.signal.throwIfAborted();
    const stored = await readOwnLedger(engine, run.runId, signal);
    if (!stored) return undefined;
    const file = await hold(engine, nextLedger(stored.ledger, run), stored.etag, signal);
    if (file) return file;
  }
  throw overtaken(run.runId);
}

/** The ledger of a run that begins. */
export async function beginLedger(
  engine: Engine,
  first: RestoreLedger,
  signal: AbortSignal,
): Promise<RestoreLedgerFile> {
  const file = await hold(engine, first, undefined, signal);
  if (file) return file;
  throw overtaken(first.runId);
}

async function hold(
  engine: Engine,
  first: RestoreLedger,
  etag: string | undefined,
  signal: AbortSignal,
): Promise<RestoreLedgerFile | undefined> {
  const file = await takeLedger(first, {
    store: engine.milvusStore(),
    key: restoreKeys(first.runId).ledger,
    codec,
    clock: engine.clock,
    replaces: etag === undefined ? undefined : { etag },
    signal,
  });
  return file && gather(file);
}

function overtaken(runId: string): OperatorError {
  return new OperatorError(
    'Fenced',
    `restore ${runId}: another attempt writes its ledger at the same time. This one changes nothing.`,
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
