// SPDX-License-Identifier: Apache-2.0
// Under which names a restore puts collections: the mapping of ours and the Go tool's --rename as the same thing.
import { OperatorError } from '../base/error.ts';
import { assertMilvusName, defaultDatabase } from './names.ts';
import type { CollectionName } from './selection.ts';

export type Rename = {
  /** Whole databases; collections keep their names. */
  databases?: Readonly<Record<string, string>>;
  /** `db.collection` to `db2.collection2`; without a dot both are in `default`. The final name: no suffix is added. */
  collections?: Readonly<Record<string, string>>;
  /** Appended to the name of every collection that `collections` does not name. */
  suffix?: string;
};

export type Renamer = {
  collection(source: CollectionName): CollectionName;
  database(db: string): string;
};

/** Checks a mapping and makes it applicable. Exact entries win over databases and suffix. */
export function createRenamer(rename: Rename): Renamer {
  const suffix = rename.suffix ?? '';
  if (!/^\w{0,255}$/.test(suffix)) {
    throw invalid(`the suffix ${JSON.stringify(suffix)} may hold only ASCII letters, digits and '_'`);
  }
  const databases = new Map(Object.entries(rename.databases ?? {}));
  for (const target of databases.values()) assertMilvusName('database', target);
  const exact = new Map<string, CollectionName>();
  for (const [from, to] of Object.entries(rename.collections ?? {})) addExact(exact, from, to);
  const database = (db: string): string => databases.get(db) ?? db;
  return {
    database,
    collection: ({ db, name }) => exact.get(`${db}.${name}`) ?? { db: database(db), name: name + suffix },
  };
}

function addExact(exact: Map<string, CollectionName>, from: string, to: string): void {
  const source = splitName(from);
  const target = splitName(to);
  // `db.c` -> `c2` would move the collection to `default`, which nobody means; the Go tool refuses it too.
  if (!source || !target || from.includes('.') !== to.includes('.')) {
    const what = `the rename ${JSON.stringify(from)} to ${JSON.stringify(to)}`;
    throw invalid(`${what} is neither db.collection to db.collection nor collection to collection`);
  }
  assertMilvusName('database', target.db);
  assertMilvusName('collection', target.name);
  const key = `${source.db}.${source.name}`;
  if (exact.has(key)) throw invalid(`the collection ${key} is renamed twice`);
  exact.set(key, target);
}

function splitName(text: string): CollectionName | undefined {
  const parts = text.split('.');
  if (parts.length > 2 || parts.includes('')) return undefined;
  const [first = '', second] = parts;
  return second === undefined ? { db: defaultDatabase, name: first } : { db: first, name: second };
}

/** `source` restored as `target`. */
export type Renamed<T extends CollectionName> = { source: T; target: CollectionName };

/** Names the target of every source. Two sources with one target, or an illegal target, are refused. */
export function renameAll<T extends CollectionName>(renamer: Renamer, sources: readonly T[]): Renamed<T>[] {
  const taken = new Map<string, T>();
  return sources.map((source) => {
    const target = renamer.collection(source);
    if (target.name !== source.name) assertMilvusName('collection', target.name);
    const key = `${target.db}.${target.name}`;
    const other = taken.get(key);
    if (other) {
      throw invalid(
        `${other.db}.${other.name} and ${source.db}.${source.name} would both be restored as ${key}`,
      );
    }
    taken.set(key, source);
    return { source, target };
  });
}

/**
 * The Go tool's `--rename a:b,c:d` (restore-and-interfaces 1.4): `db1.*:db2.*`, `db1.c1:db2.c2`, `c1:c2`, and
 * `db1.:db2.`, which it accepts and ignores. Both sides have the same form; of a repeated source the last one wins.
 */
export function parseGoRename(text: string): Rename {
  const databases = new Map<string, string>();
  const collections = new Map<string, string>();
  for (const rule of text === '' ? [] : text.split(',')) {
    const [from = '', to = ''] = rule.split(':');
    const form = goForm(from);
    if (form === undefined || form !== goForm(to)) {
      throw invalid(`the rename ${JSON.stringify(rule)} is none of: db1.*:db2.*, db1.c1:db2.c2, c1:c2`);
    }
    if (form === 'database') databases.set(from.slice(0, -2), to.slice(0, -2));
    if (form === 'collection') collections.set(`${defaultDatabase}.${from}`, `${defaultDatabase}.${to}`);
    if (form === 'full') collections.set(from, to);
  }
  return { databases: Object.fromEntries(databases), collections: Object.fromEntries(collections) };
}

function goForm(text: string): 'database' | 'full' | 'collection' | 'ignored' | undefined {
  if (/^\w+\.\*$/.test(text)) return 'database';
  if (/^\w+\.\w+$/.test(text)) return 'full';
  if (/^\w+$/.test(text)) return 'collection';
  return /^\w+\.$/.test(text) ? 'ignored' : undefined;
}

function invalid(what: string): OperatorError {
  return new OperatorError('InvalidConfiguration', what);
}
