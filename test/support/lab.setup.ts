// SPDX-License-Identifier: Apache-2.0
// Before suites that need servers: the lab is up and the command is bundled from the sources as they stand, into a folder
// of this run's own. The lab stays; whoever brought it up (scripts/test.ts, or a person) takes it down.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { up, type LabInfo } from '../lab/lab.ts';

declare module 'vitest' {
  interface ProvidedContext {
    lab: LabInfo;
    /** The bundled command. */
    command: string;
  }
}

const folder = mkdtempSync(join(tmpdir(), 'milvus-backup-bundle-'));

export async function setup(project: TestProject): Promise<void> {
  const built = spawnSync(process.execPath, ['scripts/build.ts', folder], { stdio: 'inherit' });
  if (built.status !== 0) throw new Error('the command could not be bundled: see the lines above');
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  project.provide('command', join(folder, 'milvus-backup.js'));
  project.provide('lab', await up({ log: (line) => console.log(line) }));
}

export function teardown(): void {
  rmSync(folder, { recursive: true, force: true });
}
