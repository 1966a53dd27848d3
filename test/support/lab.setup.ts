// SPDX-License-Identifier: Apache-2.0
// Before suites that need servers: the lab is up and the bundle is built from the sources as they stand. The lab stays;
// whoever brought it up (scripts/test.ts, or a person) takes it down.
import { spawnSync } from 'node:child_process';
import type { TestProject } from 'vitest/node';
import { up, type LabInfo } from '../lab/lab.ts';

declare module 'vitest' {
  interface ProvidedContext {
    lab: LabInfo;
  }
}

export async function setup(project: TestProject): Promise<void> {
  const built = spawnSync(process.execPath, ['scripts/build.ts'], { stdio: 'inherit' });
  if (built.status !== 0) throw new Error('the bundle could not be built: see the lines above');
  project.provide('lab', await up({ log: (line) => console.log(line) }));
}
