// SPDX-License-Identifier: Apache-2.0
// The tables of docs/metrics.md, from the registry that the operator serves.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fillPage } from '../src/api/document.ts';
import { systemClock } from '../src/base/clock.ts';
import { prefix } from '../src/controllers/metrics-series.ts';
import { createControllers } from '../src/controllers/wiring.ts';
import { createMetrics } from '../src/kube/metrics.ts';
import type { Rest } from '../src/kube/rest.ts';
import { parseSettings } from '../src/cmd/operator-settings.ts';

export const metricsPage = 'docs/metrics.md';

export type Metric = { name: string; type: string; help: string; labels: readonly string[] };

const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** All that a running operator tells, by name. Nothing is started for it. */
export async function describeMetrics(): Promise<Metric[]> {
  const metrics = createMetrics();
  createControllers({
    rest: {} as Rest,
    clock: systemClock,
    log: silent,
    settings: parseSettings('image: any', 'here'),
    namespaces: [],
    recorder: { record: () => undefined },
    metrics,
    mayRun: () => true,
  });
  const labelsOf = new Map(
    metrics.registry.getMetricsAsArray().map((metric) => [metric.name, labelsIn(metric)]),
  );
  const all = await metrics.registry.getMetricsAsJSON();
  return all
    .map(({ name, type, help }) => ({ name, type, help, labels: labelsOf.get(name) ?? [] }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The library's metrics have them, its types do not. */
function labelsIn(metric: object): readonly string[] {
  return 'labelNames' in metric && Array.isArray(metric.labelNames) ? (metric.labelNames as string[]) : [];
}

export async function metricsFile(root: string): Promise<string> {
  const all = await describeMetrics();
  const ours = ({ name }: Metric): boolean => name.startsWith(prefix);
  const parts = {
    ours: () => tableOf(all.filter(ours)),
    common: () => tableOf(all.filter((metric) => !ours(metric))),
  };
  return fillPage(readFileSync(join(root, metricsPage), 'utf8'), parts, metricsPage);
}

export async function generateMetrics(root: string): Promise<void> {
  writeFileSync(join(root, metricsPage), await metricsFile(root));
}

function tableOf(metrics: readonly Metric[]): string {
  const rows = metrics.map(({ name, type, help, labels }) => {
    const shown = labels.map((label) => `\`${label}\``).join(', ');
    return `| \`${name}\` | ${type} | ${shown} | ${help} |`;
  });
  return ['| metric | type | labels | tells |', '|---|---|---|---|', ...rows].join('\n');
}
