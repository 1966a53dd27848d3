// SPDX-License-Identifier: Apache-2.0
// Which collections a run is about: include and exclude patterns of ours, and the Go tool's --filter as the same thing.
import { OperatorError } from '../base/error.ts';
import { defaultDatabase } from './names.ts';

export type CollectionName = { db: string; name: string };

/** One pattern; both halves may hold `*` and `?`. */
export type Pattern = {
  /** As written, for messages. */
  text: string;
  db: string;
  /** Absent: the database itself and none of its collections (`db.` of the Go tool). */
  name?: string;
};

/** An empty `include` is everything. */
export type Selection = { include: Pattern[]; exclude: Pattern[] };

export type Selected<T extends CollectionName> = {
  /** In the order given. */
  collections: T[];
  databases: string[];
  /** Include patterns that no collection or database answers to, as written. */
  unmatched: string[];
};

/** `db.collection`, `db.*`, `*`, globs; a name without a dot is in `default`, but `*` alone is everything. */
export function parseSelection(include: readonly string[] = [], exclude: readonly string[] = []): Selection {
  return { include: include.map(parsePattern), exclude: exclude.map(parsePattern) };
}

function parsePattern(text: string): Pattern {
  if (text === '*') return { text, db: '*', name: '*' };
  const parts = text.split('.');
  const [db, name] = parts.length === 1 ? [defaultDatabase, text] : parts;
  if (parts.length > 2 || !isGlob(db) || !isGlob(name)) {
    throw new OperatorError(
      'InvalidConfiguration',
      `the pattern ${JSON.stringify(text)} is none of: db.collection, db.*, collection, *`,
    );
  }
  return { text, db, name };
}

function isGlob(half: string | undefined): half is string {
  return half !== undefined && half.length <= 512 && /^[^\s./\\,]+$/.test(half);
}

/**
 * The Go tool's filter: `db.*`, `db.coll`, `coll`, `db.`, separated by commas without blanks (5.1); '' is everything.
 * Orders that make the Go tool panic (`db1.*,db1.c1`) mean what they say here.
 */
export function parseGoFilter(filter: string): Selection {
  const include = filter === '' ? [] : filter.split(',').map(parseGoRule);
  return { include, exclude: [] };
}

function parseGoRule(text: string): Pattern {
  const [, first, dot, second] = /^(\w+)(\.)?(\w+|\*)?$/.exec(text) ?? [];
  if (first === undefined || (dot === undefined && second !== undefined)) {
    throw new OperatorError(
      'InvalidConfiguration',
      `the filter rule ${JSON.stringify(text)} is none of: db.*, db.collection, collection, db.`,
    );
  }
  if (dot === undefined) return { text, db: defaultDatabase, name: first };
  return second === undefined ? { text, db: first } : { text, db: first, name: second };
}

/** Applies a selection to all that there is. A pattern whose matches are all excluded is still matched. */
export function select<T extends CollectionName>(
  selection: Selection,
  all: { databases: readonly string[]; collections: readonly T[] },
): Selected<T> {
  const include = selection.include.map(compile);
  const exclude = selection.exclude.map(compile);
  const isIn = (item: CollectionName): boolean =>
    (include.length === 0 || include.some((matcher) => matcher.collection(item))) &&
    !exclude.some((matcher) => matcher.collection(item));
  const collections = all.collections.filter(isIn);
  const named = new Set(collections.map(({ db }) => db));
  const databases = all.databases.filter(
    (db) =>
      named.has(db) ||
      ((include.length === 0 || include.some((matcher) => matcher.database(db))) &&
        !exclude.some((matcher) => matcher.database(db))),
  );
  const unmatched = include
    .filter((matcher) => !all.collections.some(matcher.collection) && !all.databases.some(matcher.database))
    .map((matcher) => matcher.text);
  return { collections, databases, unmatched };
}

type Matcher = {
  text: string;
  collection: (item: CollectionName) => boolean;
  /** Whether the pattern stands for the database as a whole. */
  database: (db: string) => boolean;
};

function compile({ text, db, name }: Pattern): Matcher {
  const whole = name === undefined || name === '*';
  return {
    text,
    collection: (item) => name !== undefined && matchesGlob(name, item.name) && matchesGlob(db, item.db),
    database: (candidate) => whole && matchesGlob(db, candidate),
  };
}

/** `*` is any run of characters, `?` one. Goes back to the last `*` only, so no pattern takes exponential time. */
export function matchesGlob(glob: string, text: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  for (let index = 0; index < text.length;) {
    const wanted = glob[at];
    if (wanted === '*') {
      star = at++;
      resume = index;
    } else if (wanted === '?' || wanted === text[index]) {
      at++;
      index++;
    } else if (star >= 0) {
      at = star + 1;
      index = ++resume;
    } else {
      return false;
    }
  }
  while (glob[at] === '*') at++;
  return at === glob.length;
}
