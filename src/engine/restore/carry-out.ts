// SPDX-License-Identifier: Apache-2.0
// Carries a plan out: ledger, databases, collections, and what remains to be removed, however it ends.
import { forEachConcurrent } from '../../base/backoff.ts';
import { messageOf, OperatorError } from '../../base/error.ts';
import type { Result } from '../../contract/result.ts';
import { restoresFolder } from '../../format/paths.ts';
import type { Engine } from '../engine.ts';
import type { RestoreOptions } from '../options.ts';
import { createTally } from '../tally.ts';
import { removeFiles, removeOldLedgers } from './cleanup.ts';
import { restoreCollection } from './collection.ts';
import { failedResult, interrupted } from './failure.ts';
import { createGate } from '../../base/gate.ts';
import { succeeded } from './ledger-entry.ts';
import type { Grace } from './grace.ts';
import { assertSameBackup, beginLedger, firstLedger, type RestoreLedgerFile } from './ledger.ts';
import type { PlanItem } from './plan.ts';
import type { Prepared } from './prepare.ts';
import { restoredResult, tellCollections, type Told } from './result.ts';
import { UnprovenStorage, type RestoreRun } from './run.ts';
import { bytesOf, fullName, objectsOf } from './source-collection.ts';
import { createDatabases } from './target.ts';

export type Work = Prepared & {
  startTime: string;
  /** Of an earlier attempt. */
  taken: RestoreLedgerFile | undefined;
  grace: Grace;
};

export async function carryOut(engine: Engine, options: RestoreOptions, work: Work): Promise<Result> {
  const { grace } = work;
  engine.report.progress({ step: 'Ledger' });
  const ledger = await ledgerFor(engine, options, work);
  const run = createRun(engine, options, work, ledger);
  try {
    await Promise.race([restoreAll(run, work), grace.over]);
    return await finish(run, work);
  } catch (error) {
    if (engine.signal.aborted) throw interrupted(engine, ledger.current());
    return await failedResult({ ...run, signal: grace.signal }, { ...toTell(run, work), error });
  }
}

async function ledgerFor(
  engine: Engine,
  options: RestoreOptions,
  { source, startTime, taken, grace }: Work,
): Promise<RestoreLedgerFile> {
  const { onFailure, run } = options;
  const begun = { source: { backup: options.name, fullMetaSha256: source.metaSha256 }, startTime, onFailure };
  if (!taken) return beginLedger(engine, firstLedger(run, begun), grace.signal);
  assertSameBackup(taken.current(), begun.source);
  if (taken.current().onFailure !== onFailure) await taken.record((ledger) => ({ ...ledger, onFailure }));
  return taken;
}

function createRun(
  engine: Engine,
  options: RestoreOptions,
  { source, milvus, plan, warnings, storage }: Work,
  ledger: RestoreLedgerFile,
): RestoreRun {
  const { restore, transfer } = engine.config;
  const tally = createTally(engine.report, engine.clock);
  const open = plan.items.filter((i) => i.action !== 'skip' && i.action !== 'done');
  const sum = (of: (item: PlanItem) => number): number => open.reduce((n, i) => n + of(i), 0);
  const isFull = options.scope === 'Full';
  tally.add({
    collectionsTotal: open.length,
    objectsTotal: isFull ? sum((i) => objectsOf(i.source)) : 0,
    bytesTotal: isFull ? sum((i) => bytesOf(i.source)) : 0,
  });
  return {
    engine,
    options,
    source,
    milvus,
    target: engine.milvusStore(),
    ledger,
    signal: engine.signal,
    tally,
    imports: createGate(restore.concurrency.importJobs),
    copies: createGate(transfer.concurrency),
    storage: { isProven: storage === 'matches' },
    warnings,
    warn(warning) {
      if (warnings.some((w) => w.message === warning.message)) return;
      warnings.push(warning);
      engine.report.warn(warning);
    },
  };
}

async function restoreAll(run: RestoreRun, { plan }: Work): Promise<void> {
  await createDatabases(run, plan.databases);
  const open = plan.items.filter((i) => i.action !== 'skip' && i.action !== 'done');
  const unproven: PlanItem[] = [];
  await restoreEach(run, open, (item) => unproven.push(item));
  // By now another may have shown what these could not; their imports are not made again.
  await restoreEach(run, unproven);
}

/** The first failure stops the others where they stand: what they have begun is in the ledger. */
async function restoreEach(
  run: RestoreRun,
  items: readonly PlanItem[],
  putOff?: (item: PlanItem) => void,
): Promise<void> {
  const stop = new AbortController();
  const one = { ...run, signal: AbortSignal.any([run.signal, stop.signal]) };
  const { collections } = run.engine.config.restore.concurrency;
  await forEachConcurrent(
    items,
    collections,
    async (item) => {
      if (one.signal.aborted) return;
      try {
        await restoreCollection(one, item);
      } catch (error) {
        if (putOff && error instanceof UnprovenStorage) return putOff(item);
        // What stops one after another failed is not its own failure.
        if (!one.signal.aborted) run.engine.log.warn(logged(item, error), 'collection failed');
        stop.abort(error);
        throw error instanceof OperatorError ? named(error, fullName(item.target)) : error;
      }
    },
    run.signal,
  );
}

function logged({ target }: PlanItem, error: unknown): Record<string, string> {
  return { collection: fullName(target), error: messageOf(error) };
}

/** Calls to Milvus name the temporary collection; people know the real one. */
function named(error: OperatorError, target: string): OperatorError {
  if (error.message.includes(target)) return error;
  return new OperatorError(error.reason, `${target}: ${error.message}`, { cause: error });
}

async function finish(run: RestoreRun, work: Work): Promise<Result> {
  run.tally.say('CleaningUp');
  const { engine, target } = run;
  const { runId } = run.options.run;
  if (!engine.config.restore.keepTempFiles) await removeFiles(target, runId, run.signal);
  const told = toTell(run, work);
  tellCollections(told, run.ledger.current());
  const result = restoredResult(told, run.ledger.current());
  await run.ledger.record(succeeded(result, result.endTime!));
  await removeOldLedgers(engine, restoresFolder, run.signal).catch((error: unknown) => {
    engine.log.warn({ error: messageOf(error) }, 'ledgers of old restores were left');
  });
  return result;
}

function toTell(run: RestoreRun, { plan, source, startTime, milvus }: Work): Told {
  const { engine, options, warnings } = run;
  return { engine, options, source, plan, warnings, startTime, milvusVersion: milvus.server.version };
}
