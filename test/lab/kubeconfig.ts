// SPDX-License-Identifier: Apache-2.0
// Who may talk to the API server, by token, and the files that the parts and the user find it by.
import { readFileSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Instance } from './instance.ts';

/** Part -> its user and group. Built-in rules cover all of them but `dns`. */
const users: Record<string, { user: string; group?: string }> = {
  admin: { user: 'lab-admin', group: 'system:masters' },
  'kube-controller-manager': { user: 'system:kube-controller-manager' },
  'kube-scheduler': { user: 'system:kube-scheduler' },
  'kube-proxy': { user: 'system:kube-proxy' },
  kubelet: { user: 'system:node:lab', group: 'system:nodes' },
  dns: { user: 'lab-dns' },
};

export function kubeconfigPath(instance: Instance, part = 'admin'): string {
  return join(instance.folder, `${part}.kubeconfig`);
}

export function apiServerUrl(instance: Instance): string {
  return `https://${instance.nodeAddress}:6443`;
}

/** Writes the token file and one kubeconfig per part. */
export function writeKubeconfigs(instance: Instance): void {
  const lines = Object.entries(users).map(([part, { user, group }]) => {
    const token = randomBytes(16).toString('hex');
    writeFileSync(kubeconfigPath(instance, part), JSON.stringify(kubeconfig(instance, token)), {
      mode: 0o600,
    });
    return `${token},${user},${part},"${group ?? ''}"`;
  });
  writeFileSync(join(instance.folder, 'tokens.csv'), `${lines.join('\n')}\n`, { mode: 0o600 });
}

function kubeconfig(instance: Instance, token: string): object {
  const name = `milvus-backup-lab-${instance.name}`;
  const authority = readFileSync(join(instance.folder, 'certificates', 'ca.crt')).toString('base64');
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name, cluster: { server: apiServerUrl(instance), 'certificate-authority-data': authority } },
    ],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  };
}
