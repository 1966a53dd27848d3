// SPDX-License-Identifier: Apache-2.0
// The lab's own kubectl: the same version as the server, and never a kubeconfig of the user's.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { run, type CommandOptions } from './command.ts';
import { goToolFolder } from './go-build.ts';
import type { Instance } from './instance.ts';
import { kubeconfigPath } from './kubeconfig.ts';

export function kubectlPath(): string {
  return join(goToolFolder('kubernetes'), 'kubectl');
}

export async function kubectl(
  instance: Instance,
  args: string[],
  options: CommandOptions = {},
): Promise<string> {
  const kubeconfig = kubeconfigPath(instance);
  if (!existsSync(kubeconfig))
    throw new Error(`lab "${instance.name}" is not up; start it: npm run lab -- up`);
  return run(kubectlPath(), ['--kubeconfig', kubeconfig, ...args], options);
}

/** Server-side apply of plain objects. */
export async function apply(instance: Instance, objects: object[]): Promise<void> {
  const list = { apiVersion: 'v1', kind: 'List', items: objects };
  const flags = ['apply', '--server-side', '--force-conflicts', '--field-manager=lab', '-f', '-'];
  await kubectl(instance, flags, { input: JSON.stringify(list), timeoutMs: 60_000 });
}

export async function get<T>(instance: Instance, args: string[]): Promise<T> {
  return JSON.parse(await kubectl(instance, ['get', ...args, '-o', 'json'], { timeoutMs: 20_000 })) as T;
}
