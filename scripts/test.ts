// SPDX-License-Identifier: Apache-2.0
// `npm test`: the gate of each commit, then every suite, stage by stage. The last line counts what ran; what did not run
// is named above it. A suite that cannot start counts as a failure, never as nothing.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { down, status } from '../test/lab/lab.ts';
import { suitesOf, usage, type Stage, type Suite } from './suites.ts';

type Counts = { passed: number; failed: number };

const { values, positionals } = parseArgs({ allowPositionals: true, options: { seed: { type: 'string' } } });
const chosen = suitesOf(positionals[0] ?? 'all');
if (!chosen) {
  console.error(usage);
  process.exit(2);
}

const needsLab = chosen.stages.flat().some((suite) => suite.lab);
const { trouble } = needsLab ? await status() : { trouble: undefined };

const total: Counts = { passed: 0, failed: 0 };
const reports = mkdtempSync(join(tmpdir(), 'milvus-backup-tests-'));
for (const stage of chosen.stages) {
  const all = await Promise.all(stage.map((suite) => runSuite(suite, stage)));
  for (const { passed, failed } of all) {
    total.passed += passed;
    total.failed += failed;
  }
}
rmSync(reports, { recursive: true });
// Only what this command started is taken down: a lab that was up before stays.
if (trouble !== undefined) await down({ log: (line) => console.log(line) });
for (const suite of chosen.left) console.log(`not run: ${suite.name} (${suite.what}): ${suite.command}`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;

async function runSuite(suite: Suite, stage: Stage): Promise<Counts> {
  const start = performance.now();
  console.log(`\n== ${suite.name}: ${suite.what}`);
  // Lines of suites that run at once say whose they are.
  const prefix = stage.length > 1 ? `[${suite.name}] ` : '';
  const counts = await (suite.project === undefined ? runScript(suite, prefix) : runVitest(suite, prefix));
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  console.log(`== ${suite.name}: ${counts.passed} passed, ${counts.failed} failed in ${seconds} s`);
  return counts;
}

async function runScript(suite: Suite, prefix: string): Promise<Counts> {
  const code = await run(process.execPath, suite.args, { prefix });
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

async function runVitest(suite: Suite, prefix: string): Promise<Counts> {
  const report = join(reports, `${suite.name}.json`);
  const reporters = ['--reporter', 'default', '--reporter', 'json', '--outputFile.json', report];
  const args = ['run', '--project', suite.project ?? '', ...reporters, ...suite.args];
  const seeds = values.seed ?? suite.seeds;
  const env = seeds === undefined ? {} : { ROUNDTRIP_SEEDS: seeds };
  return countsOf(report, await run(join('node_modules', '.bin', 'vitest'), args, { prefix, env }));
}

/** The exit code; null for one that was killed or could not start. */
async function run(
  command: string,
  args: string[],
  { prefix, env = {} }: { prefix: string; env?: Record<string, string> },
): Promise<number | null> {
  const stdio = prefix === '' ? 'inherit' : 'pipe';
  const child = spawn(command, args, { stdio: ['ignore', stdio, stdio], env: { ...process.env, ...env } });
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface(stream).on('line', (line) => console.log(prefix + line));
  }
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    return code;
  } catch (error) {
    console.log(`${prefix}${command} could not be started: ${String(error)}`);
    return null;
  }
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
