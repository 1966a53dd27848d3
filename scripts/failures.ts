// SPDX-License-Identifier: Apache-2.0
// `npm run test:failures [-- <suite> ...]`: every test of the failure table over all suites, stage by stage, then the table
// with what came of each row. A row of which nothing ran is no success.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { down, status } from '../test/lab/lab.ts';
import { numbersIn, rows, taggedBelow, type Row } from './failure-table.ts';
import { countsOf, runSuite, type Test } from './suite-run.ts';
import { failureStages, type Suite } from './suites.ts';

const chosen = new Set(process.argv.slice(2));
const names = failureStages.flat().map(({ name }) => name);
const unknown = [...chosen].filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`no suite ${unknown.join(', ')} holds a row: ${names.join(', ')}`);
  process.exit(2);
}

type Seen = Map<string, { passed: number; failed: number }>;

const stages = failureStages
  .map((stage) => stage.filter(({ name }) => chosen.size === 0 || chosen.has(name)))
  .filter((stage) => stage.length > 0);
const needsLab = stages.flat().some((suite) => suite.lab);
const { trouble } = needsLab ? await status() : { trouble: undefined };
const reports = mkdtempSync(join(tmpdir(), 'milvus-backup-failures-'));
const files = [...new Set(taggedBelow('test').map(({ file }) => join('test', file)))];
const seen: Seen = new Map();
const total = { passed: 0, failed: 0 };
const start = performance.now();
for (const stage of stages) await Promise.all(stage.map((suite) => play(suite, stage.length > 1)));
rmSync(reports, { recursive: true });
// Only what this command started is taken down: a lab that was up before stays.
if (trouble !== undefined) await down({ log: (line) => console.log(line) });
tell();

/** Only tests of the table count: the others of their files are not even begun. */
async function play(suite: Suite, isBeside: boolean): Promise<void> {
  const prefix = isBeside ? `[${suite.name}] ` : '';
  console.log(`\n== ${suite.name}: ${suite.what}`);
  const args = ['--testNamePattern', '\\[FM-', '--passWithNoTests', ...files];
  const ran = await runSuite(suite, { reports, prefix, args });
  const tests = ran.tests.filter(({ fullName }) => fullName.includes('[FM-'));
  for (const test of tests) note(test);
  const { passed, failed } = countsOf({ ...ran, tests });
  total.passed += passed;
  total.failed += failed;
  console.log(`== ${suite.name}: ${passed} passed, ${failed} failed`);
}

function note({ fullName, status }: Test): void {
  for (const number of numbersIn(fullName)) {
    const so = seen.get(number) ?? { passed: 0, failed: 0 };
    so[status === 'passed' ? 'passed' : 'failed'] += 1;
    seen.set(number, so);
  }
}

function tell(): void {
  const width = Math.max(...rows.map(({ what }) => what.length));
  console.log(`\n${'row'.padEnd(6)}${'what'.padEnd(width + 2)}level  tests  verdict`);
  for (const row of rows) {
    const { passed, failed } = seen.get(row.number) ?? { passed: 0, failed: 0 };
    const count = String(passed + failed).padStart(5);
    console.log(
      `FM-${row.number} ${row.what.padEnd(width + 2)}${row.levels.join('').padEnd(7)}${count}  ${verdictOf(row)}`,
    );
  }
  // Whoever asks for some suites only is told of the others, and fails by nothing that was left out.
  const missing = chosen.size > 0 ? [] : rows.filter(({ number }) => !seen.has(number));
  for (const name of names.filter((one) => chosen.size > 0 && !chosen.has(one)))
    console.log(`not run: ${name}`);
  const minutes = ((performance.now() - start) / 60_000).toFixed(1);
  console.log(`${minutes} min`);
  console.log(`${total.passed} passed, ${total.failed + missing.length} failed`);
  process.exitCode = total.failed + missing.length > 0 || total.passed === 0 ? 1 : 0;
}

function verdictOf({ number, waits }: Row): string {
  const { passed, failed } = seen.get(number) ?? { passed: 0, failed: 0 };
  const verdict = failed > 0 ? `red (${failed})` : passed > 0 ? 'green' : 'not run';
  return waits === undefined ? verdict : `${verdict}; waiting: ${waits}`;
}
