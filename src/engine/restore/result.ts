// SPDX-License-Identifier: Apache-2.0
// What a restore says when it ends: numbers, and in one sentence what they mean.
import { digestOfDrops } from '../../contract/drops.ts';
import type { Warning } from '../../contract/event.ts';
import type { ListDigest, Result } from '../../contract/result.ts';
import type { RestoreLedger } from '../../format/ledger.ts';
import type { Engine } from '../engine.ts';
import type { RestoreOptions } from '../options.ts';
import { dropsOf, type PlanItem, type RestorePlan } from './plan.ts';
import { sumRows } from './rows.ts';
import type { BackupSource } from './source.ts';
import { bytesOf, fullName, objectsOf } from './source-collection.ts';

export type Told = {
  engine: Engine;
  options: RestoreOptions;
  source: BackupSource;
  plan: RestorePlan;
  warnings: readonly Warning[];
  startTime: string;
  milvusVersion: string;
};

export function restoredResult(told: Told, ledger: RestoreLedger): Result {
  const { plan, options } = told;
  const restored = plan.items.filter((i) => i.action !== 'skip');
  const counts = ledger.collections.flatMap((c) => (c.rows ? [c.rows] : []));
  const isComplete = options.scope === 'Full' && counts.length === restored.length;
  const rows = isComplete ? sumRows(counts) : undefined;
  const skipped = plan.items.length - restored.length;
  return {
    ...baseResult(told),
    attempt: ledger.attempt,
    message: sentence(restored.length, skipped, options, rows),
    collections: { total: plan.items.length, succeeded: restored.length, dropped: 0, skipped, failed: 0 },
    ...(rows ? { rows } : {}),
    size: sizeOf(restored),
  };
}

function sentence(
  restored: number,
  skipped: number,
  options: RestoreOptions,
  rows: { imported: number; live?: number } | undefined,
): string {
  const what = `restored ${restored} collections from ${options.name}`;
  const left = skipped > 0 ? `, left ${skipped} that exist` : '';
  if (options.scope === 'MetadataOnly') return `${what}${left}; metadata only, no rows`;
  if (!rows) return `${what}${left}`;
  const live = rows.live === undefined ? 'not counted afterwards' : `count(*) says ${rows.live}`;
  return `${what}${left}: ${rows.imported} rows imported, ${live}`;
}

/** What would be done; nothing was touched. */
export function plannedResult(told: Told): Result {
  const { items } = told.plan;
  const of = (...actions: PlanItem['action'][]): number =>
    items.filter((i) => actions.includes(i.action)).length;
  const skipped = of('skip');
  const drops = digestOfDrops(dropsOf(items));
  const message =
    `dry run: create ${of('create')}, replace ${of('replace')} (${drops.count} of them stand there and would be dropped), fill ${of('into')}, skip ${skipped}, done already ${of('done')}; ` +
    `${told.plan.databases.length} databases to create. Nothing was touched.${heldTo(drops)}`;
  return {
    ...baseResult(told),
    message,
    dryRun: true,
    drops,
    collections: { total: items.length, succeeded: 0, dropped: 0, skipped, failed: 0 },
    size: sizeOf(items.filter((i) => i.action !== 'skip')),
  };
}

/** How a person holds the restore to what was shown. */
function heldTo({ count, sha256 }: ListDigest): string {
  return count === 0 ? '' : ` To allow no more than this: --confirmed-drops ${sha256}`;
}

/** What became of each collection, as items of the list `collections`. */
export function tellCollections({ engine, plan }: Told, { collections }: RestoreLedger): void {
  const known = new Map(collections.map((entry) => [`${entry.db}.${entry.name}`, entry]));
  for (const { target, action } of plan.items) {
    const entry = known.get(fullName(target));
    const done = entry?.state === 'done' ? 'Restored' : 'Unfinished';
    engine.report.item('collections', {
      name: fullName(target),
      phase: action === 'skip' ? 'Skipped' : done,
      ...(entry?.rows ? { rows: entry.rows.imported } : {}),
    });
  }
}

/** One line of the plan for people and programs. */
export function planLine(item: PlanItem): Record<string, unknown> {
  const { source, target, action, bytes, load, drops } = item;
  const line = { action, source: fullName(source), target: fullName(target), bytes, load };
  return drops === undefined ? line : { ...line, drops: String(drops) };
}

export function baseResult(told: Told): Result {
  const { engine, options, source } = told;
  return {
    v: 1,
    command: 'restore',
    outcome: 'Succeeded',
    reason: 'Completed',
    message: '',
    runId: options.run.runId,
    backupName: options.name,
    path: source.dir,
    milvusVersion: told.milvusVersion,
    ...(source.manifest ? { formatVersion: String(source.manifest.v) } : {}),
    engineVersion: engine.version,
    startTime: told.startTime,
    endTime: new Date(engine.clock.now()).toISOString(),
    ...(told.warnings.length > 0 ? { warnings: [...told.warnings] } : {}),
  };
}

function sizeOf(items: readonly PlanItem[]): { bytes: number; objects: number } {
  return {
    bytes: items.reduce((sum, i) => sum + bytesOf(i.source), 0),
    objects: items.reduce((sum, i) => sum + objectsOf(i.source), 0),
  };
}
