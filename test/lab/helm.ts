// SPDX-License-Identifier: Apache-2.0
// Helm of a pinned version, built like the rest of the lab. It reads nothing of the user's: no kubeconfig, no
// repositories, no plugins.
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './command.ts';
import { buildGoTool } from './go-build.ts';
import { goTools } from './tools.ts';
import type { Say } from './progress.ts';

export const chart = join(import.meta.dirname, '../../charts/milvus-backup-operator');
export const release = 'milvus-backup-operator';
export const operatorNamespace = 'milvus-backup-system';

export type HelmOptions = {
  /** None: for what needs no cluster. */
  kubeconfig?: string;
  /** Given as a file, so that types stay what they are. */
  values?: Record<string, unknown>;
  say?: Say;
  timeoutMs?: number;
};

/** Runs Helm and gives its standard output. */
export async function helm(args: string[], options: HelmOptions = {}): Promise<string> {
  const { kubeconfig = '/dev/null', values, say = () => undefined, timeoutMs = 180_000 } = options;
  const { folder } = await buildGoTool('helm', say);
  const home = join(tmpdir(), 'milvus-backup-helm');
  mkdirSync(home, { recursive: true });
  const env = {
    KUBECONFIG: kubeconfig,
    HELM_CACHE_HOME: home,
    HELM_CONFIG_HOME: home,
    HELM_DATA_HOME: home,
  };
  const flags = values === undefined ? [] : ['--values', '-'];
  return run(join(folder, 'helm'), [...args, ...flags], {
    env,
    input: JSON.stringify(values ?? {}),
    timeoutMs,
  });
}

/** The chart as YAML, as it would be applied to a cluster of the lab's version. */
export async function render(options: HelmOptions = {}): Promise<string> {
  const flags = ['--namespace', operatorNamespace, '--kube-version', goTools.kubernetes.version];
  return helm(['template', release, chart, ...flags], options);
}
