// SPDX-License-Identifier: Apache-2.0
// Takes one collection from wherever an earlier attempt left it to 'copied': plan, store the plan, copy, prove. If a
// planned object is gone, the whole collection is planned anew; what was copied and is still in the plan is kept.
import { OperatorError } from '../base/error.ts';
import type { BackupLedgerCollection } from '../format/ledger.ts';
import type { CollectionMeta } from '../format/meta.ts';
import type { CollectionRef } from '../milvus/contract.ts';
import {
  copyObjects,
  listCopied,
  matchSource,
  plannedSizes,
  removeCopied,
  segmentsOf,
  type PlannedObject,
} from './backup-copy.ts';
import { readPlan, writePlan } from './backup-plan-file.ts';
import { planCollection } from './backup-plan.ts';
import { fullName, type BackupRun } from './backup-run.ts';
import { listLogs } from './segment-logs.ts';
import type { Meter } from './tally.ts';

const replans = 3;

/** Resolves with the state that now stands in the ledger. */
export async function backUpCollection(
  run: BackupRun,
  entry: BackupLedgerCollection,
): Promise<'copied' | 'dropped'> {
  const meter = run.tally.meter();
  let work = await resumeWork(run, entry);
  for (let tries = 0; tries <= replans; tries++) {
    if (work === 'complete') return finish(run, entry, meter);
    work ??= await planWork(run, entry);
    if (!work) return dropped(run, entry);
    meter.reset();
    meter.add({
      objectsTotal: work.planned.length,
      bytesTotal: work.planned.reduce((sum, o) => sum + o.from.size, 0),
    });
    const name = `${work.meta.db_name || 'default'}.${work.meta.collection_name}`;
    const outcome = await copyObjects(run, { id: entry.id, name, planned: work.planned, meter });
    if (outcome === 'done') return finish(run, entry, meter);
    work = undefined;
  }
  throw new OperatorError(
    'CollectionChanging',
    `${fullName(entry)}: its files were removed by Milvus while they were copied, ${replans} times in a row. ` +
      'Let Milvus keep them longer (pause garbage collection, or raise dataCoord.gc.dropTolerance) and run again.',
  );
}

type Work = { meta: CollectionMeta; planned: PlannedObject[] };

/** What an earlier attempt planned, if it can still be copied as planned. */
async function resumeWork(
  run: BackupRun,
  entry: BackupLedgerCollection,
): Promise<Work | 'complete' | undefined> {
  if (entry.planSha256 === undefined) return undefined;
  const stored = await readPlan(run, entry.id, entry.planSha256);
  if (!stored) return undefined;
  if (entry.state === 'copied' && (await isComplete(run, stored.meta))) return 'complete';
  const wanted = new Set(segmentsOf(stored.meta).map((s) => s.segment_id));
  const { rootPath } = run.engine.config.milvus.storage;
  const place = { store: run.source, rootPath, collectionId: entry.id };
  const planned = matchSource(run.place.dir, stored.meta, await listLogs(place, wanted, run.engine.signal));
  return planned && { meta: stored.meta, planned };
}

/** All planned objects are there with their size; their content was proven when the ledger said 'copied'. */
async function isComplete(run: BackupRun, meta: CollectionMeta): Promise<boolean> {
  const planned = plannedSizes(run.place.dir, meta);
  const copied = await listCopied(run, meta.collection_id);
  const needsDigest = [...copied.values()].some((o) => o.contentHash === undefined);
  return (
    !needsDigest &&
    planned.size === copied.size &&
    [...planned].every(([key, size]) => copied.get(key)?.size === size)
  );
}

async function planWork(run: BackupRun, entry: BackupLedgerCollection): Promise<Work | undefined> {
  const ref: CollectionRef = { database: entry.db, name: entry.name, id: entry.id, createdTimestamp: 0n };
  const plan = await planCollection(run, ref);
  if (!plan) return undefined;
  const planSha256 = await writePlan(run, plan);
  const { db_name: db, collection_name: name } = plan.meta;
  await setEntry(run, entry.id, { state: 'planned', planSha256, db, name });
  const planned = matchSource(run.place.dir, plan.meta, plan.logs);
  if (!planned) throw new Error(`the plan of ${fullName(entry)} does not match the listing it was made from`);
  return { meta: plan.meta, planned };
}

async function finish(run: BackupRun, entry: BackupLedgerCollection, meter: Meter): Promise<'copied'> {
  await setEntry(run, entry.id, { state: 'copied' });
  meter.add({ collectionsDone: 1 });
  return 'copied';
}

async function dropped(run: BackupRun, entry: BackupLedgerCollection): Promise<'dropped'> {
  await removeCopied(run, (await listCopied(run, entry.id)).keys());
  run.warn({
    reason: 'InProgress',
    message: `${fullName(entry)} (id ${entry.id}) was dropped while the backup ran; it is not in the backup. A collection that took its name since is not either.`,
  });
  await setEntry(run, entry.id, { state: 'dropped' });
  return 'dropped';
}

export async function setEntry(
  run: BackupRun,
  id: bigint,
  change: Partial<BackupLedgerCollection>,
): Promise<void> {
  await run.ledger.update((ledger) => ({
    ...ledger,
    collections: ledger.collections.map((c) => (c.id === id ? { ...c, ...change } : c)),
  }));
}
