// SPDX-License-Identifier: Apache-2.0
// etcd, the API server, the controllers and the scheduler: which flags, and in which order.
import { join } from 'node:path';
import { readLog, startDaemon } from './box.ts';
import { makeClusterCertificates } from './certificates.ts';
import type { Instance } from './instance.ts';
import { kubectl } from './kubectl.ts';
import { kubeconfigPath, writeKubeconfigs } from './kubeconfig.ts';
import { waitFor } from './wait.ts';

/** Folders of the built commands. */
export type Binaries = { kubernetes: string; etcd: string; coredns: string; minio: string };

export async function prepareControlPlane(instance: Instance): Promise<void> {
  const names = [
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    'kubernetes.default.svc.cluster.local',
  ];
  const addresses = [
    '127.0.0.1',
    instance.nodeAddress,
    instance.serviceAddresses.kubernetes,
    instance.door.boxAddress,
  ];
  await makeClusterCertificates(join(instance.folder, 'certificates'), [...names, 'localhost', ...addresses]);
  writeKubeconfigs(instance);
}

/** Returns when the API server is ready; the controllers and the scheduler find their own time. */
export async function startControlPlane(instance: Instance, binaries: Binaries): Promise<void> {
  const command = (name: string) => join(binaries.kubernetes, name);
  await startDaemon(instance, 'etcd', [join(binaries.etcd, 'etcd'), ...etcdFlags(instance)]);
  await startDaemon(instance, 'kube-apiserver', [command('kube-apiserver'), ...apiServerFlags(instance)]);
  await waitFor(
    'the API server to be ready',
    90_000,
    async () =>
      (await kubectl(instance, ['get', '--raw', '/readyz'], { timeoutMs: 5000 })) === 'ok' || undefined,
    () => `${readLog(instance, 'kube-apiserver')}\n${readLog(instance, 'etcd')}`,
  );
  await startDaemon(instance, 'kube-controller-manager', [
    command('kube-controller-manager'),
    ...controllerManagerFlags(instance),
  ]);
  await startDaemon(instance, 'kube-scheduler', [
    command('kube-scheduler'),
    ...ownKubeconfig(instance, 'kube-scheduler'),
  ]);
}

function etcdFlags(instance: Instance): string[] {
  const client = 'http://127.0.0.1:2379';
  const peer = 'http://127.0.0.1:2380';
  return [
    '--data-dir',
    join(instance.folder, 'etcd'),
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    // A lab that dies is thrown away.
    '--unsafe-no-fsync',
  ];
}

function apiServerFlags(instance: Instance): string[] {
  const file = (name: string) => join(instance.folder, 'certificates', name);
  const flags = {
    'etcd-servers': 'http://127.0.0.1:2379',
    'bind-address': '0.0.0.0',
    'secure-port': '6443',
    // Pods and the kubelet must reach it there, so it is not loopback.
    'advertise-address': instance.nodeAddress,
    'tls-cert-file': file('serving.crt'),
    'tls-private-key-file': file('serving.key'),
    'client-ca-file': file('ca.crt'),
    'kubelet-client-certificate': file('kubelet-client.crt'),
    'kubelet-client-key': file('kubelet-client.key'),
    // Else logs and exec look the node's name up in DNS.
    'kubelet-preferred-address-types': 'InternalIP',
    'service-account-key-file': file('service-account.pub'),
    'service-account-signing-key-file': file('service-account.key'),
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-cluster-ip-range': instance.serviceRange,
    'token-auth-file': join(instance.folder, 'tokens.csv'),
    'authorization-mode': 'Node,RBAC',
    'enable-admission-plugins': 'NodeRestriction',
    'allow-privileged': 'true',
    'cert-dir': join(instance.folder, 'certificates'),
  };
  return Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
}

function controllerManagerFlags(instance: Instance): string[] {
  return [
    ...ownKubeconfig(instance, 'kube-controller-manager'),
    `--root-ca-file=${join(instance.folder, 'certificates', 'ca.crt')}`,
    `--service-account-private-key-file=${join(instance.folder, 'certificates', 'service-account.key')}`,
    '--use-service-account-credentials=true',
    // A lost node is seen within ten seconds, so that tests of it are short.
    '--node-monitor-grace-period=10s',
    '--node-monitor-period=1s',
    // A claim that was seen before its volume waits for the next round, by default 15 s.
    '--pvclaimbinder-sync-period=1s',
  ];
}

function ownKubeconfig(instance: Instance, part: string): string[] {
  const path = kubeconfigPath(instance, part);
  const flags = ['kubeconfig', 'authentication-kubeconfig', 'authorization-kubeconfig'];
  return [
    ...flags.map((flag) => `--${flag}=${path}`),
    '--leader-elect=false',
    `--cert-dir=${instance.folder}/certificates`,
  ];
}
