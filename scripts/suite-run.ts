// SPDX-License-Identifier: Apache-2.0
// Runs one suite as a process and tells what came of each of its tests. A suite that cannot start counts as a failure,
// never as nothing.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Suite } from './suites.ts';

export type Test = { fullName: string; status: 'passed' | 'failed' | 'skipped' | 'pending' | 'todo' };

export type Ran = {
  /** Null for one that was killed or could not start. */
  code: number | null;
  tests: Test[];
  /** Files without a test, because they could not be loaded. */
  unloaded: number;
};

export type Options = {
  /** Folder for the reports. */
  reports: string;
  /** Lines of suites that run at once say whose they are. */
  prefix?: string;
  seed?: string | undefined;
  /** More arguments for vitest. */
  args?: string[];
};

/** Runs it to its end. */
export async function runSuite(suite: Suite, options: Options): Promise<Ran> {
  const { reports, prefix = '', seed, args = [] } = options;
  if (suite.project === undefined) {
    const code = await run(process.execPath, suite.args, { prefix });
    return { code, tests: [{ fullName: suite.name, status: code === 0 ? 'passed' : 'failed' }], unloaded: 0 };
  }
  const report = join(reports, `${suite.name}.json`);
  const reporters = ['--reporter', 'default', '--reporter', 'json', '--outputFile.json', report];
  const all = ['run', '--project', suite.project, ...reporters, ...suite.args, ...args];
  const seeds = seed ?? suite.seeds;
  const env = seeds === undefined ? {} : { ROUNDTRIP_SEEDS: seeds };
  const code = await run(join('node_modules', '.bin', 'vitest'), all, { prefix, env });
  return { code, ...read(report) };
}

/** Without a report nothing was even loaded. */
function read(report: string): Omit<Ran, 'code'> {
  try {
    const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as {
      testResults: { status: string; assertionResults: Test[] }[];
    };
    const isUnloaded = (file: (typeof testResults)[number]): boolean =>
      file.status === 'failed' && file.assertionResults.length === 0;
    return {
      tests: testResults.flatMap(({ assertionResults }) => assertionResults),
      unloaded: testResults.filter(isUnloaded).length,
    };
  } catch {
    return { tests: [], unloaded: 1 };
  }
}

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

export type Counts = { passed: number; failed: number };

/** A file that failed to load has no test that failed; neither has an unhandled error: each counts as one failure. */
export function countsOf({ code, tests, unloaded }: Ran): Counts {
  const passed = tests.filter(({ status }) => status === 'passed').length;
  const failed = tests.length - passed + unloaded;
  return { passed, failed: failed === 0 && code !== 0 ? 1 : failed };
}
