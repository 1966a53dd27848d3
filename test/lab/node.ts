// SPDX-License-Identifier: Apache-2.0
// The node: containerd with its pod network, kubelet and kube-proxy.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readLog, startDaemon } from './box.ts';
import type { Binaries } from './control-plane.ts';
import { pauseImage } from './image-names.ts';
import type { Instance } from './instance.ts';
import { kubeconfigPath } from './kubeconfig.ts';
import { get } from './kubectl.ts';
import { waitFor } from './wait.ts';

export const nodeName = 'lab';
const runtimeSocket = 'unix:///run/containerd/containerd.sock';

export async function startContainerd(instance: Instance): Promise<void> {
  mkdirSync(join(instance.folder, 'cni'), { recursive: true });
  const config = join(instance.folder, 'containerd.toml');
  writeFileSync(config, containerdConfig(instance));
  writeFileSync(join(instance.folder, 'cni', '10-lab.conflist'), JSON.stringify(podNetwork(instance)));
  await startDaemon(instance, 'containerd', ['containerd', '--config', config]);
}

export async function startNode(instance: Instance, binaries: Binaries): Promise<void> {
  const config = writeIn(instance, 'kube-proxy.json', JSON.stringify(proxyConfig(instance)));
  const command = join(binaries.kubernetes, 'kube-proxy');
  await startDaemon(instance, 'kube-proxy', [command, `--config=${config}`]);
  await startKubelet(instance, binaries);
}

/** Also after it was stopped: the pods that it finds at work go on. */
export async function startKubelet(
  instance: Instance,
  { kubernetes }: Pick<Binaries, 'kubernetes'>,
): Promise<void> {
  writeIn(instance, 'resolv.conf', `nameserver ${instance.nodeAddress}\n`);
  const config = writeIn(instance, 'kubelet.json', JSON.stringify(kubeletConfig(instance)));
  await startDaemon(instance, 'kubelet', [
    join(kubernetes, 'kubelet'),
    `--config=${config}`,
    `--kubeconfig=${kubeconfigPath(instance, 'kubelet')}`,
    `--hostname-override=${nodeName}`,
    `--node-ip=${instance.nodeAddress}`,
    `--cert-dir=${join(instance.folder, 'certificates')}`,
  ]);
}

function writeIn({ folder }: Instance, name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

export async function waitForNode(instance: Instance): Promise<void> {
  await waitFor(
    'the node to be Ready',
    60_000,
    () => isNodeReady(instance).then((ready) => ready || undefined),
    () => [readLog(instance, 'kubelet'), readLog(instance, 'containerd')].join('\n'),
  );
}

export async function isNodeReady(instance: Instance): Promise<boolean> {
  type Node = { status?: { conditions?: { type: string; status: string }[] } };
  const node = await get<Node>(instance, ['node', nodeName]);
  return (node.status?.conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True');
}

function containerdConfig(instance: Instance): string {
  return `version = 2
root = "${instance.folder}/containerd"
state = "/run/containerd"
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "${instance.folder}/containerd-opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  # Without it a container without the right to lower its oom score ends with "can't get final child's PID from pipe".
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${instance.folder}/cni"
`;
}

function podNetwork(instance: Instance): object {
  const bridge = {
    type: 'bridge',
    bridge: 'lab0',
    isGateway: true,
    ipMasq: false,
    hairpinMode: true,
    ipam: {
      type: 'host-local',
      dataDir: '/run/cni',
      ranges: [[{ subnet: instance.podRange, gateway: instance.nodeAddress }]],
      routes: [{ dst: '0.0.0.0/0' }],
    },
  };
  return {
    cniVersion: '0.4.0',
    name: 'lab',
    plugins: [bridge, { type: 'portmap', capabilities: { portMappings: true } }],
  };
}

function kubeletConfig(instance: Instance): object {
  const never = {
    'memory.available': '0%',
    'nodefs.available': '0%',
    'nodefs.inodesFree': '0%',
    'imagefs.available': '0%',
  };
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    containerRuntimeEndpoint: runtimeSocket,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: join(instance.folder, 'certificates', 'ca.crt') },
    },
    authorization: { mode: 'Webhook' },
    clusterDNS: [instance.nodeAddress],
    clusterDomain: 'cluster.local',
    resolvConf: join(instance.folder, 'resolv.conf'),
    cgroupDriver: 'cgroupfs',
    cgroupsPerQOS: false,
    enforceNodeAllocatable: [],
    failSwapOn: false,
    evictionHard: never,
    // An image that is collected cannot be pulled again.
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    nodeStatusUpdateFrequency: '2s',
    nodeLeaseDurationSeconds: 4,
  };
}

function proxyConfig(instance: Instance): object {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'iptables',
    clientConnection: { kubeconfig: kubeconfigPath(instance, 'kube-proxy') },
    clusterCIDR: instance.podRange,
    hostnameOverride: nodeName,
    iptables: { minSyncPeriod: '100ms', syncPeriod: '30s' },
    // These are settings of the whole machine.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
  };
}
