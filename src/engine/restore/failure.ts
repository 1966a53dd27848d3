// SPDX-License-Identifier: Apache-2.0
// What happens when a restore cannot go on. Where another attempt may succeed everything is left for it, with the ledger;
// where none can, what this run made is removed and the ledger says that it has ended.
import { messageOf, OperatorError } from '../../base/error.ts';
import type { Reason } from '../../base/reason.ts';
import type { Result } from '../../contract/result.ts';
import type { RestoreLedger, RestoreLedgerCollection } from '../../format/ledger.ts';
import type { Engine } from '../engine.ts';
import { dropCollections, removeFiles, stillRunning } from './cleanup.ts';
import type { RestoreOptions } from '../options.ts';
import { ended, openImports } from './ledger-entry.ts';
import type { RestoreLedgerFile } from './ledger.ts';
import { baseResult, tellCollections, type Told } from './result.ts';
import type { RestoreRun } from './run.ts';

/** Rethrows what is no failure of ours to tell, such as a programming error. */
export async function failedResult(run: RestoreRun, told: Told & { error: unknown }): Promise<Result> {
  const { error } = told;
  if (!(error instanceof OperatorError)) throw error;
  const before = run.ledger.current();
  const runningImports = await stillRunning(run, openImports(before));
  const removal = await putAway(run, error);
  const total = told.plan.items.length;
  const skipped = told.plan.items.filter((i) => i.action === 'skip').length;
  const isCleared = run.options.onFailure === 'RemoveCreated' && error.consequence === 'stop';
  const left = isCleared ? before.collections.filter(isStaying) : before.collections;
  const succeeded = left.filter((c) => c.state === 'done').length;
  const failures = [{ name: firstName(error.message), reason: error.reason, message: error.message }];
  run.engine.report.item('failures', failures[0]!);
  tellCollections(told, { ...before, collections: left });
  return {
    ...baseResult(told),
    outcome: 'Failed',
    reason: error.reason,
    message: `${error.message} ${removal}`.trimEnd(),
    attempt: before.attempt,
    collections: { total, succeeded, dropped: 0, skipped, failed: total - skipped - succeeded },
    failures,
    ...(runningImports.length > 0 ? { runningImports } : {}),
  };
}

/** What has taken another's place stays whatever becomes of the rest: the other is gone. */
function isStaying({ state, replaces }: RestoreLedgerCollection): boolean {
  return state === 'done' && replaces !== undefined;
}

/** Messages of one collection begin with its name. */
function firstName(message: string): string {
  return /^[^\s:,]+\.[^\s:,]+/.exec(message)?.[0] ?? '';
}

/** A run whose ledger is ours and that cannot go on. */
export type Given = { ledger: RestoreLedgerFile; options: RestoreOptions; signal: AbortSignal };

/** What is left over when removing fails is for the cleanup command; the failure itself is what must be told. */
async function removeAll(engine: Engine, { ledger, options, signal }: Given): Promise<string> {
  const { runId } = options.run;
  try {
    engine.report.progress({ step: 'CleaningUp' });
    await ledger.recordAndOwn((l) => l);
    const milvus = await engine.milvus();
    const dropped = await dropCollections({ engine, milvus, signal }, ledger.current());
    if (!engine.config.restore.keepTempFiles) await removeFiles(engine.milvusStore(), runId, signal);
    await ledger.record(ended(new Date(engine.clock.now()).toISOString()));
    return dropped.length > 0 ? `Removed: ${dropped.join(', ')}.` : 'Nothing unfinished was left.';
  } catch (error) {
    engine.log.warn({ error: messageOf(error) }, 'what the restore made could not be removed');
    return `What it made could not be removed (${messageOf(error)}): run milvus-backup cleanup --run-id ${runId}.`;
  }
}

const slips: readonly Reason[] = ['InvalidConfiguration', 'NothingMatches'];

/**
 * A later attempt that fails before it goes on: if none can succeed, what earlier ones made is removed. Not for a slip
 * of whoever typed the command: the next one may be right.
 */
export async function giveUpAfter(engine: Engine, given: Given & { error: unknown }): Promise<unknown> {
  const { error } = given;
  if (!(error instanceof OperatorError) || error.consequence !== 'stop' || engine.signal.aborted)
    return error;
  if (slips.includes(error.reason)) return error;
  const removal = await removeAll(engine, given);
  return new OperatorError(error.reason, `${error.message} ${removal}`, { cause: error });
}

async function putAway(run: RestoreRun, error: OperatorError): Promise<string> {
  if (error.consequence === 'stop') return removeAll(run.engine, run);
  // Whoever was overtaken has nothing to put away and nothing to advise.
  return error.reason === 'Fenced' ? '' : leftFor(run);
}

function leftFor({ options }: RestoreRun): string {
  const { runId } = options.run;
  return `What was begun is kept: restore again with --run-id ${runId} to go on, or give up with milvus-backup cleanup --run-id ${runId}.`;
}

/** What the run was told by: with the import jobs that go on without it. */
export function interrupted(engine: Engine, ledger: RestoreLedger): OperatorError {
  const reason: unknown = engine.signal.reason;
  const jobs = openImports(ledger);
  const going = jobs.length > 0 ? ` Import jobs that go on in Milvus: ${jobs.join(', ')}.` : '';
  const message = reason instanceof OperatorError ? messageOf(reason) : 'the restore was told to stop';
  return new OperatorError(
    reason instanceof OperatorError ? reason.reason : 'Interrupted',
    `${message}. Everything begun is in the ledger of run ${ledger.runId}.${going}`,
    { cause: reason },
  );
}
