// SPDX-License-Identifier: Apache-2.0
// From what was given to one value for every key: read, or lent by milvus.storage, or the default.
import type { Given, GivenMap, Notes, Origin } from './config-given.ts';
import { notInherited, parameters } from './config-schema.ts';
import { readValue, type Parameter } from './parameter.ts';

/** A key with its value in canonical text and where that came from. */
export type Setting = { parameter: Parameter; value: string; origin: Origin };

export type SettingMap = {
  all: readonly Setting[];
  of(key: string): Setting;
  value(key: string): string;
};

/** Settles every key of the table; what cannot be read is a problem and stands as its default. */
export function settle(given: GivenMap, notes: Notes): SettingMap {
  const settings = new Map<string, Setting>();
  const lent = lender(given);
  for (const parameter of parameters) {
    const own = given.get(parameter.key);
    const from =
      own === undefined && lent(parameter.key) ? settings.get(milvusKey(parameter.key)) : undefined;
    settings.set(
      parameter.key,
      own ? read(parameter, own, notes) : (borrow(parameter, from) ?? byDefault(parameter)),
    );
  }
  withoutShadowedDefaults(settings);
  const of = (key: string): Setting => {
    const setting = settings.get(key);
    if (setting === undefined) throw new Error(`no parameter ${key}`);
    return setting;
  };
  return { all: [...settings.values()], of, value: (key) => of(key).value };
}

function read(parameter: Parameter, given: Given, notes: Notes): Setting {
  const reading = readValue(parameter, given.text);
  if ('value' in reading) return { parameter, value: reading.value, origin: given.origin };
  const found = parameter.secret ? 'a text' : JSON.stringify(given.text.slice(0, 80));
  const { key, where } = given.origin;
  notes.problems.push(`${key} (${where}): found ${found}; allowed: ${reading.allowed}`);
  return { parameter, value: parameter.default, origin: given.origin };
}

function byDefault(parameter: Parameter): Setting {
  return {
    parameter,
    value: parameter.default,
    origin: { kind: 'default', key: parameter.key, where: 'default' },
  };
}

function borrow(parameter: Parameter, from: Setting | undefined): Setting | undefined {
  if (from === undefined || from.origin.kind === 'default') return undefined;
  const origin: Origin = { kind: 'inherited', key: from.parameter.key, where: from.parameter.key };
  return { parameter, value: from.value, origin };
}

const section = 'backup.storage.';
const logins = ['auth.accessKeyID', 'auth.secretAccessKey', 'auth.sessionToken'];

function milvusKey(key: string): string {
  return `milvus.storage.${key.slice(section.length)}`;
}

/**
 * Whether a key of backup.storage is lent by milvus.storage. A login's text and its file are two ways to say one thing:
 * giving one of them here keeps the other from being lent. A session token goes with its access key.
 */
function lender(given: GivenMap): (key: string) => boolean {
  const has = (name: string): boolean => given.has(`${section}${name}`) || given.has(`${section}${name}File`);
  const withheld = new Set(notInherited);
  for (const name of logins) {
    if (has(name) || (name === 'auth.sessionToken' && has('auth.accessKeyID'))) {
      withheld.add(name).add(`${name}File`);
    }
  }
  return (key) => key.startsWith(section) && !withheld.has(key.slice(section.length));
}

/** minioadmin is no default where a file holds the key, or where no key is used. */
function withoutShadowedDefaults(settings: Map<string, Setting>): void {
  for (const above of ['milvus.storage.', section]) {
    const keyless = settings.get(`${above}auth.type`)?.value !== 'static';
    for (const name of logins) {
      const text = settings.get(above + name);
      const shadowed = keyless || settings.get(`${above}${name}File`)?.value !== '';
      if (text?.origin.kind === 'default' && shadowed) text.value = '';
    }
  }
}
