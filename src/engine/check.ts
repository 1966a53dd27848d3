// SPDX-License-Identifier: Apache-2.0
// Tries everything a backup needs and says what is wrong, all of it at once: Milvus, its storage, the place of the
// backups, the pause of garbage collection. Writes nothing into Milvus's bucket.
import { hasReason, messageOf } from '../base/error.ts';
import type { Result } from '../contract/result.ts';
import type { CollectionRef, MilvusClient } from '../milvus/contract.ts';
import { attempt, say, warn, type Check } from './check-account.ts';
import { checkBackupStore } from './check-backups.ts';
import type { Engine } from './engine.ts';
import type { CheckOptions } from './options.ts';
import { assertPrefixApart } from './overlap.ts';
import { findSample, type Sample } from './storage-match.ts';

export { checkStorageMatch, findStorageMismatch } from './storage-match.ts';

export type CheckResult = Result & {
  /** For people: one line per thing that was tried. */
  lines: string[];
};

/** Never throws for what it checks: the first failure is the result's reason, every one has its line. */
export async function checkAccess(
  engine: Engine,
  options: CheckOptions = { readOnly: false },
): Promise<CheckResult> {
  const startTime = new Date(engine.clock.now()).toISOString();
  engine.report.progress({ step: 'Checking' });
  const check: Check = { engine, lines: [], warnings: [], failures: [], found: {} };
  switch (options.only) {
    case 'Instance':
      await checkInstance(check);
      break;
    case 'Storage':
      await attempt(check, 'Backups', () => checkBackupStore(check, 'none', options.readOnly));
      break;
    default:
      await checkBoth(check, options.readOnly);
  }
  return resultOf(check, { startTime, options });
}

/** Milvus and its storage, nothing of the backups. */
async function checkInstance(check: Check): Promise<void> {
  const milvus = await attempt(check, 'Milvus', () => checkMilvus(check));
  await attempt(check, 'Storage', () => checkStorage(check, milvus));
  if (milvus) await attempt(check, 'GC pause', () => checkGCPause(check, milvus));
}

async function checkBoth(check: Check, readOnly: boolean): Promise<void> {
  const isApart = await attempt(check, 'Configuration', async () => {
    assertPrefixApart(check.engine.config);
    return true;
  });
  const milvus = await attempt(check, 'Milvus', () => checkMilvus(check));
  const sample = await attempt(check, 'Storage', () => checkStorage(check, milvus));
  // Where the prefix lies in Milvus's own place even a probe would be too much.
  if (isApart) await attempt(check, 'Backups', () => checkBackupStore(check, sample, readOnly));
  if (milvus) await attempt(check, 'GC pause', () => checkGCPause(check, milvus));
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

function resultOf(check: Check, about: { startTime: string; options: CheckOptions }): CheckResult {
  const { engine, failures, warnings } = check;
  const [first] = failures;
  const more = failures.length > 1 ? ` (and ${failures.length - 1} more)` : '';
  return {
    v: 1,
    command: 'check',
    outcome: first ? 'Failed' : 'Succeeded',
    reason: first?.reason ?? 'Completed',
    message: first ? `${first.message}${more}` : successOf(check, about.options),
    engineVersion: engine.version,
    startTime: about.startTime,
    endTime: new Date(engine.clock.now()).toISOString(),
    ...check.found,
    ...(warnings.length > 0 ? { warnings } : {}),
    lines: check.lines,
  };
}

function successOf({ found }: Check, { only, readOnly }: CheckOptions): string {
  if (only === undefined) return 'everything a backup needs answers';
  if (only === 'Storage') {
    const { count = 0, bytes = 0 } = found.backups ?? {};
    const access = readOnly ? 'can be read' : 'can be read and written';
    const backups = count === 1 ? '1 backup' : `${count} backups`;
    return `the storage answers and ${access}; it holds ${backups} of ${bytes} bytes`;
  }
  const answers = `Milvus ${found.milvusVersion} and its storage answer`;
  return found.storageMatches === 'True'
    ? `${answers} and belong together`
    : `${answers}; whether they belong together shows once Milvus has written a segment`;
}
