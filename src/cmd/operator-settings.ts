// SPDX-License-Identifier: Apache-2.0
// The operator's settings file, which the chart writes: the same names as in plan/settings.ts, checked whole before
// anything starts, every mistake at once.
import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { messageOf, OperatorError } from '../base/error.ts';
import { nearest } from '../contract/suggest.ts';
import type { Settings } from '../plan/settings.ts';
import { version } from './version.ts';

/** What is wrong with a value; nothing where it fits. */
type Check = (value: unknown) => string | undefined;

export function readSettings(file: string): Settings {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw refused(`the settings cannot be read: ${messageOf(error)}. Name their file with --settings`);
  }
  return parseSettings(text, file);
}

/** `file` names the place in errors. */
export function parseSettings(text: string, file: string): Settings {
  let value: unknown;
  try {
    value = load(text);
  } catch (error) {
    throw refused(`${file} is no YAML: ${messageOf(error)}`);
  }
  if (!isRecord(value)) throw refused(`${file} holds no settings: at least image is needed`);
  const given = Object.fromEntries(Object.entries(value).filter(([, one]) => one !== null));
  const problems = problemsOf(given);
  if (problems.length > 0) throw refused(problems.map((problem) => `${file}: ${problem}`).join('; '));
  return { ...defaults, ...given } as Settings;
}

const defaults: Omit<Settings, 'image'> = {
  imagePullPolicy: 'IfNotPresent',
  imagePullSecrets: [],
  resources: {},
  env: [],
  labels: {},
  annotations: {},
  maxJobs: 50,
  maxJobsPerStorage: 10,
  version,
};

const text: Check = (value) => (typeof value === 'string' && value !== '' ? undefined : 'is no text');
const count: Check = (value) =>
  Number.isSafeInteger(value) && (value as number) > 0 ? undefined : 'is no number from 1';
const texts = mapOf(text, 'texts by name');
const amounts = mapOf((value) => (typeof value === 'number' ? undefined : text(value)), 'amounts by name');
const named = recordOf({ name: text }, ['name']);

/** Each with what it must be. */
const checks: Record<keyof Settings, Check> = {
  image: text,
  imagePullPolicy: oneOf('Always', 'IfNotPresent', 'Never'),
  imagePullSecrets: listOf(named),
  resources: recordOf({ requests: amounts, limits: amounts }),
  env: listOf(
    recordOf({ name: text, value: (value) => (value === '' ? undefined : text(value)) }, ['name', 'value']),
  ),
  caBundle: text,
  nodeSelector: texts,
  tolerations: listOf((value) => (isRecord(value) ? undefined : 'is no toleration')),
  priorityClassName: text,
  labels: texts,
  annotations: texts,
  maxJobs: count,
  maxJobsPerStorage: count,
  version: text,
};

function problemsOf(given: Record<string, unknown>): string[] {
  const problems = given['image'] === undefined ? ['image is missing: it names the image of each Job'] : [];
  for (const [key, value] of Object.entries(given)) {
    const problem = Object.hasOwn(checks, key)
      ? checks[key as keyof Settings](value)
      : `is no setting${suggestion(key)}`;
    if (problem !== undefined) problems.push(`${key} ${problem}`);
  }
  return problems;
}

function suggestion(key: string): string {
  const known = nearest(key, Object.keys(checks));
  return known === undefined ? '' : `: did you mean ${known}?`;
}

function oneOf(...choices: string[]): Check {
  return (value) =>
    choices.some((one) => one === value) ? undefined : `must be one of ${choices.join(', ')}`;
}

function listOf(check: Check): Check {
  return (value) => {
    if (!Array.isArray(value)) return 'is no list';
    return first(value.map((one, i) => within(`[${i}]`, check(one))));
  };
}

function mapOf(check: Check, what: string): Check {
  return (value) => {
    if (!isRecord(value)) return `must hold ${what}`;
    return first(Object.entries(value).map(([key, one]) => within(`.${key}`, check(one))));
  };
}

function recordOf(fields: Record<string, Check>, required: readonly string[] = []): Check {
  return (value) => {
    if (!isRecord(value)) return `must hold ${Object.keys(fields).join(' and ')}`;
    const missing = required
      .filter((key) => value[key] === undefined)
      .map((key) => within(`.${key}`, 'is missing'));
    const wrong = Object.entries(value).map(([key, one]) =>
      within(`.${key}`, Object.hasOwn(fields, key) ? fields[key]?.(one) : 'is not known here'),
    );
    return first([...missing, ...wrong]);
  };
}

function within(path: string, problem: string | undefined): string | undefined {
  return problem === undefined ? undefined : `${path} ${problem}`;
}

function first(problems: readonly (string | undefined)[]): string | undefined {
  return problems.find((problem) => problem !== undefined);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refused(message: string): OperatorError {
  return new OperatorError('InvalidConfiguration', message);
}
