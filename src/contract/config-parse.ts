// SPDX-License-Identifier: Apache-2.0
// From texts to a Config: the file's layout is recognised, everything given is gathered, settled and checked, and all
// problems are said at once. Pure: whoever calls has read the file and hands over the environment.
import { OperatorError } from '../base/error.ts';
import { configOf } from './config-build.ts';
import { readDocument } from './config-document.ts';
import {
  givenByEnv,
  givenByFile,
  givenBySets,
  nameIn,
  unknownKey,
  type ConfigInput,
  type GivenMap,
  type Layout,
  type Notes,
} from './config-given.ts';
import { checkRules } from './config-rules.ts';
import { parameters } from './config-schema.ts';
import { settle, type Setting, type SettingMap } from './config-settings.ts';
import { oldKeys, translate } from './config-v1.ts';
import type { Config } from './config.ts';

export type { ConfigInput } from './config-given.ts';

export type ParsedConfig = {
  config: Config;
  version: 'v1' | 'v2';
  /** Every key with its value and origin, for `config show`. */
  settings: readonly Setting[];
  warnings: string[];
};

/** Throws InvalidConfiguration with one line for each problem. */
export function parseConfig(input: ConfigInput): ParsedConfig {
  const notes: Notes = { problems: [], warnings: [] };
  const version = input.file ? versionOf(input.file) : 'v2';
  const given = version === 'v2' ? gather(input, notes) : gatherOld(input, notes);
  const settings = settle(given, notes);
  if (notes.problems.length === 0) notes.problems.push(...checkRules(settings));
  if (notes.problems.length > 0) throw invalid(notes.problems);
  warnOfOddities(settings, notes);
  return { config: configOf(settings), version, settings: settings.all, warnings: notes.warnings };
}

const layout: Layout = {
  version: 'v2',
  names: parameters.map(({ key, env, kind }) => ({ key, env, list: kind === 'list', map: kind === 'map' })),
  elsewhere(key) {
    const old = oldKeys.find((name) => isBelow(name.key, key));
    if (old === undefined) return undefined;
    if (old.key.length !== key.length) return 'a section of configVersion v1; this file says v2';
    return old.to === undefined
      ? 'a key of configVersion v1 that has no meaning any more; remove it'
      : `a key of configVersion v1; in v2 it is ${old.to}`;
  },
};

const oldLayout: Layout = {
  version: 'v1',
  names: oldKeys.map(({ key, env }) => ({ key, env, list: key === 'milvus.etcd.endpoints' })),
  elsewhere(key) {
    return parameters.some((parameter) => isBelow(parameter.key, key))
      ? 'belongs to configVersion v2; say "configVersion: v2" in the first line'
      : undefined;
  },
};

/** Whether `key` is `path` or lies below it. */
function isBelow(key: string, path: string): boolean {
  return `${key}.`.toLowerCase().startsWith(`${path}.`.toLowerCase());
}

/** Absent means v1, as the established tool has it. */
function versionOf(file: { name: string; text: string }): 'v1' | 'v2' {
  const leaves = readDocument(file.name, file.text, () => false);
  const leaf = leaves.find(({ key }) => key.toLowerCase() === 'configversion');
  if (leaf === undefined || leaf.value === null) return 'v1';
  const value = typeof leaf.value === 'string' ? leaf.value.toLowerCase() : undefined;
  if (value === 'v1' || value === 'v2') return value;
  const found = value === undefined ? 'a list or a section' : JSON.stringify(value.slice(0, 80));
  throw invalid([`configVersion (${file.name}:${leaf.line ?? 1}): found ${found}; allowed: v1, v2`]);
}

function gather(input: ConfigInput, notes: Notes): GivenMap {
  const given: GivenMap = input.file ? givenByFile(layout, input.file, notes) : new Map();
  for (const [key, value] of givenByEnv(layout, input.env, notes)) given.set(key, value);
  givenBySets(input.sets, (name) => placeIn(layout, given, name) ?? unknownKey(layout, name), notes);
  return given;
}

/** With a file of the first layout, --set may still name keys of the second: they are put on top. */
function gatherOld(input: ConfigInput, notes: Notes): GivenMap {
  const old: GivenMap = input.file ? givenByFile(oldLayout, input.file, notes) : new Map();
  const late: GivenMap = new Map();
  for (const [key, value] of givenByEnv(oldLayout, input.env, notes)) old.set(key, value);
  const place = (name: string): { key: string; into: GivenMap } | string =>
    placeIn(oldLayout, old, name) ?? placeIn(layout, late, name) ?? unknownKey(oldLayout, name);
  givenBySets(input.sets, place, notes);
  notes.warnings.push(
    `${input.file?.name ?? 'configuration'} has the layout v1, which is read as v2; "milvus-backup config show" says what became of it`,
  );
  return new Map([...translate(old), ...late]);
}

function placeIn(layout: Layout, into: GivenMap, name: string): { key: string; into: GivenMap } | undefined {
  const key = nameIn(layout, name);
  return key === undefined ? undefined : { key, into };
}

/** Things that work, but perhaps not as meant. */
function warnOfOddities(settings: SettingMap, notes: Notes): void {
  const same = ['provider', 'address', 'port', 'bucketName', 'rootPath'].every(
    (name) => settings.value(`milvus.storage.${name}`) === settings.value(`backup.storage.${name}`),
  );
  if (same) {
    notes.warnings.push(
      'backups go into the folder that Milvus keeps its data in: give backup.storage.rootPath another value',
    );
  }
  for (const { parameter, value, origin } of settings.all) {
    const matters = parameter.key.endsWith('.milvusAddress') || parameter.key.endsWith('.auth.endpoint');
    if (matters && value !== '' && origin.kind !== 'inherited') {
      notes.warnings.push(
        `${origin.key} (${origin.where}) has no effect in this version: ${parameter.about}`,
      );
    }
  }
}

function invalid(problems: string[]): OperatorError {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return new OperatorError('InvalidConfiguration', `configuration: ${count}\n  ${problems.join('\n  ')}`);
}
