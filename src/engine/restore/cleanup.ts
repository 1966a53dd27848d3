// SPDX-License-Identifier: Apache-2.0
// Removes what a restore leaves that is not going on: its temporary collections, what it staged, uploads it began. Every
// collection is compared with the ledger by id, or by a name that only this run can have made; nothing else is dropped.
import { OperatorError } from '../../base/error.ts';
import { temporaryName } from '../../format/names.ts';
import { restoreKeys } from '../../format/paths.ts';
import type { RestoreLedger, RestoreLedgerCollection } from '../../format/ledger.ts';
import type { MilvusClient } from '../../milvus/contract.ts';
import type { ObjectStore } from '../../store/contract.ts';
import type { Engine } from '../engine.ts';
import { isUnknown } from '../ledger-file.ts';
import { ended, openImports } from './ledger-entry.ts';
import { lookUpLedger, readOwnLedger, takeOverLedger, type RestoreLedgerFile } from './ledger.ts';
import { patiently } from './run.ts';
import { keysBelow, removeStaged } from './stage.ts';
import { dropOwn } from './standing.ts';
import { settleSwaps } from './swap.ts';

export type Cleaned = {
  /** Names of dropped collections. */
  collections: string[];
  /** Staged objects that were removed. */
  objects: number;
  uploads: number;
  /** Import jobs that cannot be recalled; they end by themselves, into nothing where their collection was dropped. */
  runningImports: string[];
};

export type Cleaning = { engine: Engine; milvus: MilvusClient; signal: AbortSignal };

/**
 * For the cleanup command: takes the run's ledger, so that whoever still runs is fenced off, removes what the run left,
 * and marks it ended. May be repeated; a run without a ledger left nothing.
 */
export async function cleanupRestore(engine: Engine, runId: string): Promise<Cleaned> {
  const { signal } = engine;
  const store = engine.milvusStore();
  const stored = await readOwnLedger(engine, runId, signal);
  const isOver = !stored || stored.ledger.endTime !== undefined;
  const run = { runId, attempt: 'next', resume: true } as const;
  const ledger = isOver ? undefined : await takeOverLedger(engine, run, signal);
  if (!ledger) return { ...nothing(), ...(await removeFiles(store, runId, signal)) };
  try {
    return await cleanUp(engine, ledger);
  } catch (error) {
    throw withLeftovers(error, ledger.current(), store);
  }
}

async function cleanUp(engine: Engine, ledger: RestoreLedgerFile): Promise<Cleaned> {
  const { signal } = engine;
  const store = engine.milvusStore();
  const { runId } = ledger.current();
  const cleaning: Cleaning = { engine, milvus: await engine.milvus(), signal };
  engine.report.progress({ step: 'CleaningUp' });
  const collections = await dropCollections(cleaning, ledger.current());
  const runningImports = await stillRunning(cleaning, openImports(ledger.current()));
  const files = await removeFiles(store, runId, signal);
  await ledger.record(ended(new Date(engine.clock.now()).toISOString()));
  return { collections, runningImports, ...files };
}

const namedLeftovers = 5;

/** The error with what may still be there, by name, in front: a message is cut at its end. */
function withLeftovers(error: unknown, ledger: RestoreLedger, store: ObjectStore): unknown {
  if (!(error instanceof OperatorError)) return error;
  const names = ledger.collections.flatMap((entry) => leftName(entry, ledger.onFailure));
  const more = names.length > namedLeftovers ? ` and ${names.length - namedLeftovers} more` : '';
  const collections =
    names.length === 0 ? '' : `collections ${names.slice(0, namedLeftovers).join(', ')}${more}, `;
  const staged = `objects below ${restoreKeys(ledger.runId).folder} in ${store.label}`;
  return new OperatorError(error.reason, `may be left: ${collections}${staged}. ${error.message}`, {
    cause: error,
  });
}

function leftName(entry: RestoreLedgerCollection, onFailure: RestoreLedger['onFailure']): string[] {
  const { db, name, temporaryName: kept, state, aside, replaces } = entry;
  if (kept === '') return [];
  if (aside !== undefined) return [`${db}.${aside} (what stood under ${db}.${name})`, `${db}.${kept}`];
  if (replaces !== undefined && state === 'done') return [];
  if (state !== 'done') return [`${db}.${kept}`];
  return onFailure === 'RemoveCreated' ? [`${db}.${name}`] : [];
}

function nothing(): Pick<Cleaned, 'collections' | 'runningImports'> {
  return { collections: [], runningImports: [] };
}

/** Those of the given jobs that Milvus still works on; one that it does not tell about is among them. */
export async function stillRunning(
  { milvus }: { milvus: MilvusClient },
  jobs: readonly string[],
): Promise<string[]> {
  const running: string[] = [];
  for (const job of jobs) {
    const task = await milvus.importTask(BigInt(job)).catch(() => 'untold' as const);
    if (task === 'untold' || task?.state === 'Pending' || task?.state === 'Running') running.push(job);
  }
  return running;
}

/**
 * What was moved aside is put back, or dropped where its successor stands; then the temporary collections of all attempts;
 * with RemoveCreated also those that were completed, but for those that took another's place: that is gone. Gives names.
 */
export async function dropCollections(cleaning: Cleaning, ledger: RestoreLedger): Promise<string[]> {
  const { finished, problem } = await settleSwaps(cleaning, ledger.collections);
  const dropped = [...finished];
  for (const entry of ledger.collections) {
    if (entry.temporaryName === '' || entry.replaces !== undefined) continue;
    const real = { database: entry.db, name: entry.name };
    const isShown = entry.state === 'done' || entry.state === 'renaming';
    const removes = isShown && ledger.onFailure === 'RemoveCreated' && entry.collectionId !== undefined;
    if (removes && (await dropOwn(cleaning, real, entry.collectionId!)))
      dropped.push(`${entry.db}.${entry.name}`);
  }
  dropped.push(...(await dropTemporaries(cleaning, ledger)));
  if (problem) throw problem;
  return dropped;
}

/** By their names, which hold run, attempt and a hash of the real one: also those whose id nobody learnt. */
async function dropTemporaries(cleaning: Cleaning, ledger: RestoreLedger): Promise<string[]> {
  const own = ledger.collections.filter((c) => c.temporaryName !== '');
  const dropped: string[] = [];
  for (const [database, entries] of Map.groupBy(own, (c) => c.db)) {
    const names = new Set(entries.flatMap((c) => possibleNames(ledger, c)));
    const listed = await patiently(cleaning, () => cleaning.milvus.listCollections(database));
    for (const { name, id } of listed.filter((c) => names.has(c.name))) {
      if (await dropOwn(cleaning, { database, name }, id)) dropped.push(`${database}.${name}`);
    }
  }
  return dropped;
}

function possibleNames(
  ledger: RestoreLedger,
  { db, name, temporaryName: kept }: RestoreLedgerCollection,
): string[] {
  const attempts = Array.from({ length: ledger.attempt }, (_, i) => i + 1);
  return [kept, ...attempts.map((attempt) => temporaryName(ledger.runId, attempt, db, name))];
}

/** Staged objects and unfinished uploads below the run's folder. */
export async function removeFiles(
  store: ObjectStore,
  runId: string,
  signal: AbortSignal,
): Promise<{ objects: number; uploads: number }> {
  let uploads = 0;
  for await (const upload of store.listUploads(restoreKeys(runId).stage, signal)) {
    await store.abortUpload(upload, signal);
    uploads++;
  }
  return { objects: await removeStaged(store, runId, undefined, signal), uploads };
}

const keptMs = 7 * 24 * 3600 * 1000;

/** Removes the folders of runs that ended more than seven days ago. */
export async function removeOldLedgers(engine: Engine, folder: string, signal: AbortSignal): Promise<void> {
  const store = engine.milvusStore();
  for await (const entry of store.list(folder, { delimiter: '/' }, signal)) {
    if (entry.kind !== 'prefix') continue;
    const runId = entry.prefix.slice(folder.length, -1);
    const stored = await lookUpLedger(store, runId, signal).catch(() => undefined);
    if (!stored || isUnknown(stored.ledger)) continue;
    const { endTime } = stored.ledger;
    const isOld = endTime !== undefined && Date.parse(endTime) < engine.clock.now() - keptMs;
    if (isOld) await store.remove(keysBelow(store, entry.prefix, signal), signal);
  }
}
