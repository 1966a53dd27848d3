// SPDX-License-Identifier: Apache-2.0
// One restore from beginning to end. Nothing in the target is touched before backup, versions, names and every object of
// the plan have been checked; from then on the ledger knows more than this process, which may be killed at any line.
import { assertBackupName } from '../format/names.ts';
import type { Result } from '../contract/result.ts';
import type { Engine } from './engine.ts';
import { isUnknown } from './ledger-file.ts';
import type { RestoreOptions } from './options.ts';
import { carryOut } from './restore/carry-out.ts';
import { lookUpLedger, unknownVersion } from './restore/ledger.ts';
import { prepareRestore } from './restore/prepare.ts';
import { plannedResult, planLine } from './restore/result.ts';

/**
 * Restores a backup. Resolves with a result, which is Failed where collections were begun and could not be finished;
 * throws what stopped it before that, and the signal's reason when it was told to stop.
 */
export async function restoreBackup(engine: Engine, options: RestoreOptions): Promise<Result> {
  assertBackupName(options.name);
  const startTime = new Date(engine.clock.now()).toISOString();
  engine.report.progress({ step: 'Reading' });
  const stored = options.dryRun
    ? undefined
    : await lookUpLedger(engine.milvusStore(), options.run.runId, engine.signal);
  if (stored && isUnknown(stored.ledger)) throw unknownVersion(options.run.runId);
  if (stored && !isUnknown(stored.ledger) && stored.ledger.result !== undefined) {
    return stored.ledger.result as Result;
  }
  const prepared = await prepareRestore(engine, options, stored);
  if (!options.dryRun) return carryOut(engine, options, { ...prepared, stored, startTime });
  for (const item of prepared.plan.items) engine.report.item('plan', planLine(item));
  return plannedResult({
    engine,
    options,
    ...prepared,
    startTime,
    milvusVersion: prepared.milvus.server.version,
  });
}
