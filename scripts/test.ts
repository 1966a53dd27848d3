// SPDX-License-Identifier: Apache-2.0
// `npm test`: the gate of each commit, then every suite, stage by stage. The last line counts what ran; what did not run
// is named above it. A suite that cannot start counts as a failure, never as nothing.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { down, status } from '../test/lab/lab.ts';
import { countsOf, runSuite, type Counts } from './suite-run.ts';
import { suitesOf, usage, type Stage, type Suite } from './suites.ts';

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
  const all = await Promise.all(stage.map((suite) => count(suite, stage)));
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

async function count(suite: Suite, stage: Stage): Promise<Counts> {
  const start = performance.now();
  console.log(`\n== ${suite.name}: ${suite.what}`);
  // Lines of suites that run at once say whose they are.
  const prefix = stage.length > 1 ? `[${suite.name}] ` : '';
  const counts = countsOf(await runSuite(suite, { reports, prefix, seed: values.seed }));
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  console.log(`== ${suite.name}: ${counts.passed} passed, ${counts.failed} failed in ${seconds} s`);
  return counts;
}
