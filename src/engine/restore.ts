// SPDX-License-Identifier: Apache-2.0
// One restore from beginning to end. Nothing in the target is touched before backup, versions, names and every object of
// the plan have been checked; from then on the ledger knows more than this process, which may be killed at any line.
import { OperatorError } from '../base/error.ts';
import type { Result } from '../contract/result.ts';
import type { RestoreLedger } from '../format/ledger.ts';
import { assertBackupName } from '../format/names.ts';
import type { Engine } from './engine.ts';
import type { RestoreOptions } from './options.ts';
import { carryOut } from './restore/carry-out.ts';
import { giveUpAfter } from './restore/failure.ts';
import { withGrace, type Grace } from './restore/grace.ts';
import { readOwnLedger, takeOverLedger } from './restore/ledger.ts';
import { DropsChanged, prepareRestore } from './restore/prepare.ts';
import { plannedResult, planLine } from './restore/result.ts';

/**
 * Restores a backup. Resolves with a result, which is Failed where collections were begun and could not be finished;
 * throws what stopped it before that, and the signal's reason when it was told to stop.
 */
export async function restoreBackup(engine: Engine, options: RestoreOptions): Promise<Result> {
  assertBackupName(options.name);
  engine.report.progress({ step: 'Reading' });
  const { runId } = options.run;
  const stored = await readOwnLedger(engine, runId, engine.signal);
  if (options.dryRun) return planOnly(engine, options, stored?.ledger);
  if (stored?.ledger.result !== undefined) return toldAgain(stored.ledger.result as Result, options);
  if (stored && stored.ledger.source.backup !== options.name) throw otherBackup(stored.ledger, options);
  return withGrace(engine, (grace) => restoreRun(engine, options, grace));
}

/** What an earlier attempt brought to its end, as the answer to the attempt that asks now. */
function toldAgain(result: Result, { run }: RestoreOptions): Result {
  return run.attempt === 'next' ? result : { ...result, attempt: run.attempt };
}

/** `begun`: what earlier attempts of this run have done already, and would not be done again. */
async function planOnly(
  engine: Engine,
  options: RestoreOptions,
  begun: RestoreLedger | undefined,
): Promise<Result> {
  const startTime = new Date(engine.clock.now()).toISOString();
  const prepared = await prepareRestore(engine, options, begun);
  for (const item of prepared.plan.items) engine.report.item('plan', planLine(item));
  const milvusVersion = prepared.milvus.server.version;
  return plannedResult({ engine, options, ...prepared, startTime, milvusVersion });
}

/**
 * What an earlier attempt began is taken over before anything is looked at, so that it changes nothing more; a run that
 * begins has its ledger only when its plan stands.
 */
async function restoreRun(engine: Engine, options: RestoreOptions, grace: Grace): Promise<Result> {
  const startTime = new Date(engine.clock.now()).toISOString();
  const taken = await takeOverLedger(engine, options.run, grace.signal);
  try {
    const prepared = await prepareRestore(engine, options, taken?.current());
    return await carryOut(engine, options, { ...prepared, startTime, taken, grace });
  } catch (error) {
    if (taken && !(error instanceof DropsChanged))
      throw await giveUpAfter(engine, { ledger: taken, options, signal: grace.signal, error });
    throw error;
  }
}

function otherBackup({ runId, source }: RestoreLedger, { name }: RestoreOptions): OperatorError {
  return new OperatorError(
    'InvalidConfiguration',
    `run ${runId} restores the backup ${source.backup}, not ${name}: one run restores one backup. ` +
      'Nothing was changed. Leave out --run-id to begin another run.',
  );
}
