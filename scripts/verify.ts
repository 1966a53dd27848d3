// SPDX-License-Identifier: Apache-2.0
// The gate of every commit: generated files unchanged, types, lint, format, imports, unit tests. Under a minute.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chartPaths } from './generate-chart.ts';
import { crdPaths } from './generate-crds.ts';
import { docPaths } from './generate-docs.ts';

const bin = (name: string) => join('node_modules', '.bin', name);
const generated = ['.oxlintrc.json', 'docs/cli.md', ...crdPaths(), ...chartPaths(), ...docPaths('.')];

const before = generated.map((file) => readIfThere(file));
run('generate', process.execPath, ['scripts/generate.ts']);
generated.forEach((file, i) => {
  if (readFileSync(file, 'utf8') !== before[i]) {
    console.error(`verify: ${file} was not up to date; it has been written anew: commit it`);
    process.exit(1);
  }
});
run('types', bin('tsc'), ['--noEmit']);
run('lint', bin('oxlint'), ['--type-aware', '--deny-warnings']);
run('format', bin('oxfmt'), ['--check']);
run('imports', process.execPath, ['scripts/check-imports.ts']);
if (!process.argv.includes('--without-unit'))
  run('unit', bin('vitest'), ['run', '--project', 'unit', '--reporter', 'dot']);
console.log('verify: all passed');

function run(step: string, command: string, args: string[]): void {
  const start = performance.now();
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  if (status !== 0) {
    console.error(`verify: ${step} failed after ${seconds} s`);
    process.exit(1);
  }
  console.log(`verify: ${step} passed (${seconds} s)`);
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
