// SPDX-License-Identifier: Apache-2.0
// kubectl against the control plane of this suite.
import { join } from 'node:path';
import { run } from '../../lab/command.ts';
import type { ControlPlaneInfo } from '../../lab/control-plane-only.ts';
import { goToolFolder } from '../../lab/go-build.ts';

export async function kubectl(plane: ControlPlaneInfo, args: string[], objects?: object[]): Promise<string> {
  return (await kubectlWarned(plane, args, objects)).output;
}

/** With what the server said beside its answer. */
export async function kubectlWarned(
  plane: ControlPlaneInfo,
  args: string[],
  objects?: object[],
): Promise<{ output: string; warnings: string[] }> {
  const command = join(goToolFolder('kubernetes'), 'kubectl');
  const warnings: string[] = [];
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects ?? [] });
  const output = await run(command, ['--kubeconfig', plane.kubeconfig, ...args], {
    input,
    timeoutMs: 60_000,
    onLine: (line) => void (line.startsWith('Warning') && warnings.push(line)),
  });
  return { output, warnings };
}
