// SPDX-License-Identifier: Apache-2.0
// One backup from beginning to end. Each part may be killed between any two lines: the next attempt of the same run
// finds the ledger and goes on; nobody else's run can.
import { forEachConcurrent } from '../base/backoff.ts';
import { hasReason, messageOf, OperatorError } from '../base/error.ts';
import type { Reason } from '../base/reason.ts';
import type { Warning } from '../contract/event.ts';
import type { Result } from '../contract/result.ts';
import type { BackupLedger, BackupLedgerCollection } from '../format/ledger.ts';
import { assertBackupName } from '../format/names.ts';
import { backupDir } from '../format/paths.ts';
import type { MilvusClient } from '../milvus/contract.ts';
import { backUpCollection, setEntry } from './backup-collection.ts';
import { listCopied, removeCopied } from './backup-copy.ts';
import { commitBackup, finishCommitted, tellFinished } from './backup-commit.ts';
import { openBackupFolder } from './backup-open.ts';
import { fullName, type BackupPlace, type BackupRun } from './backup-run.ts';
import { chooseCollections } from './backup-select.ts';
import type { Engine } from './engine.ts';
import { startGCPause } from './gc-pause.ts';
import type { LedgerFile } from './ledger-file.ts';
import { openSpool, type Spool } from './objects.ts';
import type { CreateOptions } from './options.ts';
import { checkStorageMatch } from './storage-match.ts';
import { assertPrefixApart } from './overlap.ts';
import { createTally } from './tally.ts';

export async function createBackup(engine: Engine, options: CreateOptions): Promise<Result> {
  assertBackupName(options.name);
  assertPrefixApart(engine.config);
  const store = engine.backupStore();
  const place: BackupPlace = {
    store,
    dir: backupDir(engine.config.backup.storage.rootPath, options.name),
    name: options.name,
  };
  engine.report.progress({ step: 'Preflight' });
  const milvus = await engine.milvus();
  await store.check(engine.signal);
  await engine.milvusStore().check(engine.signal);
  engine.report.progress({ step: 'Ledger' });
  const opened = await openBackupFolder(engine, options, place, () =>
    assertPossible(engine, options, milvus),
  );
  if (opened.kind === 'finished') return tellFinished(engine, place);
  const spool = await openSpool();
  try {
    const run = createRun({ engine, options, place, milvus, ledger: opened.ledger, spool });
    return await runBackup(run).catch((error: unknown) => blame(run, error));
  } finally {
    await spool.close();
  }
}

/** Asked before the first write, so that a refusal leaves nothing behind and the name free. */
async function assertPossible(engine: Engine, options: CreateOptions, milvus: MilvusClient): Promise<void> {
  const { collections } = await chooseCollections(milvus, options);
  if (options.scope === 'Full') await checkStorageMatch(engine, milvus, collections);
}

type Parts = {
  engine: Engine;
  options: CreateOptions;
  place: BackupPlace;
  milvus: BackupRun['milvus'];
  ledger: LedgerFile<BackupLedger>;
  spool: Spool;
};

function createRun(parts: Parts): BackupRun {
  const { engine } = parts;
  const warnings: Warning[] = [];
  const warned = new Set<Reason>();
  return {
    ...parts,
    source: engine.milvusStore(),
    tally: createTally(engine.report, engine.clock),
    checksums: new Map(),
    failures: [],
    warned,
    warnings,
    warn(warning) {
      if (warnings.some((w) => w.message === warning.message)) return;
      warned.add(warning.reason);
      warnings.push(warning);
      engine.report.warn(warning);
    },
  };
}

/** What went wrong in an attempt that no longer owns its run is nobody's failure: it was overtaken. */
async function blame(run: BackupRun, error: unknown): Promise<never> {
  if (!run.engine.signal.aborted && !hasReason(error, 'Fenced')) {
    await run.ledger.assertOwned().catch((later: unknown) => {
      if (hasReason(later, 'Fenced')) throw later;
    });
  }
  throw error;
}

async function runBackup(run: BackupRun): Promise<Result> {
  const finished = await finishCommitted(run);
  if (finished) return finished;
  run.tally.say('Metadata');
  const databases = await planRun(run);
  const gc = await startGCPause(run);
  try {
    const open = run.ledger.current().collections.filter((c) => c.state !== 'dropped');
    const { collections } = run.engine.config.backup.concurrency;
    await forEachConcurrent(
      open,
      collections,
      async (entry) => {
        await gc.hold(entry.id);
        await oneCollection(run, entry);
        await gc.release(entry.id);
      },
      run.engine.signal,
    );
  } finally {
    await gc.stop();
  }
  return commitBackup(run, databases);
}

/** Fixes in the ledger what this run covers, at its first attempt; later attempts keep to it. */
async function planRun(run: BackupRun): Promise<string[]> {
  const planned = run.ledger.current().collections;
  const chosen = await chooseCollections(run.milvus, run.options, { mayBeGone: planned.length > 0 });
  if (planned.length === 0) {
    await run.ledger.update((ledger) => ({
      ...ledger,
      collections: chosen.collections.map(({ database: db, name, id }) => ({
        db,
        name,
        id,
        state: 'planned' as const,
      })),
    }));
  }
  run.tally.add({ collectionsTotal: run.ledger.current().collections.length });
  run.tally.say('Metadata');
  return chosen.databases;
}

async function oneCollection(run: BackupRun, entry: BackupLedgerCollection): Promise<void> {
  try {
    await run.ledger.assertOwned();
    await backUpCollection(run, entry);
  } catch (error) {
    if (!isSkippable(run, error)) throw error;
    run.failures.push({ name: fullName(entry), reason: error.reason, message: messageOf(error) });
    run.engine.report.item('failures', {
      name: fullName(entry),
      reason: error.reason,
      message: messageOf(error),
    });
    await removeCopied(run, (await listCopied(run, entry.id)).keys());
    await setEntry(run, entry.id, { state: 'skipped' });
  }
}

/** What concerns one collection alone may be skipped when the user said so; a lost store or a lost race may not. */
function isSkippable(run: BackupRun, error: unknown): error is OperatorError {
  return (
    run.options.onCollectionError === 'Skip' &&
    hasReason(error, 'CollectionChanging', 'StorageMismatch', 'VersionRefused', 'MilvusError')
  );
}
