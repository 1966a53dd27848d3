// SPDX-License-Identifier: Apache-2.0
// What the parts of one restore share while it runs.
import { backoffMs } from '../../base/backoff.ts';
import { hasReason, OperatorError } from '../../base/error.ts';
import type { Warning } from '../../contract/event.ts';
import type { MilvusClient } from '../../milvus/contract.ts';
import type { ObjectStore } from '../../store/contract.ts';
import type { Engine } from '../engine.ts';
import type { RestoreOptions } from '../options.ts';
import type { Tally } from '../tally.ts';
import type { Gate } from '../../base/gate.ts';
import type { RestoreLedgerFile } from './ledger.ts';
import type { BackupSource } from './source.ts';

export type RestoreRun = {
  engine: Engine;
  options: RestoreOptions;
  source: BackupSource;
  milvus: MilvusClient;
  /** The store that the target Milvus reads and writes. */
  target: ObjectStore;
  ledger: RestoreLedgerFile;
  /** Stops this run's waits: the engine's signal, or the first failure of a collection. */
  signal: AbortSignal;
  tally: Tally;
  /** Import jobs in flight, over all collections. */
  imports: Gate;
  /** Objects being staged, over all collections. */
  copies: Gate;
  /** The bucket is Milvus's own: seen before the restore by a segment of its, or later by rows that it imported. */
  storage: { isProven: boolean };
  warnings: Warning[];
  warn(warning: Warning): void;
};

/** Two and a half minutes in all: a Milvus that restarts is back by then, and its import jobs go on. */
const patience = { attempts: 15, minMs: 500, maxMs: 15_000 };

/** Repeats a call that is safe to repeat while Milvus or the network is away. Never CreateCollection, never Import. */
export async function patiently<T>(
  run: Pick<RestoreRun, 'engine' | 'signal'>,
  call: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    run.signal.throwIfAborted();
    try {
      return await call();
    } catch (error) {
      if (!isTransient(error) || attempt >= patience.attempts) throw error;
    }
    await run.engine.clock.sleep(backoffMs(patience, attempt, Math.random()), run.signal);
  }
}

/** Nothing is known to be wrong with what was asked; the answer did not come. */
export function isTransient(error: unknown): boolean {
  return hasReason(error, 'Unreachable', 'Throttled');
}

/** Milvus itself refused, with a status; without one (a lost connection, a time-out) the call may have been carried out. */
export function isAnswered(error: unknown): boolean {
  return error instanceof OperatorError && error.cause !== undefined && !(error.cause instanceof Error);
}

const refusalsBorne = 20;

/** For calls that must not be repeated: goes on only after a refusal of Milvus's rate limiter, which stands before all. */
export async function whenAllowed<T>(
  run: Pick<RestoreRun, 'engine' | 'signal'>,
  call: () => Promise<T>,
): Promise<T> {
  for (let refusals = 0; ; refusals++) {
    run.signal.throwIfAborted();
    try {
      return await call();
    } catch (error) {
      const isLimited = hasReason(error, 'Throttled') && isAnswered(error);
      if (!isLimited || refusals >= refusalsBorne) throw error;
    }
    await run.engine.clock.sleep(Math.min(15_000, 500 * 2 ** refusals), run.signal);
  }
}

/**
 * Milvus imported no row of a collection that has deletes: rightly, if they delete all of it; but an import of version 1
 * from a bucket that is not Milvus's ends the same way. What other collections import tells which.
 */
export class UnprovenStorage extends OperatorError {}

/** What was made of a collection so far is not to be trusted: it is dropped, and the collection begun anew. */
export class BeginAnew extends Error {
  override readonly name = 'BeginAnew';
}
