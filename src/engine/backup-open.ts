// SPDX-License-Identifier: Apache-2.0
// Decides what a run finds in its folder: nothing, its own unfinished or finished work, or somebody else's. Only an empty
// folder is begun; only what carries this run's id is continued; everything else is BackupExists and stays untouched.
import { OperatorError } from '../base/error.ts';
import { decodeBackupLedger, encodeBackupLedger, type BackupLedger } from '../format/ledger.ts';
import { metaFiles, ownFiles, ownFolder } from '../format/paths.ts';
import type { BackupPlace } from './backup-run.ts';
import type { Engine } from './engine.ts';
import {
  isUnknown,
  readLedger,
  takeLedger,
  type LedgerCodec,
  type LedgerFile,
  type StoredLedger,
} from './ledger-file.ts';
import { readSmall } from './objects.ts';
import type { CreateOptions } from './options.ts';

export const backupLedgerCodec: LedgerCodec<BackupLedger> = {
  encode: encodeBackupLedger,
  decode: decodeBackupLedger,
};

export type Opened =
  | { kind: 'open'; ledger: LedgerFile<BackupLedger> }
  /** The run with this id has finished: its result is told again. */
  | { kind: 'finished' };

/** `assertPossible` is asked before anything is written into an empty folder; what it throws leaves it empty. */
export async function openBackupFolder(
  engine: Engine,
  options: CreateOptions,
  place: BackupPlace,
  assertPossible: () => Promise<void>,
): Promise<Opened> {
  for (let tries = 1; ; tries++) {
    const stored = await findLedger(engine, place);
    const found = stored ? 'ledger' : await lookInside(engine, place);
    if (found === 'objects') {
      if (await isFinishedBy(engine, place, options.run.runId)) return { kind: 'finished' };
      throw await taken(engine, place);
    }
    const first = stored ? nextAttempt(place, options, stored, engine) : freshLedger(engine, options);
    if (!stored) {
      await assertPossible();
      await probe(engine, place, first);
    }
    const ledger = await takeLedger(first, {
      store: place.store,
      key: place.dir + ownFiles.ledger,
      codec: backupLedgerCodec,
      clock: engine.clock,
      replaces: stored && { etag: stored.etag },
      signal: engine.signal,
    });
    if (ledger) return { kind: 'open', ledger };
    // Another run was quicker by a moment. What it wrote says which of us goes on.
    if (tries >= 3) throw backupExists(place, 'another run writes its ledger at the same time');
  }
}

async function findLedger(
  engine: Engine,
  place: BackupPlace,
): Promise<StoredLedger<BackupLedger> | undefined> {
  const key = place.dir + ownFiles.ledger;
  const stored = await readLedger(place.store, key, backupLedgerCodec, engine.signal);
  if (stored && (await place.store.head(place.dir + ownFiles.deleting, engine.signal))) {
    throw backupExists(place, 'an unfinished backup stands there that is being deleted');
  }
  return stored;
}

const probePrefix = `${ownFolder}probe-`;

/** 'objects' if anything but probes lies in the folder. */
async function lookInside(engine: Engine, place: BackupPlace): Promise<'empty' | 'objects'> {
  for await (const entry of place.store.list(place.dir, {}, engine.signal)) {
    if (entry.kind === 'object' && !entry.key.startsWith(place.dir + probePrefix)) return 'objects';
  }
  return 'empty';
}

async function isFinishedBy(engine: Engine, place: BackupPlace, runId: string): Promise<boolean> {
  const manifest = await readSmall(place.store, place.dir + ownFiles.manifest, engine.signal);
  if (!manifest || !(await place.store.head(place.dir + metaFiles.full, engine.signal))) return false;
  const { runId: finished } = JSON.parse(manifest.bytes.toString('utf8')) as { runId?: unknown };
  return finished === runId;
}

/** Objects without a ledger: a backup that is finished, or something that `delete` would not touch either. */
async function taken(engine: Engine, place: BackupPlace): Promise<OperatorError> {
  if (await place.store.head(place.dir + metaFiles.full, engine.signal)) {
    return backupExists(place, 'a finished backup stands there');
  }
  return backupExists(place, 'something stands there that is no finished backup and has no ledger of one');
}

function freshLedger(engine: Engine, options: CreateOptions): BackupLedger {
  return {
    v: 1,
    kind: 'backup',
    runId: options.run.runId,
    attempt: options.run.attempt === 'next' ? 1 : options.run.attempt,
    backupName: options.name,
    startTime: new Date(engine.clock.now()).toISOString(),
    engineVersion: engine.version,
    collections: [],
    gcTickets: [],
  };
}

/** What this attempt writes over the ledger that stands there; refuses foreign and overtaken ones. */
function nextAttempt(
  place: BackupPlace,
  options: CreateOptions,
  { ledger }: StoredLedger<BackupLedger>,
  engine: Engine,
): BackupLedger {
  const { run } = options;
  const byHand = run.resume && run.attempt === 'next';
  if (ledger.runId !== run.runId && !(byHand && ledger.runId !== undefined)) {
    const what = isUnknown(ledger)
      ? 'of another version'
      : `${ledger.runId}, attempt ${ledger.attempt}, begun ${ledger.startTime}`;
    throw backupExists(
      place,
      `the unfinished backup of run ${what} stands there (continue it with --resume)`,
    );
  }
  if (isUnknown(ledger))
    return freshLedger(engine, { ...options, run: { ...run, runId: ledger.runId ?? run.runId } });
  const attempt = run.attempt === 'next' ? ledger.attempt + 1 : run.attempt;
  if (attempt <= ledger.attempt) {
    throw new OperatorError(
      'Fenced',
      `run ${run.runId}: attempt ${ledger.attempt} has opened ${place.dir} already, this one is ${attempt}. ` +
        'Only a newer attempt may go on; this one changes nothing.',
    );
  }
  return { ...ledger, attempt };
}

/** Proves that the target can be written, read and emptied before anything is begun in it. */
async function probe(engine: Engine, place: BackupPlace, first: BackupLedger): Promise<void> {
  const key = `${place.dir}${probePrefix}${first.runId}-${first.attempt}`;
  const bytes = Buffer.from(first.startTime);
  await place.store.put(key, bytes, undefined, engine.signal);
  const stored = await readSmall(place.store, key, engine.signal);
  if (!stored?.bytes.equals(bytes)) {
    const what = stored ? `gave back ${stored.bytes.length} other bytes` : 'does not have it';
    throw new OperatorError(
      'StoreError',
      `${place.store.label} said that it stored ${key}, but ${what}. Nothing was backed up; check the store.`,
    );
  }
  await place.store.remove([key], engine.signal);
}

function backupExists(place: BackupPlace, what: string): OperatorError {
  return new OperatorError(
    'BackupExists',
    `the name ${place.name} is taken: in ${place.dir} of ${place.store.label} ${what}. ` +
      `Nothing was changed. Choose another name, or remove that one with: milvus-backup delete -n ${place.name}`,
  );
}
