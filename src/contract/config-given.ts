// SPDX-License-Identifier: Apache-2.0
// Gathers what was given for each key of a layout: by the file, then the environment, then --set, the later one winning.
// Whatever names no key is a problem, never ignored: a misspelt key that is dropped in silence loses data.
import { readDocument, type Leaf } from './config-document.ts';
import { nearest } from './suggest.ts';

/** Where a value came from, in the words the reader used. */
export type Origin = {
  kind: 'default' | 'inherited' | 'file' | 'env' | 'set';
  /** As written there. */
  key: string;
  /** `backup.yaml:12`, `environment`, `--set`. */
  where: string;
};

export type Given = { text: string; origin: Origin };

export type GivenMap = Map<string, Given>;

/** A key in its own spelling. */
type Name = { key: string; env?: string | undefined; list?: boolean; map?: boolean };

export type Layout = {
  version: 'v1' | 'v2';
  names: readonly Name[];
  /** What to say of a key of the other layout; undefined if it is none. */
  elsewhere: (key: string) => string | undefined;
};

export type ConfigInput = {
  file?: { name: string; text: string };
  env: Readonly<Record<string, string | undefined>>;
  /** As given to --set, each `KEY=VALUE[,KEY=VALUE...]`. */
  sets: readonly string[];
};

/** What goes wrong is said together at the end, what is only odd beside it. */
export type Notes = { problems: string[]; warnings: string[] };

export function givenByFile(layout: Layout, file: { name: string; text: string }, notes: Notes): GivenMap {
  const keys = byLowerCase(layout);
  const sections = sectionsOf(layout);
  const given: GivenMap = new Map();
  for (const leaf of readDocument(file.name, file.text, (path) => sections.has(path))) {
    const where = leaf.line === undefined ? file.name : `${file.name}:${leaf.line}`;
    const path = leaf.key.toLowerCase();
    const name = keys.get(path);
    const isEmpty = leaf.value === null && (name !== undefined || sections.has(path));
    if (isEmpty || path === 'configversion') continue;
    const text = textOf(leaf, name);
    if (name === undefined || text === undefined) {
      notes.problems.push(`${leaf.key} (${where}): ${faultOf(layout, sections, leaf, name)}`);
    } else if (given.has(name.key)) {
      notes.problems.push(`${leaf.key} (${where}): stands there twice, in another spelling; keep one`);
    } else given.set(name.key, { text, origin: { kind: 'file', key: leaf.key, where } });
  }
  return given;
}

/** Undefined if what stands there has the wrong shape. */
function textOf({ value }: Leaf, name: Name | undefined): string | undefined {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return name?.list ? value.join(',') : undefined;
  return name?.map && value?.entries ? JSON.stringify(value.entries) : undefined;
}

function faultOf(layout: Layout, sections: ReadonlySet<string>, leaf: Leaf, name?: Name): string {
  if (name === undefined) {
    return sections.has(leaf.key.toLowerCase())
      ? `found ${shapeOf(leaf)}; allowed: a section of keys`
      : unknownKey(layout, leaf.key, sections);
  }
  const allowed = name.map ? 'a section of texts' : 'one value';
  return `found ${shapeOf(leaf)}; allowed: ${name.list ? 'a list of texts' : allowed}`;
}

export function givenByEnv(layout: Layout, env: ConfigInput['env'], notes: Notes): GivenMap {
  const given: GivenMap = new Map();
  for (const { key, env: variable } of layout.names) {
    const text = variable === undefined ? undefined : env[variable];
    if (variable === undefined || text === undefined || text === '') continue;
    // A Kubernetes Service called "milvus" puts MILVUS_PORT=tcp://10.0.0.1:19530 into every pod of its namespace.
    if (variable.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(text)) {
      notes.warnings.push(`environment ${variable}=${text} is a Kubernetes Service's, not a port: ignored`);
      continue;
    }
    given.set(key, { text, origin: { kind: 'env', key: variable, where: 'environment' } });
  }
  return given;
}

/** Splits `--set` texts; `place` says which map of given values a name belongs to. */
export function givenBySets(
  sets: readonly string[],
  place: (name: string) => { key: string; into: GivenMap } | string,
  notes: Notes,
): void {
  for (const entry of sets.flatMap(splitEntries)) {
    const at = entry.indexOf('=');
    if (at <= 0) {
      notes.problems.push(`--set: found ${at < 0 ? 'a text without =' : 'no key'}; allowed: KEY=VALUE`);
      continue;
    }
    const name = entry.slice(0, at).trim();
    const found = place(name);
    if (typeof found === 'string') notes.problems.push(`${name} (--set): ${found}`);
    else {
      const origin: Origin = { kind: 'set', key: name, where: '--set' };
      found.into.set(found.key, { text: entry.slice(at + 1), origin });
    }
  }
}

/** The layout's own spelling of a key or a variable's name, in whatever case it was written. */
export function nameIn(layout: Layout, written: string): string | undefined {
  const wanted = written.toLowerCase();
  return layout.names.find(({ key, env }) => key.toLowerCase() === wanted || env?.toLowerCase() === wanted)
    ?.key;
}

export function unknownKey(
  layout: Layout,
  key: string,
  sections: ReadonlySet<string> = sectionsOf(layout),
): string {
  const elsewhere = layout.elsewhere(key);
  if (elsewhere !== undefined) return elsewhere;
  const like = nearest(key, [...layout.names.map((name) => name.key), ...sections]);
  return `no such key${like === undefined ? '' : `; did you mean ${like}?`}`;
}

/** A comma begins a new entry only where a key follows it, so that a list or a password may hold commas. */
function splitEntries(text: string): string[] {
  return text.split(/,(?=\s*(?:\w+(?:\.\w+)+|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)=)/);
}

function shapeOf({ value }: Leaf): string {
  if (typeof value === 'string') return 'a text';
  return Array.isArray(value) ? 'a list' : (value?.shape ?? 'nothing');
}

function byLowerCase(layout: Layout): Map<string, Name> {
  return new Map(layout.names.map((name) => [name.key.toLowerCase(), name]));
}

/** Every path above a key, in lower case. */
function sectionsOf(layout: Layout): Set<string> {
  const sections = new Set<string>();
  for (const { key } of layout.names) {
    const parts = key.toLowerCase().split('.');
    for (let depth = 1; depth < parts.length; depth++) sections.add(parts.slice(0, depth).join('.'));
  }
  return sections;
}
