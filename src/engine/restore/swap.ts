// SPDX-License-Identifier: Apache-2.0
// A collection takes the place of another. The old one is moved aside under a name of this run, the new one takes the real
// name and the old one's aliases, and only then the old one is dropped, by id. At every moment at least one of the two
// stands whole under a name that the ledger holds; a run that does not go on puts the old one back, or ends what is
// nearly done. The call that drops never names what others may name too.
import { OperatorError } from '../../base/error.ts';
import type { RestoreLedgerCollection } from '../../format/ledger.ts';
import { asideName } from '../../format/names.ts';
import type { CollectionName } from '../../milvus/contract.ts';
import { isUnimplemented } from '../../milvus/errors.ts';
import { findEntry, swapped, swapping } from './ledger-entry.ts';
import { patiently, type RestoreRun } from './run.ts';
import { fullName } from './source-collection.ts';
import { assertIs, dropOwn, idUnder, takenBy, type Asking } from './standing.ts';

/** Frees the real name of the collection that is replaced, and only of that: another id is somebody's new collection. */
export async function moveAside(run: RestoreRun, target: CollectionName): Promise<void> {
  const ledger = run.ledger.current();
  const replaces = findEntry(ledger, target)?.replaces;
  if (replaces === undefined || (await idUnder(run, target)) !== replaces) return;
  const aside = { database: target.database, name: asideName(ledger.runId, target.database, target.name) };
  await run.ledger.recordAndOwn(swapping(target, aside.name));
  await renameOrRefuse(run, target, aside);
  if ((await idUnder(run, aside)) === replaces) return;
  // Between the question and the call another took the name: it gets it back.
  await putBack(run, { aside, target });
  throw new OperatorError(
    'TargetNotEmpty',
    `${fullName(target)} is no longer collection ${replaces}, which was to be replaced: somebody made another. It was left alone.`,
  );
}

async function renameOrRefuse(run: RestoreRun, from: CollectionName, to: CollectionName): Promise<void> {
  try {
    await run.milvus.renameCollection(from, to);
  } catch (error) {
    if (!isUnimplemented(error)) throw error;
    throw new OperatorError(
      'VersionRefused',
      `Milvus at ${run.milvus.address} cannot rename collections, so nothing can take the place of ${fullName(from)} safely. ` +
        'It was left alone. Drop it yourself and restore again, or restore under another name.',
      { cause: error },
    );
  }
}

/** The new one stands under the real name: aliases follow the name, and what was moved aside is dropped. */
export async function finishSwap(run: RestoreRun, target: CollectionName): Promise<void> {
  const entry = findEntry(run.ledger.current(), target);
  if (entry?.aside === undefined || entry.collectionId === undefined) return;
  await assertIs(run, target, entry.collectionId);
  await run.ledger.recordAndOwn(swapped(target));
  await dropAside(run, entry);
}

/** True if it was there. */
async function dropAside(run: Asking, entry: RestoreLedgerCollection): Promise<boolean> {
  const { aside, target } = namesOf(entry);
  const id = await idUnder(run, aside);
  if (id === undefined) return false;
  if (id !== entry.replaces) throw nameTaken(target, { aside, id, what: `collection ${entry.collectionId}` });
  await moveAliases(run, aside, target);
  const wasThere = await dropOwn(run, aside, id);
  run.engine.log.info(
    { collection: fullName(target), id: String(id) },
    'dropped the collection that was replaced',
  );
  return wasThere;
}

/** They stand for the name, whoever bears it: one that named the old collection names the new one. */
async function moveAliases(run: Asking, from: CollectionName, to: CollectionName): Promise<void> {
  const old = await patiently(run, () => run.milvus.describeCollection(from));
  for (const alias of old?.aliases ?? []) await patiently(run, () => run.milvus.alterAlias(to, alias));
}

type Settled = {
  /** What was dropped because its successor stands. */
  finished: string[];
  /** What could not be put back; told when everything else is done. */
  problem?: OperatorError;
};

/** For a run that does not go on. May be repeated. */
export async function settleSwaps(
  run: Asking,
  entries: readonly RestoreLedgerCollection[],
): Promise<Settled> {
  const finished: string[] = [];
  const problems: OperatorError[] = [];
  for (const entry of entries) {
    try {
      if (await settleSwap(run, entry)) finished.push(`${entry.db}.${entry.aside}`);
    } catch (error) {
      if (!(error instanceof NameTaken)) throw error;
      problems.push(error);
    }
  }
  const [problem] = problems;
  return problem ? { finished, problem } : { finished };
}

/** What is aside has no way back: its name is somebody's. */
class NameTaken extends OperatorError {}

function nameTaken(
  target: CollectionName,
  { aside, id, what }: { aside: CollectionName; id: bigint; what: string },
): NameTaken {
  return new NameTaken(
    'TargetNotEmpty',
    `${fullName(target)} is now taken by ${what}. The collection ${id} that stood there is whole, under the name ${fullName(aside)}: ` +
      'rename it as you like.',
  );
}

/**
 * One of the two stands under the real name afterwards. The new one stays where it stands there already, and where the old
 * one is gone: then it is the only one. Otherwise the old one is put back. True if the old one was dropped.
 */
export async function settleSwap(run: Asking, entry: RestoreLedgerCollection): Promise<boolean> {
  if (entry.aside === undefined) return false;
  const { aside, target, temporary } = namesOf(entry);
  const isShown = entry.collectionId !== undefined && (await idUnder(run, target)) === entry.collectionId;
  if (isShown) return dropAside(run, entry);
  if ((await idUnder(run, aside)) !== undefined) await putBack(run, { aside, target });
  else if (
    (await takenBy(run, target)) === undefined &&
    (await idUnder(run, temporary)) === entry.collectionId
  )
    await putBack(run, { aside: temporary, target });
  return false;
}

/** Whatever stands aside was under the real name before: also what is not the one that was meant. */
async function putBack(
  run: Asking,
  { aside, target }: { aside: CollectionName; target: CollectionName },
): Promise<void> {
  await patiently(run, async () => {
    const id = await idUnder(run, aside);
    if (id === undefined) return;
    const what = await takenBy(run, target);
    if (what !== undefined) throw nameTaken(target, { aside, id, what });
    await run.milvus.renameCollection(aside, target);
    run.engine.log.info({ collection: fullName(target), id: String(id) }, 'put back');
  });
}

type Names = Record<'aside' | 'target' | 'temporary', CollectionName>;

function namesOf({ db, name, aside = '', temporaryName }: RestoreLedgerCollection): Names {
  const at = (one: string): CollectionName => ({ database: db, name: one });
  return { aside: at(aside), target: at(name), temporary: at(temporaryName) };
}
