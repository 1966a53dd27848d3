// SPDX-License-Identifier: Apache-2.0
// Counts what was restored and judges it by rows.ts. Milvus counts only what is loaded, so a count costs a load: it is
// made where the restore loads the collection anyway, or where the user asked.
import { OperatorError } from '../../base/error.ts';
import type { RestoreLedgerRows } from '../../format/ledger.ts';
import type { CollectionName } from '../../milvus/contract.ts';
import { importGroups, type ImportGroup } from './groups.ts';
import type { Filling } from './import.ts';
import { countWhen, loadAndWait } from './load.ts';
import type { PlanItem } from './plan.ts';
import { rowFacts, rowsProblem, type RowCounts, type RowFacts } from './rows.ts';
import { patiently, UnprovenStorage, type RestoreRun } from './run.ts';
import { hasVectorIndex } from './schema.ts';
import { fullName } from './source-collection.ts';

type Imported = { filling: Filling; groups: readonly ImportGroup[]; imported: number };

/**
 * Before the rename: what the jobs report, and with `verify: Count` what the collection itself says. So too before it takes
 * the place of another, where it is to be loaded anyway: then that goes only when this one is loaded and counted.
 */
export async function countRows(run: RestoreRun, item: PlanItem, done: Imported): Promise<RowCounts> {
  const { filling, groups, imported } = done;
  const counts: RowCounts = { planned: groups.reduce((sum, g) => sum + g.rows, 0), imported };
  judge(run, item, counts);
  if (imported > 0) run.storage.isProven = true;
  assertSeen(run, item, counts);
  const isAsked = run.options.verify === 'Count' || (item.action === 'replace' && item.load);
  if (!isAsked || item.action === 'into' || groups.length === 0) return counts;
  if (!isLoadable(run, item)) {
    run.warn({
      reason: 'NothingMatches',
      message: `${fullName(item.target)} was not counted: it has no vector index, and Milvus counts only what is loaded.`,
    });
    return counts;
  }
  const live = await loadAndCount(run, item, filling.present, counts);
  if (!item.load) await patiently(run, () => run.milvus.releaseCollection(filling.present));
  return { ...counts, live };
}

/** After the rename: loads what is to be loaded, and counts it if that has not been done. */
export async function countLoaded(
  run: RestoreRun,
  item: PlanItem,
  rows: RestoreLedgerRows | undefined,
): Promise<RestoreLedgerRows | undefined> {
  if (!item.load) return rows;
  if (
    item.action === 'into' ||
    rows === undefined ||
    rows.live !== undefined ||
    run.options.scope !== 'Full'
  ) {
    await loadAndWait(run, item.target, () => run.tally.say('Finishing', fullName(item.target)));
    return rows;
  }
  return { ...rows, live: await loadAndCount(run, item, item.target, rows) };
}

async function loadAndCount(
  run: RestoreRun,
  item: PlanItem,
  name: CollectionName,
  counts: RowCounts,
): Promise<number> {
  await loadAndWait(run, name, () => run.tally.say('Counting', fullName(item.target)));
  const isRight = (live: number): boolean =>
    rowsProblem({ ...counts, live }, factsOf(run, item)) === undefined;
  const live = await countWhen(run, name, isRight);
  judge(run, item, { ...counts, live });
  return live;
}

function judge(run: RestoreRun, item: PlanItem, counts: RowCounts): void {
  const problem = rowsProblem(counts, factsOf(run, item));
  if (problem !== undefined) throw mismatch(item, problem);
}

/** Imports of version 1 end well with no rows when their folder is not there (measured on 2.3.5). */
function assertSeen(run: RestoreRun, item: PlanItem, { planned, imported }: RowCounts): void {
  if (planned === 0 || imported > 0 || run.storage.isProven) return;
  throw new UnprovenStorage(
    'RowCountMismatch',
    `${fullName(item.target)}: Milvus imported none of ${planned} rows, and nothing shows that it reads ${run.target.label}: ` +
      'compare milvus.storage with minio.bucketName in the configuration of Milvus. If its rows are all deleted, restore it together with a collection that has some.',
  );
}

function mismatch(item: PlanItem, problem: string): OperatorError {
  return new OperatorError('RowCountMismatch', `${fullName(item.target)}: ${problem}.`);
}

function factsOf(run: RestoreRun, item: PlanItem): RowFacts {
  return rowFacts(importGroups(item.source), run.milvus.server.features.importRowsAfterDeletes);
}

function isLoadable(run: RestoreRun, { source }: PlanItem): boolean {
  return run.options.indexes !== 'None' && hasVectorIndex(source.meta.schema, source.meta.index_infos);
}
