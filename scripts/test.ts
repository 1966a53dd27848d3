// SPDX-License-Identifier: Apache-2.0
// `npm test`: the gate of each commit, then every suite in turn. The last line counts what ran; what did not run is named
// above it. A suite that cannot start counts as a failure, never as nothing.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { down, status } from '../test/lab/lab.ts';
import { suitesOf, usage, type Suite } from './suites.ts';

type Counts = { passed: number; failed: number };

const { values, positionals } = parseArgs({ allowPositionals: true, options: { seed: { type: 'string' } } });
const chosen = suitesOf(positionals[0] ?? 'all');
if (!chosen) {
  console.error(usage);
  process.exit(2);
}

const needsLab = chosen.run.some((suite) => suite.lab);
const { trouble } = needsLab ? await status() : { trouble: undefined };

const total: Counts = { passed: 0, failed: 0 };
const reports = mkdtempSync(join(tmpdir(), 'milvus-backup-tests-'));
for (const suite of chosen.run) {
  const start = performance.now();
  console.log(`\n== ${suite.name}: ${suite.what}`);
  const counts = suite.project === undefined ? runScript(suite) : runVitest(suite);
  total.passed += counts.passed;
  total.failed += counts.failed;
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  console.log(`== ${suite.name}: ${counts.passed} passed, ${counts.failed} failed in ${seconds} s`);
}
rmSync(reports, { recursive: true });
// Only what this command started is taken down: a lab that was up before stays.
if (trouble !== undefined) await down({ log: (line) => console.log(line) });
for (const suite of chosen.left) console.log(`not run: ${suite.name} (${suite.what}): ${suite.command}`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;

function runScript(suite: Suite): Counts {
  const { status } = spawnSync(process.execPath, suite.args, { stdio: ['ignore', 'inherit', 'inherit'] });
  return status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

function runVitest(suite: Suite): Counts {
  const report = join(reports, `${suite.name}.json`);
  const args = [
    'run',
    '--project',
    suite.project ?? '',
    '--reporter',
    'default',
    '--reporter',
    'json',
    '--outputFile.json',
    report,
  ];
  const seeds = values.seed ?? suite.seeds;
  const env = { ...process.env, ...(seeds === undefined ? {} : { ROUNDTRIP_SEEDS: seeds }) };
  const { status } = spawnSync(join('node_modules', '.bin', 'vitest'), [...args, ...suite.args], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env,
  });
  return countsOf(report, status);
}

/** A file that failed to load has no test that failed; neither has an unhandled error: each counts as one failure. */
function countsOf(report: string, status: number | null): Counts {
  try {
    const json = JSON.parse(readFileSync(report, 'utf8')) as {
      numPassedTests: number;
      numFailedTests: number;
      numPendingTests: number;
      testResults: { status: string; assertionResults: unknown[] }[];
    };
    const unloaded = json.testResults.filter(
      (f) => f.status === 'failed' && f.assertionResults.length === 0,
    ).length;
    const failed = json.numFailedTests + json.numPendingTests + unloaded;
    return { passed: json.numPassedTests, failed: failed === 0 && status !== 0 ? 1 : failed };
  } catch {
    return { passed: 0, failed: 1 };
  }
}
