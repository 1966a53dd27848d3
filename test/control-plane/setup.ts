// SPDX-License-Identifier: Apache-2.0
// One control plane for all files of this suite. Files that restart it, or take its history away, start one of their own.
import type { TestProject } from 'vitest/node';
import { startControlPlaneOnly, type ControlPlaneInfo } from '../lab/control-plane-only.ts';

declare module 'vitest' {
  interface ProvidedContext {
    controlPlane: ControlPlaneInfo;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const log = (line: string): void => console.log(line);
  const plane = await startControlPlaneOnly({ controllers: true, audit: true, log });
  project.provide('controlPlane', plane.info);
  return plane.stop;
}
