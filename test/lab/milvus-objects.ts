// SPDX-License-Identifier: Apache-2.0
// One Milvus as Kubernetes objects: a pod under the restricted profile, its metadata on a volume that outlives it,
// and a Service. The volume is a PersistentVolume, since the profile forbids a pod to name the node's folders itself.
import { chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { milvusImage } from './image-names.ts';
import type { Instance } from './instance.ts';
import { milvusData } from './milvus-files.ts';
import { minioName, secretName } from './minio.ts';

export type MilvusSpec = {
  /** Name of its objects; its address is <name>.<namespace>.svc:19530. */
  name: string;
  bucket: string;
  rootPath: string;
  /** Asks for logins: root with password Milvus. */
  auth?: boolean;
  /** Serves gRPC under this certificate (PEM). With `authority`, clients must show one of its certificates. */
  tls?: { certificate: string; key: string; authority?: string };
  /** More of its settings, as environment variables: DATACOORD_GC_INTERVAL and so on. */
  env?: Record<string, string>;
  clusterIP?: string;
};

const tlsFolder = '/milvus/tls';
const user = 65_532;

export function milvusObjects(instance: Instance, spec: MilvusSpec): object[] {
  const { namespace } = instance;
  const { name } = spec;
  const labels = { app: name };
  const ports = [
    { name: 'grpc', port: 19_530, targetPort: 19_530 },
    { name: 'management', port: 9091, targetPort: 9091 },
  ];
  return [
    ...(spec.tls === undefined ? [] : [tlsSecret(instance, spec)]),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace, labels },
      spec: {
        selector: labels,
        ports,
        ...(spec.clusterIP === undefined ? {} : { clusterIP: spec.clusterIP }),
      },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name, namespace, labels },
      spec: {
        replicas: 1,
        serviceName: name,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: podSpec(instance, spec) },
      },
    },
  ];
}

/** The volume and the claim on it. The folder is made here, for the user that Milvus runs as: a PersistentVolume takes no notice of fsGroup. */
export function milvusVolume(instance: Instance, name: string): object[] {
  const { namespace } = instance;
  const folder = join(instance.folder, 'volumes', name);
  mkdirSync(folder, { recursive: true });
  chownSync(folder, user, user);
  const size = { storage: '10Gi' };
  const common = { accessModes: ['ReadWriteOnce'], storageClassName: '' };
  return [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: `${namespace}-${name}` },
      spec: {
        ...common,
        capacity: size,
        persistentVolumeReclaimPolicy: 'Retain',
        claimRef: { namespace, name },
        hostPath: { path: folder, type: 'Directory' },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name, namespace },
      spec: { ...common, volumeName: `${namespace}-${name}`, resources: { requests: size } },
    },
  ];
}

function tlsSecret(instance: Instance, { name, tls }: MilvusSpec): object {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: `${name}-tls`, namespace: instance.namespace },
    stringData: {
      'server.pem': tls?.certificate ?? '',
      'server.key': tls?.key ?? '',
      'ca.pem': tls?.authority ?? tls?.certificate ?? '',
    },
  };
}

function podSpec(instance: Instance, spec: MilvusSpec): object {
  const volumes: object[] = [
    { name: 'data', persistentVolumeClaim: { claimName: spec.name } },
    { name: 'tmp', emptyDir: {} },
  ];
  const volumeMounts: object[] = [
    { name: 'data', mountPath: milvusData },
    { name: 'tmp', mountPath: '/tmp' },
  ];
  if (spec.tls !== undefined) {
    volumes.push({ name: 'tls', secret: { secretName: `${spec.name}-tls` } });
    volumeMounts.push({ name: 'tls', mountPath: tlsFolder, readOnly: true });
  }
  return {
    enableServiceLinks: false,
    automountServiceAccountToken: false,
    // It takes its full time or 17 s to stop; what it has acknowledged survives a kill.
    terminationGracePeriodSeconds: 2,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: user,
      runAsGroup: user,
      fsGroup: user,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [
      {
        name: 'milvus',
        image: milvusImage,
        imagePullPolicy: 'Never',
        env: environment(instance, spec),
        ports: [{ containerPort: 19_530 }, { containerPort: 9091 }],
        readinessProbe: { httpGet: { path: '/healthz', port: 9091 }, periodSeconds: 1, timeoutSeconds: 5 },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
        volumeMounts,
      },
    ],
    volumes,
  };
}

function environment(instance: Instance, spec: MilvusSpec): object[] {
  const fromSecret = (name: string, key: string) => ({
    name,
    valueFrom: { secretKeyRef: { name: secretName, key } },
  });
  const values: Record<string, string> = {
    COMMON_STORAGETYPE: 'minio',
    MINIO_ADDRESS: minioName(instance),
    MINIO_PORT: '9000',
    MINIO_BUCKETNAME: spec.bucket,
    MINIO_ROOTPATH: spec.rootPath,
    // After a restart the roles of the old pod are waited for until their leases end: by default half a minute. Much less, and a busy machine ends them by itself (10: measured).
    COMMON_SESSION_TTL: '20',
    ...roleAddresses,
    ...(spec.auth === true ? { COMMON_SECURITY_AUTHORIZATIONENABLED: 'true' } : {}),
    ...tlsEnvironment(spec),
    ...spec.env,
  };
  return [
    ...Object.entries(values).map(([name, value]) => ({ name, value })),
    fromSecret('MINIO_ACCESSKEYID', 'accessKeyID'),
    fromSecret('MINIO_SECRETACCESSKEY', 'secretAccessKey'),
  ];
}

/** The roles of one process find each other at loopback: at the pod's address, a new pod would first look for the old. */
const roleAddresses = Object.fromEntries(
  ['ROOTCOORD', 'DATACOORD', 'QUERYCOORD', 'INDEXCOORD', 'PROXY', 'QUERYNODE', 'INDEXNODE', 'DATANODE'].map(
    (role) => [`${role}_IP`, '127.0.0.1'],
  ),
);

function tlsEnvironment({ tls }: MilvusSpec): Record<string, string> {
  if (tls === undefined) return {};
  return {
    COMMON_SECURITY_TLSMODE: tls.authority === undefined ? '1' : '2',
    TLS_SERVERPEMPATH: `${tlsFolder}/server.pem`,
    TLS_SERVERKEYPATH: `${tlsFolder}/server.key`,
    TLS_CAPEMPATH: `${tlsFolder}/ca.pem`,
  };
}
