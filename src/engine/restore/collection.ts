// SPDX-License-Identifier: Apache-2.0
// One collection of a restore, from nothing to its real name. It may be killed between any two lines: the ledger says
// what was intended, Milvus what came of it. Until the rename nobody sees it, so beginning it anew harms nobody.
import { OperatorError } from '../../base/error.ts';
import { temporaryName } from '../../format/names.ts';
import type { CollectionInfo, CollectionName } from '../../milvus/contract.ts';
import type { Meter } from '../tally.ts';
import { createAliases } from './aliases.ts';
import { countLoaded, countRows } from './count.ts';
import { assertFieldIds, createUnder, ensurePartitions } from './create.ts';
import { importGroups } from './groups.ts';
import { importAll, strangeTask, type Filling } from './import.ts';
import { createIndexes, dropIndexes } from './indexes.ts';
import {
  counted,
  created,
  creating,
  done,
  filling as fillingEntry,
  findEntry,
  replacing,
} from './ledger-entry.ts';
import type { PlanItem } from './plan.ts';
import type { RowCounts } from './rows.ts';
import { BeginAnew, patiently, UnprovenStorage, type RestoreRun } from './run.ts';
import { showCollection } from './show.ts';
import { fullName } from './source-collection.ts';
import { isStaged, removeStaged } from './stage.ts';
import { dropOwn, idUnder } from './standing.ts';
import { finishSwap, settleSwap } from './swap.ts';

const rounds = 3;

/** Resolves when the collection stands under its real name, complete, and the ledger says so. */
export async function restoreCollection(run: RestoreRun, item: PlanItem): Promise<void> {
  const meter = run.tally.meter();
  for (let round = 1; ; round++) {
    try {
      await oneRound(run, item, meter);
      return;
    } catch (error) {
      if (error instanceof UnprovenStorage) meter.reset();
      if (!(error instanceof BeginAnew)) throw error;
      if (item.action === 'into') throw outcomeUnknown(item, error);
      run.engine.log.warn({ collection: fullName(item.target), round, why: error.message }, 'begun anew');
      await dropTemporary(run, item.target);
      if (round >= rounds) throw importFailed(item, error, run.options);
      meter.reset();
      await run.engine.clock.sleep(1000 * round, run.signal);
    }
  }
}

async function oneRound(run: RestoreRun, item: PlanItem, meter: Meter): Promise<void> {
  const { source, target } = item;
  const filling = await prepare(run, item, meter);
  const isShown = fullName(filling.present) === fullName(target) && item.action !== 'into';
  if (!isShown) {
    const rows = await fill(run, item, filling);
    await run.ledger.record(counted(target, rows));
    if (item.action !== 'into') {
      run.tally.say('Renaming', fullName(target));
      await showCollection(run, target, filling.present, filling.id);
    }
  }
  if (item.action !== 'into') await finishSwap(run, target);
  run.tally.say('Finishing', fullName(target));
  await createAliases(run, source, target);
  const rows = await countLoaded(run, item, findEntry(run.ledger.current(), target)?.rows);
  await run.ledger.record(done(target, rows));
  if (isStaged(run) && !run.engine.config.restore.keepTempFiles) {
    await removeStaged(run.target, run.options.run.runId, source.meta.collection_id, run.signal);
  }
  meter.add({ collectionsDone: 1 });
}

/** Finds what earlier attempts made of the collection, or creates it. */
async function prepare(run: RestoreRun, item: PlanItem, meter: Meter): Promise<Filling> {
  const { target } = item;
  run.tally.say('CreatingCollection', fullName(target));
  if (item.action === 'into') return prepareExisting(run, item, meter);
  const entry = findEntry(run.ledger.current(), target);
  if (entry?.collectionId === undefined) return createAnew(run, item, meter);
  if (entry.replaces !== item.drops) await run.ledger.record(replacing(target, item.drops));
  const temporary = { database: target.database, name: entry.temporaryName };
  for (const present of [temporary, target]) {
    if ((await idUnder(run, present)) === entry.collectionId) {
      return { target, present, id: entry.collectionId, meter };
    }
  }
  return createAnew(run, item, meter);
}

async function createAnew(run: RestoreRun, item: PlanItem, meter: Meter): Promise<Filling> {
  const { source, target, drops } = item;
  await putBack(run, target);
  await dropTemporary(run, target);
  const { runId, attempt } = run.ledger.current();
  const name = temporaryName(runId, attempt, target.database, target.name);
  const present: CollectionName = { database: target.database, name };
  await run.ledger.recordAndOwn(
    creating(target, {
      source: fullName(source),
      temporaryName: name,
      attempt,
      ...(drops === undefined ? {} : { replaces: drops }),
    }),
  );
  const info: CollectionInfo = await createUnder(run, source, present);
  await run.ledger.record(created(target, info.id));
  return { target, present, id: info.id, meter };
}

/** What an earlier attempt moved aside stands under its own name again before its successor is begun anew. */
async function putBack(run: RestoreRun, target: CollectionName): Promise<void> {
  const entry = findEntry(run.ledger.current(), target);
  if (entry?.aside === undefined) return;
  await run.ledger.recordAndOwn((ledger) => ledger);
  await settleSwap(run, entry);
}

/** The user had it imported into what stands there; its fields must be those of the backup all the same. */
async function prepareExisting(run: RestoreRun, item: PlanItem, meter: Meter): Promise<Filling> {
  const { source, target } = item;
  const info = await patiently(run, () => run.milvus.describeCollection(target));
  if (!info) {
    throw new OperatorError('InvalidConfiguration', `${fullName(target)} is not there any more`);
  }
  const entry = findEntry(run.ledger.current(), target);
  if (entry && entry.collectionId !== info.id)
    throw outcomeUnknown(item, new Error('another collection took the name'));
  if (!entry) {
    const { attempt } = run.ledger.current();
    await run.ledger.recordAndOwn(fillingEntry(target, fullName(source), info.id, attempt));
  }
  if (findEntry(run.ledger.current(), target)?.state === 'created') await dropIndexes(run, target);
  return { target, present: target, id: info.id, meter };
}

/** Partitions, rows, indexes, counts; all under the present name. */
async function fill(run: RestoreRun, item: PlanItem, filling: Filling): Promise<RowCounts> {
  const { source, target } = item;
  await assertFieldIds(run, source, filling.present);
  await ensurePartitions(run, source, filling.present);
  const groups = run.options.scope === 'Full' ? importGroups(source) : [];
  const imported = await importAll(run, filling, groups);
  run.tally.say('Indexing', fullName(target));
  await createIndexes(run, source, filling.present);
  run.tally.say('Counting', fullName(target));
  // Before the count, which it would spoil, and after it, because loading takes its time.
  await assertNoStranger(run, item, filling);
  const rows = await countRows(run, item, { filling, groups, imported });
  await assertNoStranger(run, item, filling);
  return rows;
}

async function assertNoStranger(run: RestoreRun, item: PlanItem, filling: Filling): Promise<void> {
  // Others may well import into a collection that is not ours alone.
  if (item.action === 'into') return;
  const stranger = await strangeTask(run, filling);
  if (!stranger) return;
  throw new BeginAnew(
    `${fullName(filling.target)}: Milvus also imported ${stranger.files.join(', ')} into it (job ${stranger.id}), which this attempt did not ask for`,
  );
}

/** Drops what stands under the temporary name in the ledger: by id where it is known, else whatever it is. */
export async function dropTemporary(run: RestoreRun, target: CollectionName): Promise<void> {
  const entry = findEntry(run.ledger.current(), target);
  if (!entry || entry.temporaryName === '') return;
  const name = { database: entry.db, name: entry.temporaryName };
  const id = entry.collectionId ?? (await idUnder(run, name));
  if (id === undefined) return;
  await run.ledger.recordAndOwn((ledger) => ledger);
  await dropOwn(run, name, id);
}

function importFailed({ target }: PlanItem, cause: BeginAnew, { name }: { name: string }): OperatorError {
  return new OperatorError(
    'ImportFailed',
    `${cause.message}. ${fullName(target)} was begun ${rounds} times and dropped each time. ` +
      `Prove the backup (milvus-backup verify -n ${name} --mode Checksum), and look at Milvus's log.`,
    { cause },
  );
}

function outcomeUnknown({ target }: PlanItem, cause: Error): OperatorError {
  return new OperatorError(
    'ImportOutcomeUnknown',
    `${fullName(target)} stood there before this restore, and it is not certain what was imported into it: ${cause.message}. ` +
      'Importing again could double rows, so nothing more is imported. Compare count(*) with the backup, or restore under another name.',
    { cause },
  );
}
