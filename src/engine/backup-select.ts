// SPDX-License-Identifier: Apache-2.0
// Chooses what a backup covers: databases and collections as Milvus lists them, against what the user selected.
import { OperatorError } from '../base/error.ts';
import type { DatabaseMeta } from '../format/meta.ts';
import { parseSelection, select } from '../format/selection.ts';
import type { CollectionRef, MilvusClient } from '../milvus/contract.ts';
import type { CreateOptions } from './options.ts';

export type Chosen = { collections: CollectionRef[]; databases: string[] };

/**
 * Throws NothingMatches for an include that matches nothing: an empty backup must never look like a good one. Where it
 * has matched before (`mayBeGone`), what it matched has been dropped since, which is no mistake.
 */
export async function chooseCollections(
  milvus: MilvusClient,
  options: CreateOptions,
  { mayBeGone = false } = {},
): Promise<Chosen> {
  const selection = parseSelection(options.selection.include, options.selection.exclude);
  selection.include.push(...options.databasesOnly.map((db) => ({ text: `${db}.`, db })));
  const databases = await milvus.listDatabases();
  const seen: { db: string; name: string; ref: CollectionRef }[] = [];
  for (const db of databases) {
    for (const ref of await milvus.listCollections(db)) seen.push({ db, name: ref.name, ref });
  }
  const selected = select(selection, { databases, collections: seen });
  if (selected.unmatched.length > 0 && !mayBeGone) throw nothingMatches(milvus, selected.unmatched, seen);
  return { collections: selected.collections.map(({ ref }) => ref), databases: selected.databases };
}

function nothingMatches(
  milvus: MilvusClient,
  patterns: string[],
  seen: { db: string; name: string }[],
): OperatorError {
  const there = seen.slice(0, 5).map((c) => `${c.db}.${c.name}`);
  const list =
    there.length === 0
      ? 'it has no collection at all'
      : `it has ${seen.length} collections, such as ${there.join(', ')}`;
  return new OperatorError(
    'NothingMatches',
    `${patterns.map((p) => `"${p}"`).join(', ')} matches nothing in Milvus at ${milvus.address}: ${list}. Nothing was backed up; correct the selection.`,
  );
}

/** The databases' own meta; servers that cannot describe one give its name alone. */
export async function describeDatabases(milvus: MilvusClient, names: string[]): Promise<DatabaseMeta[]> {
  const metas: DatabaseMeta[] = [];
  for (const name of names) {
    if (!milvus.server.features.describeDatabase) metas.push({ db_name: name, properties: [] });
    else {
      const { id, properties } = await milvus.describeDatabase(name);
      metas.push({ db_name: name, ...(id === undefined ? {} : { db_id: id }), properties });
    }
  }
  return metas;
}
