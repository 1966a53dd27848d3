// SPDX-License-Identifier: Apache-2.0
// Carries a plan out: ledger, databases, collections, and what remains to be removed, however it ends.
import { forEachConcurrent } from '../../base/backoff.ts';
import { messageOf, OperatorError } from '../../base/error.ts';
import type { Result } from '../../contract/result.ts';
import type { RestoreLedger } from '../../format/ledger.ts';
import { restoresFolder } from '../../format/paths.ts';
import type { Engine } from '../engine.ts';
import type { StoredLedger } from '../ledger-file.ts';
import type { RestoreOptions } from '../options.ts';
import { createTally } from '../tally.ts';
import { removeFiles, removeOldLedgers } from './cleanup.ts';
import { restoreCollection } from './collection.ts';
import { failedResult, interrupted } from './failure.ts';
import { createGate } from './gate.ts';
import { succeeded } from './ledger-entry.ts';
import { nextLedger, openLedger, type RestoreLedgerFile } from './ledger.ts';
import type { PlanItem } from './plan.ts';
import type { Prepared } from './prepare.ts';
import { restoredResult, type Told } from './result.ts';
import type { RestoreRun } from './run.ts';
import { bytesOf, fullName, objectsOf } from './source-collection.ts';
import { createDatabases } from './target.ts';

export type Work = Prepared & { stored: StoredLedger<RestoreLedger> | undefined; startTime: string };

/** The process may go on this long after it was told to stop: within the 20 s of design.md 7. */
const graceMs = 12_000;

export async function carryOut(engine: Engine, options: RestoreOptions, work: Work): Promise<Result> {
  const grace = graceAfter(engine);
  try {
    engine.report.progress({ step: 'Ledger' });
    const ledger = await takeOver(engine, options, work, grace.signal);
    const run = createRun(engine, options, work, ledger);
    try {
      await Promise.race([restoreAll(run, work), grace.over]);
      return await finish(run, work);
    } catch (error) {
      if (engine.signal.aborted) throw interrupted(engine, ledger.current());
      return await failedResult({ ...run, signal: grace.signal }, { ...toTell(run, work), error });
    }
  } finally {
    grace.end();
  }
}

/** A signal that comes `graceMs` after the engine's; `over` rejects then. */
function graceAfter(engine: Engine): { signal: AbortSignal; over: Promise<never>; end: () => void } {
  const late = new AbortController();
  const stop = new AbortController();
  const over = new Promise<never>((_, reject) => {
    late.signal.addEventListener('abort', () => reject(late.signal.reason as Error), { once: true });
  });
  over.catch(() => undefined);
  const begin = (): void => {
    engine.clock.sleep(graceMs, stop.signal).then(
      () => late.abort(engine.signal.reason),
      () => undefined,
    );
  };
  if (engine.signal.aborted) begin();
  else engine.signal.addEventListener('abort', begin, { once: true });
  return {
    signal: late.signal,
    over,
    end: () => {
      engine.signal.removeEventListener('abort', begin);
      stop.abort();
    },
  };
}

function takeOver(
  engine: Engine,
  options: RestoreOptions,
  { source, stored, startTime }: Work,
  signal: AbortSignal,
): Promise<RestoreLedgerFile> {
  const first = nextLedger(stored, options.run, {
    source: { backup: options.name, fullMetaSha256: source.metaSha256 },
    startTime,
    onFailure: options.onFailure,
  });
  return openLedger(engine, first, stored, signal);
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

/** The first failure stops the others where they stand: what they have begun is in the ledger. */
async function restoreAll(run: RestoreRun, { plan }: Work): Promise<void> {
  await createDatabases(run, plan.databases);
  const stop = new AbortController();
  const one = { ...run, signal: AbortSignal.any([run.signal, stop.signal]) };
  const open = plan.items.filter((i) => i.action !== 'skip' && i.action !== 'done');
  const { collections } = run.engine.config.restore.concurrency;
  await forEachConcurrent(
    open,
    collections,
    async (item) => {
      if (one.signal.aborted) return;
      try {
        await restoreCollection(one, item);
      } catch (error) {
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
  const result = restoredResult(toTell(run, work), run.ledger.current());
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
