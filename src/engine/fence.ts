// SPDX-License-Identifier: Apache-2.0
// Takes the ledger of an unfinished backup away from whoever may still run it: a higher attempt stands in it then, which
// that run reads before it commits, so that nobody finishes a backup while its data are being removed.
import { hasReason } from '../base/error.ts';
import type { BackupLedger } from '../format/ledger.ts';
import { metaFiles, ownFiles } from '../format/paths.ts';
import { backupLedgerCodec } from './backup-open.ts';
import type { BackupFolder } from './catalog.ts';
import type { Engine } from './engine.ts';
import { isUnknown, readLedger, takeLedger, type LedgerFile, type StoredLedger } from './ledger-file.ts';

const tries = 3;

/** The run that is fenced off; undefined if the backup is finished, or its ledger missing or unreadable. */
export async function fenceRun(engine: Engine, folder: BackupFolder): Promise<string | undefined> {
  if (!folder.marks.own.has(ownFiles.ledger) || folder.marks.meta.has(metaFiles.full)) return undefined;
  return (await takeOver(engine, folder))?.current().runId;
}

/** Holds the ledger under a new attempt; undefined if there is none that this version can read. */
export async function takeOver(
  engine: Engine,
  folder: BackupFolder,
): Promise<LedgerFile<BackupLedger> | undefined> {
  for (let attempt = 1; attempt <= tries; attempt++) {
    const stored = await readKnownLedger(engine, folder);
    if (!stored) return undefined;
    const next = { ...stored.ledger, attempt: stored.ledger.attempt + 1 };
    const ledger = await takeLedger(next, {
      store: folder.store,
      key: folder.dir + ownFiles.ledger,
      codec: backupLedgerCodec,
      clock: engine.clock,
      replaces: { etag: stored.etag },
      signal: engine.signal,
    });
    if (ledger) return ledger;
  }
  return undefined;
}

/** Undefined also for a ledger of another version, or one that is none. */
export async function readKnownLedger(
  engine: Engine,
  { store, dir }: BackupFolder,
): Promise<{ ledger: BackupLedger; etag: string } | undefined> {
  const stored = await readLedger(store, dir + ownFiles.ledger, backupLedgerCodec, engine.signal).catch(
    (error: unknown): StoredLedger<BackupLedger> | undefined => {
      if (hasReason(error, 'BackupUnreadable')) return undefined;
      throw error;
    },
  );
  if (!stored || isUnknown(stored.ledger)) return undefined;
  return { ledger: stored.ledger, etag: stored.etag };
}
