// SPDX-License-Identifier: Apache-2.0
// The alerts ask for metrics that there are, by labels that those have.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { chartFolder } from '../../../scripts/generate-chart.ts';
import { describeMetrics, type Metric } from '../../../scripts/generate-metrics.ts';

const root = join(import.meta.dirname, '../../..');
type Rule = { alert: string; expr: string; for: string; labels: Tree; annotations: Tree };
type Tree = Record<string, string>;
const { groups } = load(readFileSync(join(root, chartFolder, 'files/alerts.yaml'), 'utf8')) as {
  groups: { name: string; rules: Rule[] }[];
};
const rules = groups.flatMap((group) => group.rules);
const metrics = await describeMetrics();

/** Names of metrics in an expression, with the labels that they are narrowed by. */
function asked(expr: string): { name: string; labels: string[] }[] {
  return [...expr.matchAll(/\b((?:milvus_backup|leader_election)_\w+)(?:\{([^}]*)\})?/g)].map(
    ([, name = '', narrow = '']) => ({
      name,
      labels: [...narrow.matchAll(/(\w+)=/g)].map(([, label = '']) => label),
    }),
  );
}

const metricOf = (name: string): Metric | undefined => metrics.find((metric) => metric.name === name);

describe.each(rules)('alert $alert', ({ alert, expr, annotations, labels, ...rest }) => {
  it('asks for metrics and labels that there are', () => {
    const found = asked(expr);
    expect(found).not.toEqual([]);
    for (const { name, labels: narrow } of found) {
      expect(metricOf(name), name).toBeDefined();
      expect(narrow.filter((label) => !metricOf(name)?.labels.includes(label))).toEqual([]);
    }
  });

  it('names what it is about by labels that its expression keeps', () => {
    const kept = [...expr.matchAll(/by \(([^)]*)\)/g)].map(([, list = '']) => list.split(', '));
    const texts = Object.values(annotations).join(' ');
    for (const [, label = ''] of texts.matchAll(/\$labels\.(\w+)/g)) {
      expect(kept.every((list) => list.includes(label)) && kept.length > 0, label).toBe(true);
    }
  });

  it('says how bad it is, what has happened and where to look', () => {
    expect(alert).toMatch(/^MilvusBackup[A-Z]\w+$/);
    expect(labels['severity']).toMatch(/^(critical|warning)$/);
    expect(rest.for).toMatch(/^\d+m$/);
    expect(annotations['summary']).toMatch(/\.$/);
    expect(annotations['description']).toMatch(/\.$/);
  });
});

it('the check knows a metric that there is not', () => {
  expect(asked('max(milvus_backup_nothing{colour="red"}) == 0')).toEqual([
    { name: 'milvus_backup_nothing', labels: ['colour'] },
  ]);
  expect(metricOf('milvus_backup_nothing')).toBeUndefined();
});
