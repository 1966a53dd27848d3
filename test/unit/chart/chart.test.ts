// SPDX-License-Identifier: Apache-2.0
// What can be said of the chart without rendering it. test/control-plane/chart renders it.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { chartFiles, chartFolder, chartPaths, valuesOf } from '../../../scripts/generate-chart.ts';

const root = join(import.meta.dirname, '../../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const yaml = (path: string): Tree => load(read(path)) as Tree;

type Tree = { [key: string]: unknown };

describe('generated files', () => {
  it('are as their sources have them', () => {
    const files = chartFiles(root);
    expect([...files.keys()].sort()).toEqual(chartPaths().sort());
    for (const [path, text] of files) expect(read(path) === text, `${path} is up to date`).toBe(true);
  });

  it('are all the definitions there are', () => {
    const known = chartPaths().filter((path) => path.includes('/crds/'));
    const found = readdirSync(join(root, chartFolder, 'templates/crds'));
    expect(found.map((name) => `${chartFolder}/templates/crds/${name}`).sort()).toEqual(known.sort());
  });
});

describe('a definition of the chart', () => {
  it.each(readdirSync(join(root, 'crds')))('is that of crds/%s, and is kept', (name) => {
    const [plural] = name.split('.');
    const lines = read(`${chartFolder}/templates/crds/${plural}.yaml`).split('\n');
    expect(lines[0]).toBe('{{- if .Values.crds.install }}');
    expect(lines.slice(-2)).toEqual(['{{- end }}', '']);
    const { metadata, ...definition } = load(lines.slice(1, -2).join('\n')) as Tree;
    const { metadata: ours, ...wanted } = yaml(`crds/${name}`);
    expect(definition).toEqual(wanted);
    expect(metadata).toEqual({ ...(ours as Tree), annotations: { 'helm.sh/resource-policy': 'keep' } });
  });
});

describe('values', () => {
  const values = yaml(`${chartFolder}/values.yaml`);
  const schema = JSON.parse(read(`${chartFolder}/values.schema.json`)) as Schema;

  it('are those of the schema, on every level', () => {
    // "global" is what a parent chart may hand down.
    const { global: _, ...properties } = schema.properties ?? {};
    expect(mismatches(values, { ...schema, properties })).toEqual([]);
  });

  it('the comparison sees a value that the schema lacks, and the other way round', () => {
    const image = { properties: { tag: {} } };
    const found = mismatches({ image: { tag: '', colour: '' } }, { properties: { image, more: {} } });
    expect(found).toEqual(['more is not in values.yaml', 'image.colour is not in the schema']);
  });

  it('each have a comment, which is a line of the table', () => {
    const explained = valuesOf(read(`${chartFolder}/values.yaml`)).map(({ path }) => path);
    const parents = (path: string): string[] =>
      path.split('.').map((_, i, all) => all.slice(0, i + 1).join('.'));
    const bare = leavesOf(values).filter((leaf) => !parents(leaf).some((path) => explained.includes(path)));
    expect(bare).toEqual([]);
    expect(new Set(explained).size).toBe(explained.length);
  });

  it('are found by their indentation', () => {
    const text = '# One.\na: 1\nb:\n  # Two,\n  # in two lines.\n  c: [2]\n  d: 3\n# Four.\ne: {}\n';
    expect(valuesOf(text)).toEqual([
      { path: 'a', meaning: 'One.', fallback: 1 },
      { path: 'b.c', meaning: 'Two, in two lines.', fallback: [2] },
      { path: 'e', meaning: 'Four.', fallback: {} },
    ]);
  });
});

it('chart, image and command have one version', () => {
  const { version } = JSON.parse(read('package.json')) as { version: string };
  expect(yaml(`${chartFolder}/Chart.yaml`)).toMatchObject({ version, appVersion: version });
  expect(read('Dockerfile')).toContain(`ARG VERSION=${version}\n`);
});

type Schema = { properties?: Record<string, Schema>; additionalProperties?: unknown };

/** Only where the schema names properties: what else is a map is free. */
function mismatches(values: unknown, schema: Schema, path: readonly string[] = []): string[] {
  if (schema.properties === undefined) return [];
  const known = schema.properties;
  const given = values as Tree;
  const at = (key: string): string => [...path, key].join('.');
  const missing = Object.keys(known).filter((key) => !Object.hasOwn(given, key));
  return [
    ...missing.map((key) => `${at(key)} is not in values.yaml`),
    ...Object.entries(given).flatMap(([key, value]) => {
      const inner = known[key];
      return inner ? mismatches(value, inner, [...path, key]) : [`${at(key)} is not in the schema`];
    }),
  ];
}

function leavesOf(value: unknown, path: readonly string[] = []): string[] {
  const isBranch = typeof value === 'object' && value !== null && !Array.isArray(value);
  const entries = isBranch ? Object.entries(value) : [];
  if (entries.length === 0) return [path.join('.')];
  return entries.flatMap(([key, inner]) => leavesOf(inner, [...path, key]));
}
