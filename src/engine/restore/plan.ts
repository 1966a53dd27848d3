// SPDX-License-Identifier: Apache-2.0
// Decides what a restore does with each collection of the backup, from what stands in the backup, in the target and in
// the run's own ledger. Pure: nothing is asked and nothing is changed here; a refusal is a value.
import type { Reason } from '../../base/reason.ts';
import { digestOfDrops, type Drop } from '../../contract/drops.ts';
import type { Warning } from '../../contract/event.ts';
import type { DatabaseMeta } from '../../format/meta.ts';
import { createRenamer, renameAll } from '../../format/rename.ts';
import { parseSelection, select, type Selected } from '../../format/selection.ts';
import type { CollectionName } from '../../milvus/contract.ts';
import type { RestoreOptions } from '../options.ts';
import { hasVectorIndex } from './schema.ts';
import { bytesOf, fullName, type SourceCollection } from './source-collection.ts';

/** What stands in the target, as far as the plan needs it. */
export type Observed = {
  databases: readonly string[];
  /** `db.name` to id. */
  collections: ReadonlyMap<string, bigint>;
  /** `db.alias` to the collection it names; only aliases that a target name would meet. */
  aliases: ReadonlyMap<string, string>;
};

/** One collection that an earlier attempt of this run began. */
type Beginning = {
  id: bigint | undefined;
  state: string;
  /** What it takes the place of, and whether that has been moved aside already. */
  replaces?: bigint;
  isAside?: boolean;
};

/** What the ledger knows of them: `db.name` of the target to it. */
export type Begun = ReadonlyMap<string, Beginning>;

/**
 * create: under a temporary name, then renamed. replace: the same, and what stands there makes way and is dropped.
 * into: imported into what stands there. skip: left alone. done: an earlier attempt of this run has finished it.
 */
export type Action = 'create' | 'replace' | 'into' | 'skip' | 'done';

export type PlanItem = {
  source: SourceCollection;
  target: CollectionName;
  action: Action;
  /** The id of what goes, or went in an earlier attempt, for this one. */
  drops?: bigint;
  load: boolean;
  bytes: number;
};

export type RestorePlan = {
  items: PlanItem[];
  /** Databases to create, under their new names. */
  databases: DatabaseMeta[];
  warnings: Warning[];
};

export type Refusal = { refused: Reason; message: string };

export type PlanInput = {
  backup: { name: string; databases: readonly DatabaseMeta[]; collections: readonly SourceCollection[] };
  options: RestoreOptions;
};

type Pair = { source: SourceCollection; target: CollectionName };

/** The collections this restore is about under their new names; needs no look at the target. */
export function planNames({
  backup,
  options,
}: PlanInput): { pairs: Pair[]; databases: DatabaseMeta[] } | Refusal {
  const wrong = contradiction(options);
  if (wrong) return { refused: 'InvalidConfiguration', message: wrong };
  const all = backup.collections.map((source) => ({ db: source.database, name: source.name, source }));
  const known = [...new Set([...backup.databases.map((d) => d.db_name), ...all.map((c) => c.db)])];
  const selection = parseSelection(options.selection.include, options.selection.exclude);
  const chosen = select(selection, { databases: known, collections: all });
  if (chosen.unmatched.length > 0) return nothingMatches(backup, chosen.unmatched);
  const renamer = createRenamer(options.rename);
  const renamed = renameAll(renamer, chosen.collections);
  const bare = chosen.databases.filter((db) => !chosen.collections.some((c) => c.db === db));
  const wanted = filterTargets(
    options,
    bare.map((db) => renamer.database(db)),
    renamed,
  );
  if (wanted.unmatched.length > 0) return nothingMatches(backup, wanted.unmatched);
  const pairs = wanted.collections.map((c) => ({
    source: c.source,
    target: { database: c.db, name: c.name },
  }));
  return {
    pairs,
    databases: targetDatabases(backup.databases, (db) => renamer.database(db), wanted.databases),
  };
}

/** A database whose collections all go elsewhere is not created; `databases` are those without any. */
function filterTargets(
  options: RestoreOptions,
  databases: string[],
  renamed: ReturnType<typeof renameAll<{ db: string; name: string; source: SourceCollection }>>,
): Selected<{ db: string; name: string; source: SourceCollection }> {
  const { include, exclude } = options.targetSelection;
  const collections = renamed.map(({ source, target }) => ({ ...target, source: source.source }));
  const all = new Set([...collections.map((c) => c.db), ...databases]);
  return select(parseSelection(include, exclude), { databases: [...all], collections });
}

function targetDatabases(
  metas: readonly DatabaseMeta[],
  rename: (db: string) => string,
  wanted: readonly string[],
): DatabaseMeta[] {
  return wanted.map((db_name) => {
    const meta = metas.find((m) => rename(m.db_name) === db_name);
    return { ...(meta ?? { properties: [] }), db_name };
  });
}

function contradiction(options: RestoreOptions): string | undefined {
  if (options.skipCreateCollection && options.existing === 'Drop') {
    return 'skip_create_collection imports into what stands there and existing "Drop" drops it: choose one';
  }
  if (options.existing === 'Skip' && options.skipCreateCollection) {
    return 'existing "Skip" leaves alone what skip_create_collection would change: choose one';
  }
  if (options.indexes === 'None' && options.load === 'All') {
    return 'load "All" needs indexes, and indexes is "None": Milvus loads no collection without a vector index';
  }
  return undefined;
}

/** What happens to each collection. `begun` are this run's own: what stands under a name with our id is ours. */
export function planRestore(
  names: { pairs: readonly Pair[]; databases: readonly DatabaseMeta[] },
  options: RestoreOptions,
  observed: Observed,
  begun: Begun,
): RestorePlan | Refusal {
  const taken: string[] = [];
  const missing: string[] = [];
  const warnings: Warning[] = [];
  const items = names.pairs.map(({ source, target }): PlanItem => {
    const key = fullName(target);
    const existing = observed.collections.get(key);
    const alias = observed.aliases.get(key);
    const standing = { existing, alias, begun: begun.get(key) };
    const action = choose(options, standing);
    const drops = options.existing === 'Drop' ? dropped(standing) : undefined;
    if (action === 'taken') taken.push(alias === undefined ? key : `${key} (an alias of ${alias})`);
    if (action === 'missing') missing.push(key);
    const load = wantsLoad(options, source, target);
    if (load === 'impossible') warnings.push(notLoadable(key));
    return {
      source,
      target,
      action: action === 'taken' || action === 'missing' ? 'skip' : action,
      ...(drops === undefined ? {} : { drops }),
      load: load === 'yes',
      bytes: bytesOf(source),
    };
  });
  if (taken.length > 0) return targetNotEmpty(taken, options);
  if (missing.length > 0) return nothingToFill(missing);
  const databases = names.databases.filter((d) => !observed.databases.includes(d.db_name));
  return { items, databases, warnings };
}

type Standing = {
  existing: bigint | undefined;
  alias: string | undefined;
  begun: Beginning | undefined;
};

function choose(options: RestoreOptions, standing: Standing): Action | 'taken' | 'missing' {
  const mine = isOwn(standing);
  if (mine && standing.begun?.state === 'done') return 'done';
  if (options.skipCreateCollection) return standing.existing === undefined ? 'missing' : 'into';
  const anew = options.existing === 'Drop' ? 'replace' : 'create';
  if (mine || (standing.existing ?? standing.alias) === undefined) return anew;
  return chooseTaken(options, standing);
}

/** Something that is not ours stands under the name. An alias is never replaced: it names another collection. */
function chooseTaken(options: RestoreOptions, standing: Standing): Action | 'taken' {
  if (options.existing === 'Skip') return 'skip';
  const mayGo = options.existing === 'Drop' && standing.alias === undefined && !isNewcomer(options, standing);
  return mayGo ? 'replace' : 'taken';
}

/**
 * Somebody made it since this run began: it was not there when dropping was agreed to. That it may go too must be
 * confirmed; and never while what it would take the place of stands aside, for which there is then no way back.
 */
function isNewcomer(options: RestoreOptions, { existing, begun }: Standing): boolean {
  if (!begun || existing === begun.replaces) return false;
  const isAsked = options.dryRun || options.confirmedDrops !== undefined;
  return begun.isAside === true || !isAsked;
}

/** What goes for this collection. The same in every attempt, also once it has gone. */
function dropped(standing: Standing): bigint | undefined {
  const { existing, begun } = standing;
  if (isOwn(standing)) return begun?.replaces;
  return existing ?? (begun?.isAside ? begun.replaces : undefined);
}

/** Everything that goes, in the order of the plan. */
export function dropsOf(items: readonly PlanItem[]): Drop[] {
  return items.flatMap(({ target, drops }) =>
    drops === undefined ? [] : [{ name: fullName(target), id: String(drops) }],
  );
}

/** Refuses a plan that drops anything but what was confirmed. */
export function unconfirmed(
  items: readonly PlanItem[],
  { confirmedDrops }: RestoreOptions,
): Refusal | undefined {
  const drops = dropsOf(items);
  const now = digestOfDrops(drops);
  if (confirmedDrops === undefined || confirmedDrops === now.sha256) return undefined;
  const named = drops.slice(0, 5).map(({ name, id }) => `${name} (id ${id})`);
  const more = drops.length > named.length ? ` and ${drops.length - named.length} more` : '';
  const what = drops.length === 0 ? 'nothing' : named.join(', ') + more;
  const message =
    `what stands in the target has changed since dropping was confirmed: now ${what} would be dropped ` +
    `(digest ${now.sha256.slice(0, 12)}, confirmed ${confirmedDrops.slice(0, 12)}). Nothing was dropped for it. ` +
    'Look at the plan again (--dry-run) and confirm that one.';
  return { refused: 'TargetNotEmpty', message };
}

function isOwn({ existing, begun }: Standing): boolean {
  return begun?.id !== undefined && begun.id === existing;
}

/** A renamed copy stays unloaded unless asked: it would double the memory of what it was copied from. */
function wantsLoad(
  options: RestoreOptions,
  source: SourceCollection,
  target: CollectionName,
): 'yes' | 'no' | 'impossible' {
  const { load, indexes } = options;
  const asInBackup = source.meta.load_state === 'Loaded' && fullName(source) === fullName(target);
  if (load === 'None' || (load === 'AsInBackup' && !asInBackup)) return 'no';
  const isLoadable = indexes !== 'None' && hasVectorIndex(source.meta.schema, source.meta.index_infos);
  return isLoadable ? 'yes' : 'impossible';
}

function notLoadable(name: string): Warning {
  return {
    reason: 'NothingMatches',
    message: `${name} is not loaded: it is restored without a vector index, and Milvus loads nothing without one.`,
  };
}

function nothingMatches(backup: PlanInput['backup'], patterns: readonly string[]): Refusal {
  const held = backup.collections.slice(0, 5).map(fullName);
  const list =
    held.length === 0 ? 'no collection' : `${backup.collections.length}, such as ${held.join(', ')}`;
  const message =
    `${patterns.map((p) => `"${p}"`).join(', ')} matches nothing in the backup ${backup.name}, ` +
    `which holds ${list}. Nothing was restored; correct the selection.`;
  return { refused: 'NothingMatches', message };
}

function targetNotEmpty(names: string[], { existing }: RestoreOptions): Refusal {
  const isAsked = existing === 'Drop';
  const advice = [
    ...(isAsked ? ['An alias, and what was made since the restore began, is never dropped.'] : []),
    'Restore under other names (rename), skip what exists (existing: Skip),',
    ...(isAsked ? [] : ['have collections replaced (existing: Drop),']),
    'or drop them first.',
  ].join(' ');
  const message = `already in the target: ${names.join(', ')}. Nothing was restored. ${advice}`;
  return { refused: 'TargetNotEmpty', message };
}

function nothingToFill(names: string[]): Refusal {
  const message = `not in the target, and skip_create_collection forbids to create them: ${names.join(', ')}.`;
  return { refused: 'InvalidConfiguration', message };
}

export function isRefusal(value: object): value is Refusal {
  return 'refused' in value;
}
