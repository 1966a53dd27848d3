// SPDX-License-Identifier: Apache-2.0
// Tries everything a backup needs and says what is wrong, all of it at once: Milvus, its storage, the place of the
// backups, the pause of garbage collection. Writes nothing into Milvus's bucket.
import { hasReason, messageOf, OperatorError } from '../base/error.ts';
import type { Warning } from '../contract/event.ts';
import type { Result } from '../contract/result.ts';
import type { CollectionRef, MilvusClient } from '../milvus/contract.ts';
import { listFolders } from './catalog.ts';
import type { Engine } from './engine.ts';
import { assertPrefixApart } from './overlap.ts';
import { probeBackupStore, type Probed } from './probe.ts';
import { findSample, type Sample } from './storage-match.ts';

export { checkStorageMatch, findStorageMismatch } from './storage-match.ts';

export type CheckResult = Result & {
  /** For people: one line per thing that was tried. */
  lines: string[];
  /** Whether Milvus writes where we look; left out where it could not be asked. */
  storageMatches?: 'True' | 'False' | 'Unknown';
  /** Left out where the store of the backups was not reached. */
  isWritable?: boolean;
};

type Check = {
  engine: Engine;
  lines: string[];
  warnings: Warning[];
  failures: OperatorError[];
  found: Pick<CheckResult, 'milvusVersion' | 'storageMatches' | 'isWritable'>;
};

/** Never throws for what it checks: the first failure is the result's reason, every one has its line. */
export async function checkAccess(engine: Engine): Promise<CheckResult> {
  const startTime = new Date(engine.clock.now()).toISOString();
  engine.report.progress({ step: 'Checking' });
  const check: Check = { engine, lines: [], warnings: [], failures: [], found: {} };
  const isApart = await attempt(check, 'Configuration', async () => {
    assertPrefixApart(engine.config);
    return true;
  });
  const milvus = await attempt(check, 'Milvus', () => checkMilvus(check));
  const sample = await attempt(check, 'Storage', () => checkStorage(check, milvus));
  // Where the prefix lies in Milvus's own place even a probe would be too much.
  if (isApart) await attempt(check, 'Backups', () => checkBackupStore(check, sample));
  if (milvus) await attempt(check, 'GC pause', () => checkGCPause(check, milvus));
  return resultOf(check, startTime);
}

async function attempt<T>(check: Check, title: string, action: () => Promise<T>): Promise<T | undefined> {
  try {
    return await action();
  } catch (error) {
    check.engine.signal.throwIfAborted();
    if (!(error instanceof OperatorError)) throw error;
    check.failures.push(error);
    say(check, title, `FAILED, ${error.reason}: ${error.message}`);
    return undefined;
  }
}

function say(check: Check, title: string, text: string): void {
  check.lines.push(`${`${title}:`.padEnd(15)} ${text}`);
}

function warn(check: Check, warning: Warning): void {
  check.warnings.push(warning);
  check.engine.report.warn(warning);
}

type Reached = { milvus: MilvusClient; collections: CollectionRef[] };

async function checkMilvus(check: Check): Promise<Reached> {
  const milvus = await check.engine.milvus();
  const { version } = milvus.server;
  check.found.milvusVersion = version;
  const databases = await milvus.listDatabases();
  const collections: CollectionRef[] = [];
  for (const database of databases) collections.push(...(await milvus.listCollections(database)));
  say(
    check,
    'Milvus',
    `version ${version} at ${milvus.address}, ${databases.length} databases, ${collections.length} collections`,
  );
  return { milvus, collections };
}

async function checkStorage(check: Check, reached: Reached | undefined): Promise<Sample | undefined> {
  const { engine } = check;
  const store = engine.milvusStore();
  const { rootPath } = engine.config.milvus.storage;
  const place = `${store.label}, root path ${JSON.stringify(rootPath)}`;
  await store.check(engine.signal);
  if (!reached) {
    say(check, 'Storage', `${place}: reachable; whether Milvus writes there could not be asked`);
    return undefined;
  }
  try {
    const sample = await findSample({ store, rootPath, ...reached, signal: engine.signal });
    check.found.storageMatches = sample ? 'True' : 'Unknown';
    if (sample)
      say(check, 'Storage', `${place}: Milvus writes there (${sample.collection}: ${sample.log.key})`);
    else sayNoSegments(check, place);
    return sample;
  } catch (error) {
    if (hasReason(error, 'StorageMismatch')) check.found.storageMatches = 'False';
    throw error;
  }
}

function sayNoSegments(check: Check, place: string): void {
  const message = `${place}: reachable, but Milvus has no persistent segment yet by which to tell whether it writes there`;
  say(check, 'Storage', message);
  warn(check, { reason: 'NoSegments', message });
}

async function checkBackupStore(check: Check, sample: Sample | undefined): Promise<void> {
  const { engine } = check;
  const store = engine.backupStore();
  await store.check(engine.signal);
  check.found.isWritable = false;
  const probed = await probeBackupStore(engine, sample?.log);
  check.found.isWritable = true;
  const counts = { Complete: 0, Incomplete: 0, Deleting: 0, Foreign: 0 };
  for await (const { state } of listFolders(engine)) counts[state]++;
  const unfinished = counts.Incomplete + counts.Deleting;
  const backups = `${counts.Complete} backups${unfinished > 0 ? ` and ${unfinished} unfinished` : ''}`;
  const prefix = JSON.stringify(engine.config.backup.storage.rootPath);
  say(check, 'Backups', `${store.label}, prefix ${prefix}: writable, ${backups}; ${describeProbe(probed)}`);
  if (probed.conditions === 'ignored') {
    const message = `${store.label} ignores conditional writes: two runs of one name may not notice each other`;
    warn(check, { reason: 'StoreError', message });
  }
}

function describeProbe({ conditions, copy }: Probed): string {
  const conditional = { refused: 'honoured', ignored: 'IGNORED', 'not offered': 'not offered' }[conditions];
  const how = {
    server: 'copied by the store itself',
    'through this process': 'copied through this process',
    untried: 'to be copied by the store itself (not tried: no small object to try it with)',
  }[copy];
  return `conditional writes ${conditional}; data are ${how}`;
}

async function checkGCPause(check: Check, { milvus }: Reached): Promise<void> {
  const { endpoint } = check.engine.config.milvus.management;
  if (endpoint === '') return say(check, 'GC pause', 'off: no management endpoint is configured');
  const problem = await gcPauseProblem(milvus);
  if (problem === undefined) return say(check, 'GC pause', `supported at ${endpoint}`);
  say(check, 'GC pause', problem);
  warn(check, { reason: 'GCPauseUnsupported', message: problem });
}

/**
 * Asks for a pause of no valid length: a server that has the call refuses that, and nothing is paused. A real pause
 * would move the one clock that everybody on the instance shares.
 */
async function gcPauseProblem(milvus: MilvusClient): Promise<string | undefined> {
  const rest = 'backups go on without a pause of garbage collection';
  try {
    const answer = await milvus.pauseGC(Number.NaN);
    if (answer !== undefined) return undefined;
    return `Milvus ${milvus.server.version} has no such call; ${rest}`;
  } catch (error) {
    if (hasReason(error, 'MilvusError')) return undefined;
    if (hasReason(error, 'Unreachable')) return `${messageOf(error)}; ${rest}`;
    throw error;
  }
}

function resultOf(check: Check, startTime: string): CheckResult {
  const { engine, failures, warnings } = check;
  const [first] = failures;
  const more = failures.length > 1 ? ` (and ${failures.length - 1} more)` : '';
  return {
    v: 1,
    command: 'check',
    outcome: first ? 'Failed' : 'Succeeded',
    reason: first?.reason ?? 'Completed',
    message: first ? `${first.message}${more}` : 'everything a backup needs answers',
    engineVersion: engine.version,
    startTime,
    endTime: new Date(engine.clock.now()).toISOString(),
    ...check.found,
    ...(warnings.length > 0 ? { warnings } : {}),
    lines: check.lines,
  };
}
