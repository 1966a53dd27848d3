// SPDX-License-Identifier: Apache-2.0
// A ledger in object storage: one document, one writer at a time, every write conditional on the version last read.
// Both halves of the engine hold theirs through this file. It knows run ids and attempts, nothing of what else stands in
// a ledger, and it never decides what a foreign ledger means: its opener does.
import type { Clock } from '../base/clock.ts';
import { OperatorError } from '../base/error.ts';
import type { Condition, ObjectStore } from '../store/contract.ts';
import { readSmall } from './objects.ts';

export type LedgerBase = { runId: string; attempt: number };

export type LedgerCodec<T extends LedgerBase> = {
  encode(ledger: T): string;
  /** Throws BackupUnreadable on nonsense; an unknown version is a value. */
  decode(text: string, where: string): T | UnknownLedger;
};

/** A ledger of a version that this program does not know. */
export type UnknownLedger = { unknownVersion: unknown; runId?: string | undefined };

export type StoredLedger<T> = { ledger: T | UnknownLedger; etag: string };

export function isUnknown(ledger: object): ledger is UnknownLedger {
  return 'unknownVersion' in ledger;
}

/** An open ledger. Updates run one after the other; each is stored before the promise resolves. */
export type LedgerFile<T extends LedgerBase> = {
  readonly key: string;
  current(): T;
  update(change: (ledger: T) => T): Promise<void>;
  /** Reads it again: throws Fenced unless it is still this run's and this attempt's. */
  assertOwned(): Promise<void>;
  remove(): Promise<void>;
};

/** Reads a ledger; undefined if none stands there. */
export async function readLedger<T extends LedgerBase>(
  store: ObjectStore,
  key: string,
  codec: LedgerCodec<T>,
  signal?: AbortSignal,
): Promise<StoredLedger<T> | undefined> {
  const found = await readSmall(store, key, signal);
  if (!found) return undefined;
  return { ledger: codec.decode(found.bytes.toString('utf8'), `${store.label} ${key}`), etag: found.etag };
}

type Open<T extends LedgerBase> = {
  store: ObjectStore;
  key: string;
  codec: LedgerCodec<T>;
  clock: Clock;
  /** What the first write replaces: nothing, or the version that was read. */
  replaces: { etag: string } | undefined;
  signal: AbortSignal;
};

/**
 * Stores `first` and holds the ledger from then on. Resolves to undefined if something else was there first: the caller
 * reads it again and judges.
 */
export async function takeLedger<T extends LedgerBase>(
  first: T,
  open: Open<T>,
): Promise<LedgerFile<T> | undefined> {
  const writer = createWriter(open);
  const etag = await writer.write(first, open.replaces?.etag);
  return etag === undefined ? undefined : hold(first, etag, writer, open);
}

function hold<T extends LedgerBase>(
  first: T,
  firstEtag: string,
  writer: Writer<T>,
  open: Open<T>,
): LedgerFile<T> {
  let ledger = first;
  let etag = firstEtag;
  let queue: Promise<void> = Promise.resolve();
  const inTurn = (action: () => Promise<void>): Promise<void> => {
    const turn = queue.then(action);
    queue = turn.catch(() => undefined);
    return turn;
  };
  const reread = async (): Promise<void> => {
    const stored = await readLedger(open.store, open.key, open.codec, open.signal);
    if (!stored || !isOwn(stored.ledger, ledger)) throw fenced(open, ledger, stored?.ledger);
    etag = stored.etag;
  };
  return {
    key: open.key,
    current: () => ledger,
    update: (change) =>
      inTurn(async () => {
        const next = change(ledger);
        const written = await writer.write(next, etag);
        if (written === undefined) {
          const stored = await readLedger(open.store, open.key, open.codec, open.signal);
          throw fenced(open, ledger, stored?.ledger);
        }
        ledger = next;
        etag = written;
      }),
    assertOwned: () => inTurn(reread),
    remove: () => inTurn(async () => void (await open.store.remove([open.key], open.signal))),
  };
}

function isOwn(stored: LedgerBase | UnknownLedger, own: LedgerBase): boolean {
  return !isUnknown(stored) && stored.runId === own.runId && stored.attempt === own.attempt;
}

function fenced(
  open: { store: ObjectStore; key: string },
  own: LedgerBase,
  stored?: LedgerBase | UnknownLedger,
): OperatorError {
  const now =
    stored === undefined
      ? 'it is gone: another attempt has finished or removed this run'
      : isUnknown(stored)
        ? 'a ledger of another version stands there'
        : `run ${stored.runId}, attempt ${stored.attempt} holds it now`;
  return new OperatorError(
    'Fenced',
    `run ${own.runId}, attempt ${own.attempt} no longer owns ${open.key} in ${open.store.label}: ${now}. ` +
      'This attempt stops here and changes nothing more; look at the newer one.',
  );
}

type Writer<T> = {
  /** The new ETag, or undefined if another version stands there. */
  write(ledger: T, expected: string | undefined): Promise<string | undefined>;
};

function createWriter<T extends LedgerBase>(open: Open<T>): Writer<T> {
  return {
    async write(ledger, expected) {
      const bytes = Buffer.from(open.codec.encode(ledger));
      if (open.store.capabilities.conditionalWrites) return writeIf(open, bytes, expected);
      return writeAndLook(open, bytes, expected);
    },
  };
}

/** A refusal may be the echo of our own write whose answer was lost: what stands there decides. */
async function writeIf<T extends LedgerBase>(
  open: Open<T>,
  bytes: Buffer,
  expected: string | undefined,
): Promise<string | undefined> {
  const condition: Condition = expected === undefined ? { ifNoneMatch: '*' } : { ifMatch: expected };
  const outcome = await open.store.put(open.key, bytes, condition, open.signal);
  if (outcome.written) return outcome.etag;
  const stored = await readSmall(open.store, open.key, open.signal);
  return stored?.bytes.equals(bytes) ? stored.etag : undefined;
}

/** For stores without conditional writes: read, compare, write, and after a first write wait and look who won. */
async function writeAndLook<T extends LedgerBase>(
  open: Open<T>,
  bytes: Buffer,
  expected: string | undefined,
): Promise<string | undefined> {
  const before = await open.store.head(open.key, open.signal);
  if (before?.etag !== expected) return undefined;
  await open.store.put(open.key, bytes, undefined, open.signal);
  if (expected === undefined) await open.clock.sleep(2000, open.signal);
  const stored = await readSmall(open.store, open.key, open.signal);
  return stored?.bytes.equals(bytes) ? stored.etag : undefined;
}
