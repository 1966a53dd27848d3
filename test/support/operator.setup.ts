// SPDX-License-Identifier: Apache-2.0
// Before suites over kubectl: the lab is up and the operator of these sources is installed in it by Helm.
import type { TestProject } from 'vitest/node';
import { up } from '../lab/lab.ts';
import { installOperator, type Installed } from '../lab/operator.ts';

declare module 'vitest' {
  interface ProvidedContext {
    operator: Installed;
  }
}

export async function setup(project: TestProject): Promise<void> {
  const log = (line: string): void => console.log(line);
  project.provide('lab', await up({ log }));
  project.provide('operator', await installOperator({ log }));
}
