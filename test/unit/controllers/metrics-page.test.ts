// SPDX-License-Identifier: Apache-2.0
// docs/metrics.md names what the operator tells, all of it, and only what may be told.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeMetrics, metricsFile, metricsPage } from '../../../scripts/generate-metrics.ts';

const root = join(import.meta.dirname, '../../..');

/** Whatever names a run, or what somebody wrote, has no end. */
const bounded = [
  'namespace',
  'kind',
  'instance',
  'storage',
  'schedule',
  'name',
  'phase',
  'reason',
  'rule',
  'version',
  'controller',
  'result',
  'priority',
  'resource',
  'outcome',
  'code',
  'method',
  'host',
];

describe('the page of metrics', () => {
  it('is as its source has it', async () => {
    expect(await metricsFile(root)).toBe(readFileSync(join(root, metricsPage), 'utf8'));
  });

  it('has a row for each metric, with its type', async () => {
    const rows = readFileSync(join(root, metricsPage), 'utf8').split('\n');
    for (const { name, type } of await describeMetrics()) {
      expect(rows.filter((row) => row.startsWith(`| \`${name}\` | ${type} |`))).toHaveLength(1);
    }
  });
});

describe('a metric', () => {
  it('has bounded labels only, and a text', async () => {
    for (const { name, labels, help } of await describeMetrics()) {
      expect(
        labels.filter((label) => !bounded.includes(label)),
        name,
      ).toEqual([]);
      expect(help, name).toMatch(/\.$/);
    }
  });

  it('is named as Prometheus wants it: a count is a total, a time has its unit', async () => {
    for (const { name, type } of await describeMetrics()) {
      expect(name.endsWith('_total'), name).toBe(type === 'counter');
      expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
      expect(name).not.toMatch(/_(time|duration|timestamp)$/);
    }
  });
});
