// SPDX-License-Identifier: Apache-2.0
// The table of parameters for people: with values (`config show`) and as Markdown for the documentation.
import { parameters } from './config-schema.ts';
import type { Setting } from './config-settings.ts';
import type { Parameter } from './parameter.ts';

/** As the established tool prints it: PARAMETER, VALUE, SOURCE, SOURCE_KEY. Secrets are masked. */
export function showSettings(settings: readonly Setting[]): string {
  const rows = settings.map(({ parameter, value, origin }) => [
    parameter.key,
    parameter.secret ? maskSecret(value) : value,
    parameter.unused ? `${origin.kind} (no effect)` : origin.kind,
    origin.kind === 'default' ? '' : `${origin.key}${origin.kind === 'file' ? ` (${origin.where})` : ''}`,
  ]);
  const head = ['PARAMETER', 'VALUE', 'SOURCE', 'SOURCE_KEY'];
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  return [head, ...rows]
    .map((row) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  '))
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

/** `ab****yz`, as the established tool masks; short ones are not hinted at. */
export function maskSecret(value: string): string {
  if (value === '') return '';
  return value.length <= 4 ? '****' : `${value.slice(0, 2)}****${value.slice(-2)}`;
}

/** A Markdown table of every key that has an effect, then one of those that are only read. */
export function configTable(): string {
  const used = parameters.filter((parameter) => !parameter.unused).map(markdownRow);
  const unused = parameters.filter((parameter) => parameter.unused).map(({ key }) => `\`${key}\``);
  return [
    '| key | default | allowed | environment | meaning |',
    '|---|---|---|---|---|',
    ...used,
    '',
    `Read and checked so that existing files pass, without effect: ${unused.join(', ')}.`,
    '',
  ].join('\n');
}

function markdownRow(parameter: Parameter): string {
  const { key, env, ours, about } = parameter;
  const code = (text: string): string => (text === '' ? '' : `\`${text}\``);
  const cells = [code(key), code(parameter.default), allowed(parameter), code(env ?? '')];
  return `| ${cells.join(' | ')} | ${ours ? '(ours) ' : ''}${about.replaceAll('|', '\\|')} |`;
}

function allowed({ kind, choices, min = 1, max }: Parameter): string {
  if (choices) return choices.join(', ');
  if (kind === 'integer') return max === undefined ? `at least ${min}` : `${min} to ${max}`;
  const words = {
    boolean: 'true, false',
    url: 'http(s)://host:port',
    host: 'host or IP',
    list: 'list',
    map: 'old: new',
  };
  return words[kind as keyof typeof words] ?? '';
}
