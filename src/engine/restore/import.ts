// SPDX-License-Identifier: Apache-2.0
// Imports the groups of one collection. Import is never repeated: what an earlier attempt or a lost answer leaves open is
// looked for by collection id and files, and where nothing certain is found the caller begins the collection anew. (The
// same files imported twice are the same rows twice, and no query by key shows it: measured.)
import { forEachConcurrent } from '../../base/backoff.ts';
import { messageOf, OperatorError } from '../../base/error.ts';
import type { RestoreLedgerImport } from '../../format/ledger.ts';
import { isUnimplemented } from '../../milvus/errors.ts';
import type { CollectionName, ImportTask } from '../../milvus/contract.ts';
import type { Meter } from '../tally.ts';
import { importFiles, importOptions, type ImportGroup } from './groups.ts';
import { findEntry, imported, intending, submitted } from './ledger-entry.ts';
import { groupProblem } from './rows.ts';
import { BeginAnew, isAnswered, patiently, whenAllowed, type RestoreRun } from './run.ts';
import { fullName } from './source-collection.ts';
import { importBase, stageGroup } from './stage.ts';

/** The collection being filled: `target` is its key in the ledger, `present` the name under which it stands now. */
export type Filling = {
  target: CollectionName;
  present: CollectionName;
  id: bigint;
  meter: Meter;
};

/** Rows that Milvus says it imported from data groups. Throws BeginAnew. */
export async function importAll(
  run: RestoreRun,
  filling: Filling,
  groups: readonly ImportGroup[],
): Promise<number> {
  let rows = 0;
  for (const stage of ['data', 'partitionDeletes', 'collectionDeletes'] as const) {
    const own = groups.filter((g) => g.stage === stage);
    await together(run, own, async (one, group) => {
      const imported = await importGroup(one, filling, group);
      if (stage === 'data') rows += imported;
    });
  }
  return rows;
}

/** The first failure ends the waits for the others: the collection is begun anew, whatever becomes of them. */
async function together(
  run: RestoreRun,
  groups: readonly ImportGroup[],
  action: (run: RestoreRun, group: ImportGroup) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const one = { ...run, signal: AbortSignal.any([run.signal, stop.signal]) };
  const guarded = async (group: ImportGroup): Promise<void> => {
    one.signal.throwIfAborted();
    await action(one, group).catch((error: unknown) => {
      stop.abort(error);
      throw error;
    });
  };
  const { importJobs } = run.engine.config.restore.concurrency;
  await forEachConcurrent(groups, importJobs, (group) => run.imports(() => guarded(group)));
}

async function importGroup(run: RestoreRun, filling: Filling, group: ImportGroup): Promise<number> {
  const known = findEntry(run.ledger.current(), filling.target)?.imports.find((i) => i.group === group.id);
  if (known?.state === 'done') {
    filling.meter.add({ objectsDone: group.objects, bytesDone: group.bytes });
    return known.rows ?? 0;
  }
  const task = known ? await resume(run, filling, known) : await submit(run, filling, group);
  const rows = await follow(run, filling, group, task);
  await run.ledger.record(imported(filling.target, group.id, rows));
  return rows;
}

/** What came of an import that an earlier attempt intended. */
async function resume(run: RestoreRun, filling: Filling, known: RestoreLedgerImport): Promise<bigint> {
  if (known.taskId !== undefined) return BigInt(known.taskId);
  const task = await findTask(run, filling, known.files);
  if (!task)
    throw new BeginAnew(lost(filling, known.group, 'no import job of these files is known to Milvus'));
  await run.ledger.record(submitted(filling.target, known.group, task.id));
  return task.id;
}

async function submit(run: RestoreRun, filling: Filling, group: ImportGroup): Promise<bigint> {
  run.tally.say('Staging', fullName(filling.target));
  await stageGroup(run, group, filling.meter);
  const files = importFiles(group, importBase(run));
  await run.ledger.recordAndOwn(intending(filling.target, group.id, files));
  run.tally.say('Importing', fullName(filling.target));
  const id = await giveToMilvus(run, filling, group, files);
  await run.ledger.record(submitted(filling.target, group.id, id));
  return id;
}

async function giveToMilvus(
  run: RestoreRun,
  filling: Filling,
  group: ImportGroup,
  files: string[],
): Promise<bigint> {
  const { present } = filling;
  const request = {
    database: present.database,
    collection: present.name,
    partition: group.partition,
    files,
    options: importOptions(group),
  };
  try {
    return await whenAllowed(run, () => run.milvus.importFiles(request));
  } catch (error) {
    return await findAfterError(run, filling, group.id, { files, error });
  }
}

const looks = [0, 1000, 2000, 4000, 8000];

/** The answer did not come or was an error: a job may have been made all the same. */
async function findAfterError(
  run: RestoreRun,
  filling: Filling,
  group: string,
  { files, error }: { files: string[]; error: unknown },
): Promise<bigint> {
  for (const wait of isAnswered(error) ? looks.slice(0, 2) : looks) {
    await run.engine.clock.sleep(wait, run.signal);
    const task = await findTask(run, filling, files);
    if (task) return task.id;
  }
  throw new BeginAnew(lost(filling, group, messageOf(error)));
}

/** Only a task of this very collection and these very files is ours. */
async function findTask(run: RestoreRun, filling: Filling, files: string[]): Promise<ImportTask | undefined> {
  const tasks = await listTasks(run, filling);
  const wanted = pathsOf(files);
  return tasks.findLast(
    (t) => t.collectionId === filling.id && pathsOf(t.files) === wanted && t.state !== 'Failed',
  );
}

/** None where the server has no such call: then nothing is found, and nothing is followed that may not be ours. */
async function listTasks(run: RestoreRun, filling: Filling): Promise<ImportTask[]> {
  try {
    return await patiently(run, () => run.milvus.listImportTasks(filling.present));
  } catch (error) {
    if (isUnimplemented(error)) return [];
    throw error;
  }
}

function pathsOf(files: readonly string[]): string {
  return files.filter((f) => f !== '').join('\n');
}

/** Waits for a job to end; the waits grow, since Milvus itself looks at its jobs every two seconds. */
async function follow(run: RestoreRun, filling: Filling, group: ImportGroup, id: bigint): Promise<number> {
  for (let wait = 500; ; wait = Math.min(3000, wait * 1.5)) {
    const task = await patiently(run, () => run.milvus.importTask(id));
    if (!task) throw new BeginAnew(lost(filling, group.id, `Milvus does not know import job ${id} any more`));
    if (task.collectionId !== 0n && task.collectionId !== filling.id) {
      throw new BeginAnew(
        lost(filling, group.id, `import job ${id} is one of collection ${task.collectionId}`),
      );
    }
    if (task.state === 'Failed') {
      run.engine.log.info({ job: String(id), reason: task.reason }, 'import job failed');
      throw new BeginAnew(
        lost(filling, group.id, `import job ${id}: ${briefly(task.reason, importBase(run))}`),
      );
    }
    if (task.state === 'Completed') return checked(run, filling, group, task);
    run.tally.say('Importing', fullName(filling.target));
    await run.engine.clock.sleep(wait, run.signal);
  }
}

function checked(run: RestoreRun, filling: Filling, group: ImportGroup, task: ImportTask): number {
  const problem = groupProblem(group, task.rows);
  if (problem === undefined) return task.rows;
  // Imports of version 1 end well with no rows where they find no folder (measured on 2.3.5).
  const isElsewhere = task.rows === 0 && !run.storage.isProven;
  const advice = isElsewhere
    ? `Nothing shows that Milvus reads ${run.target.label}: compare milvus.storage with minio.bucketName and minio.address in its configuration.`
    : `Prove the backup: milvus-backup verify -n ${run.options.name} --mode Checksum.`;
  const folders = pathsOf(task.files).replaceAll('\n', ', ') || 'not told';
  throw new OperatorError(
    'RowCountMismatch',
    `${fullName(filling.target)}, ${problem} (import job ${task.id}). ${advice} The folders are ${folders}.`,
  );
}

/** Milvus wraps what went wrong in layers, each with the same long key: the innermost, and the key once, say it all. */
function briefly(reason: string, base: string): string {
  const [key] = /[^\s,]*(?:insert|delta)_log\/[^\s,]*/.exec(reason) ?? [];
  const innermost = reason.split(', error: ').at(-1)!;
  if (key === undefined || innermost.includes(key)) return reason.replaceAll(base, '') || 'no reason given';
  return `${innermost} (${key.replace(base, '')})`;
}

function lost({ target }: Filling, group: string, what: string): string {
  return `${fullName(target)}, group ${group}: ${what}`;
}

/**
 * Import jobs of this collection that the ledger does not know: a call that was given up may have reached Milvus late.
 * They would be rows twice.
 */
export async function strangeTask(run: RestoreRun, filling: Filling): Promise<ImportTask | undefined> {
  const own = new Set(findEntry(run.ledger.current(), filling.target)?.imports.map((i) => i.taskId));
  const tasks = await listTasks(run, filling);
  return tasks.find((t) => t.collectionId === filling.id && t.state !== 'Failed' && !own.has(String(t.id)));
}
