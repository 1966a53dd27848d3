// SPDX-License-Identifier: Apache-2.0
// Tables of the fields and rules of a kind, for docs/api. From the schema that is applied, so they cannot say more.
import { reasons, consequenceOf, type Consequence } from '../base/reason.ts';
import { backupTemplate } from './backup.schema.ts';
import type { Kind } from './crd.ts';
import { jobOverrides } from './job-overrides.ts';
import type { Rule, Schema } from './schema.ts';

/** Generated parts of a page by their names. */
export type Parts = Record<string, () => string>;

const consequences: Record<Consequence, string> = {
  wait: 'waits for its turn or for what is missing',
  retry: 'another attempt',
  stop: 'ends the run',
  inform: 'nothing is wrong',
};

/** The parts of the page of one kind. */
export function partsOf(kind: Kind): Parts {
  return {
    spec: () => fieldTable(kind.spec),
    rules: () => ruleTable({ spec: kind.spec, status: kind.status }),
    status: () => fieldTable(kind.status),
  };
}

/** The parts of the page about what kinds share. */
export const sharedParts: Parts = {
  job: () => fieldTable(jobOverrides, { isWhole: true }),
  rules: () => ruleTable({ job: jobOverrides }, { isWhole: true }),
  reasons: () =>
    table(
      ['reason', 'what follows'],
      reasons.map((reason) => [code(reason), consequences[consequenceOf(reason)]]),
    ),
};

/** Writes each part between `<!-- generated: name -->` and `<!-- end -->`. A page that lost one is an error. */
export function fillPage(page: string, parts: Parts, path: string): string {
  let filled = page;
  for (const [name, write] of Object.entries(parts)) {
    const start = `<!-- generated: ${name} -->`;
    const from = filled.indexOf(start);
    const to = filled.indexOf('<!-- end -->', from);
    if (from < 0 || to < 0) throw new Error(`${path} has no part "${start} ... <!-- end -->"`);
    filled = `${filled.slice(0, from)}${start}\n${write()}\n${filled.slice(to)}`;
  }
  return filled;
}

/** What stands on a page of its own: it is the same everywhere, and long. */
const elsewhere = new Map<Schema, string>([
  [jobOverrides, '[job](shared.md#job)'],
  [backupTemplate, '[spec of MilvusBackup](backup.md#spec)'],
]);

type Extent = { isWhole?: boolean };

function fieldTable(schema: Schema, extent: Extent = {}): string {
  return table(['field', 'type', 'default', 'meaning'], fieldRows(schema, '', extent));
}

function fieldRows(schema: Schema, path: string, extent: Extent): string[][] {
  const required = new Set(schema.required);
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const here = path === '' ? name : `${path}.${name}`;
    const row = [code(here), typeOf(property), defaultOf(property, required.has(name)), property.description];
    const page = extent.isWhole ? undefined : elsewhere.get(property);
    if (page !== undefined) return [[...row.slice(0, 3), `${property.description} See ${page}.`]];
    const inner = property.items ?? property.additionalProperties ?? property;
    return [row, ...fieldRows(inner, property.items ? `${here}[]` : here, extent)];
  });
}

function typeOf(schema: Schema): string {
  if (schema['x-kubernetes-int-or-string']) return 'quantity';
  if (schema.enum) return schema.enum.map(code).join(', ');
  if (schema.items) return `list of ${typeOf(schema.items)}, at most ${schema.maxItems}`;
  if (schema.additionalProperties) {
    return `map to ${typeOf(schema.additionalProperties)}, at most ${schema.maxProperties}`;
  }
  return schema.format === 'date-time' ? 'time' : (schema.type ?? 'object');
}

function defaultOf(schema: Schema, isRequired: boolean): string {
  if (isRequired) return 'required';
  const standard = schema.default;
  if (standard === undefined || typeof standard === 'object') return '';
  return code(typeof standard === 'string' ? standard : JSON.stringify(standard));
}

function ruleTable(roots: Record<string, Schema>, extent: Extent = {}): string {
  const rows = Object.entries(roots).flatMap(([name, schema]) => rulesOf(schema, name, extent));
  return table(
    ['where', 'what must hold'],
    rows.map(([path, { message }]) => [code(path), message]),
  );
}

/** Every rule below a schema with the path of the field that it guards. */
export function rulesOf(schema: Schema, path: string, extent: Extent = {}): [string, Rule][] {
  if (elsewhere.has(schema) && !extent.isWhole) return [];
  const own = schema['x-kubernetes-validations'] ?? [];
  const inner: [string, Schema | undefined][] = [
    ...Object.entries(schema.properties ?? {}).map(([name, property]): [string, Schema] => [
      `${path}.${name}`,
      property,
    ]),
    [`${path}[]`, schema.items],
    [`${path}.*`, schema.additionalProperties],
  ];
  return [
    ...own.map((rule): [string, Rule] => [path + (rule.fieldPath ?? ''), rule]),
    ...inner.flatMap(([at, below]) => (below ? rulesOf(below, at, extent) : [])),
  ];
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

function code(text: string): string {
  return `\`${text}\``;
}
