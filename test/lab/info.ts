// SPDX-License-Identifier: Apache-2.0
// What a running lab tells its users: where everything is. Kept as a file, so that any program can pick it up.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Instance } from './instance.ts';
import { kubeconfigPath } from './kubeconfig.ts';
import { kubectlPath } from './kubectl.ts';
import { defaultMilvus } from './milvus.ts';
import type { MilvusSpec } from './milvus-objects.ts';
import { credentials, minioName } from './minio.ts';

export type MilvusInfo = {
  /** gRPC and REST on one port. */
  address: string;
  restAddress: string;
  managementAddress: string;
  bucket: string;
  rootPath: string;
  namespace: string;
  podSelector: string;
};

export type LabInfo = {
  name: string;
  namespace: string;
  kubeconfig: string;
  kubectl: string;
  /** Where pods reach a server that listens on this machine. */
  hostAddress: string;
  minio: {
    endpoint: string;
    /** The same server without a name. */
    hostAddress: string;
    accessKey: string;
    secretKey: string;
    region: string;
    backupBucket: string;
    /** Secret in the namespace, with keys accessKeyID and secretAccessKey. */
    secretName: string;
  };
  milvus: { source: MilvusInfo; target: MilvusInfo };
};

export const backupBucket = 'backups';

export function describeLab(instance: Instance): LabInfo {
  const specs = defaultMilvus(instance);
  return {
    name: instance.name,
    namespace: instance.namespace,
    kubeconfig: kubeconfigPath(instance),
    kubectl: kubectlPath(),
    hostAddress: instance.door.hostAddress,
    minio: {
      endpoint: `${minioName(instance)}:9000`,
      hostAddress: `${instance.serviceAddresses.minio}:9000`,
      accessKey: credentials.accessKeyId,
      secretKey: credentials.secretAccessKey,
      region: 'us-east-1',
      backupBucket,
      secretName: 'minio',
    },
    milvus: {
      source: describeMilvus(instance, specs.source),
      target: describeMilvus(instance, specs.target),
    },
  };
}

function describeMilvus(instance: Instance, spec: MilvusSpec): MilvusInfo {
  const host = `${spec.name}.${instance.namespace}.svc`;
  return {
    address: `${host}:19530`,
    restAddress: `${host}:19530`,
    managementAddress: `${host}:9091`,
    bucket: spec.bucket,
    rootPath: spec.rootPath,
    namespace: instance.namespace,
    podSelector: `app=${spec.name}`,
  };
}

/** Written last by `up`: its presence says that the lab came up whole. */
export function writeInfo(instance: Instance, info: LabInfo): void {
  writeFileSync(infoPath(instance), `${JSON.stringify(info, undefined, 2)}\n`, { mode: 0o600 });
}

export function readInfo(instance: Instance): LabInfo | undefined {
  return existsSync(infoPath(instance))
    ? (JSON.parse(readFileSync(infoPath(instance), 'utf8')) as LabInfo)
    : undefined;
}

function infoPath(instance: Instance): string {
  return join(instance.folder, 'lab.json');
}
