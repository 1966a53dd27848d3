// SPDX-License-Identifier: Apache-2.0
// CoreDNS for the pods, as a server beside the node, on the node's address.
import { Resolver } from 'node:dns/promises';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readLog, startDaemon } from './box.ts';
import type { Binaries } from './control-plane.ts';
import type { Instance } from './instance.ts';
import { kubeconfigPath } from './kubeconfig.ts';
import { waitFor } from './wait.ts';

/** To be applied before CoreDNS starts: refused once, it backs off for many seconds. */
export function dnsRules(): object[] {
  const subject = { kind: 'User', name: 'lab-dns', apiGroup: 'rbac.authorization.k8s.io' };
  return [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'lab-dns' },
      rules: [
        {
          apiGroups: [''],
          resources: ['services', 'namespaces', 'pods', 'endpoints'],
          verbs: ['list', 'watch'],
        },
        { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
      ],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'lab-dns' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'lab-dns' },
      subjects: [subject],
    },
  ];
}

export async function startDns(instance: Instance, binaries: Binaries): Promise<void> {
  const file = join(instance.folder, 'Corefile');
  writeFileSync(file, corefile(instance));
  await startDaemon(instance, 'coredns', [join(binaries.coredns, 'coredns'), '-conf', file]);
}

export async function waitForName(instance: Instance, name: string): Promise<void> {
  const resolver = new Resolver({ timeout: 500, tries: 1 });
  resolver.setServers([instance.nodeAddress]);
  await waitFor(
    `CoreDNS to know ${name}`,
    30_000,
    async () => (await resolver.resolve4(`${name}.cluster.local`))[0],
    () => readLog(instance, 'coredns'),
  );
}

/** Two blocks: in one, the answer to unknown names would come before the cluster's and hide every Service. */
function corefile(instance: Instance): string {
  const context = `milvus-backup-lab-${instance.name}`;
  return `cluster.local in-addr.arpa {
  bind ${instance.nodeAddress}
  errors
  kubernetes cluster.local in-addr.arpa {
    kubeconfig ${kubeconfigPath(instance, 'dns')} ${context}
    ttl 1
  }
}
. {
  bind ${instance.nodeAddress}
  errors
  template ANY ANY {
    rcode NXDOMAIN
  }
}
`;
}
