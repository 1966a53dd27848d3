// SPDX-License-Identifier: Apache-2.0
// The one table of what the lab is made of: every version is pinned here and nowhere else.
// A changed line gives a new cache folder, so an old build is never taken for a new one.

/** A command, or several of one module, built with the Go tool chain. */
export type GoTool = {
  module: string;
  version: string;
  /** Name of the command, and the package that it is built from. */
  commands: Record<string, string>;
  /** The module's own go.mod replaces local folders: these are published under this version. */
  localReplacesVersion?: string;
  /** Lines of go.sum, for a module that the public checksum database does not know: these bytes or none. */
  sums?: string[];
  /** `-X` settings of the linker: unstamped, Kubernetes calls itself v0.0.0-master, which kubectl and Helm cannot read. */
  stamps?: Record<string, string>;
  /** About how long a first build takes on two cores, and how many packages it compiles: for the progress lines. */
  minutes: number;
  packages: number;
};

const kubernetes = 'v1.34.4';
const helm = 'v4.3.1';

function kubernetesStamps(version: string): Record<string, string> {
  const [major = '', minor = ''] = version.slice(1).split('.');
  const values = {
    gitVersion: version,
    gitMajor: major,
    gitMinor: minor,
    gitCommit: 'lab',
    gitTreeState: 'clean',
  };
  const owners = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'];
  return Object.fromEntries(
    owners.flatMap((owner) => Object.entries(values).map(([key, value]) => [`${owner}.${key}`, value])),
  );
}

export const goTools = {
  kubernetes: {
    module: 'k8s.io/kubernetes',
    version: kubernetes,
    commands: Object.fromEntries(
      ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy', 'kubectl'].map(
        (name) => [name, `k8s.io/kubernetes/cmd/${name}`],
      ),
    ),
    localReplacesVersion: kubernetes.replace('v1.', 'v0.'),
    stamps: kubernetesStamps(kubernetes),
    minutes: 7,
    packages: 2650,
  },
  etcd: {
    module: 'go.etcd.io/etcd/server/v3',
    version: 'v3.6.4',
    commands: { etcd: 'go.etcd.io/etcd/server/v3' },
    minutes: 1,
    packages: 700,
  },
  coredns: {
    module: 'github.com/coredns/coredns',
    version: 'v1.15.0',
    commands: { coredns: 'github.com/coredns/coredns' },
    minutes: 3,
    packages: 1700,
  },
  minio: {
    module: 'github.com/minio/minio',
    version: 'v0.0.0-20260212201848-7aac2a2c5b7c',
    commands: { minio: 'github.com/minio/minio' },
    minutes: 3,
    packages: 1300,
  },
  helm: {
    module: 'helm.sh/helm/v4',
    version: helm,
    commands: { helm: 'helm.sh/helm/v4/cmd/helm' },
    stamps: { 'helm.sh/helm/v4/internal/version.version': helm },
    minutes: 3,
    packages: 900,
  },
  /** The established tool, whose backups and ours are interchangeable. For tests alone. */
  milvusBackup: {
    module: 'github.com/zilliztech/milvus-backup',
    version: 'v0.5.16',
    commands: { 'milvus-backup': 'github.com/zilliztech/milvus-backup' },
    sums: [
      'github.com/zilliztech/milvus-backup v0.5.16 h1:zkKFh8ddUi32gG5V8h+GvEsc2hWfxcrZ5ziOxSA7iCg=',
      'github.com/zilliztech/milvus-backup v0.5.16/go.mod h1:4CWXSkJaIPOD6+Bq4/EU+7YcJtKElWqRKayRTJNU7ms=',
    ],
    minutes: 4,
    packages: 1500,
  },
} satisfies Record<string, GoTool>;

export type GoToolName = keyof typeof goTools;

export const milvusVersion = '2.3.5';

/** The root file system below the images: Debian's libraries for a C++ program, and nothing else. */
export const rootFilesystem = {
  suite: 'bookworm',
  packages: ['libc6', 'libstdc++6', 'libgcc-s1', 'ca-certificates'],
} as const;

/** Commands of the machine, and the Debian package that brings each. */
export const debianPackages: Record<string, string> = {
  containerd: 'containerd',
  ctr: 'containerd',
  runc: 'runc',
  '/usr/lib/cni/bridge': 'containernetworking-plugins',
  '/usr/lib/cni/host-local': 'containernetworking-plugins',
  buildah: 'buildah',
  mmdebstrap: 'mmdebstrap',
  iptables: 'iptables',
  ip: 'iproute2',
  openssl: 'openssl',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  mount: 'mount',
};
