// SPDX-License-Identifier: Apache-2.0
// A lab has a name, and everything that could collide with another lab on the same machine follows from it:
// folders, addresses, links, cgroups, the Kubernetes namespace. So a test may bring one up and down beside a running one.
import { join } from 'node:path';

export type Instance = {
  name: string;
  /** Namespace of Milvus and MinIO, and so the middle of their names: minio.<namespace>.svc */
  namespace: string;
  /** Everything the lab writes while it runs. */
  folder: string;
  podRange: string;
  serviceRange: string;
  /** The node: the bridge between its pods, where its servers listen. */
  nodeAddress: string;
  /** The veth pair between the lab's network and the machine's: both ends, and the link's name on the machine. */
  door: { link: string; hostAddress: string; boxAddress: string };
  cgroup: string;
  /** Fixed cluster addresses, so that the machine's own programs can know the names too. */
  serviceAddresses: { kubernetes: string; minio: string; source: string; target: string };
};

/** Below this folder lies what is not a build: state, data, logs. */
export const stateRoot = '/var/tmp/milvus-backup-lab';

const names = ['main', 'second', 'third', 'fourth'];

export function instanceOf(name: string = process.env['LAB_NAME'] ?? 'main'): Instance {
  const n = names.indexOf(name);
  if (n < 0) throw new Error(`LAB_NAME is "${name}"; a lab is called one of: ${names.join(', ')}`);
  return {
    name,
    namespace: n === 0 ? 'lab' : `lab-${name}`,
    folder: join(stateRoot, name),
    podRange: `10.88.${n}.0/24`,
    serviceRange: `10.89.${n}.0/24`,
    nodeAddress: `10.88.${n}.1`,
    door: { link: `mblab-${name}`, hostAddress: `10.245.${n}.1`, boxAddress: `10.245.${n}.2` },
    cgroup: `milvus-backup-lab-${name}`,
    serviceAddresses: {
      kubernetes: `10.89.${n}.1`,
      minio: `10.89.${n}.20`,
      source: `10.89.${n}.21`,
      target: `10.89.${n}.22`,
    },
  };
}

/** Every lab that could be there. */
export function allInstances(): Instance[] {
  return names.map((name) => instanceOf(name));
}
