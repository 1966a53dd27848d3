// SPDX-License-Identifier: Apache-2.0
// Objects as the API server returns them, for tests of what is made of them.
import type {
  MilvusBackup,
  MilvusBackupStorage,
  MilvusInstance,
  MilvusRestore,
} from '../../../src/api/index.ts';
import { parseConfig, type ParsedConfig } from '../../../src/contract/config-parse.ts';
import type { Built, Problem } from '../../../src/plan/jobs.ts';
import type { Job } from '../../../src/plan/kubernetes.ts';
import type { Settings } from '../../../src/plan/settings.ts';

export const uid = '3f2a9c1b-7d41-4c55-9a2e-0c5b6d7e8f90';

export const settings: Settings = {
  image: 'registry.example/milvus-backup-operator:1.2.3',
  imagePullPolicy: 'IfNotPresent',
  imagePullSecrets: [],
  resources: { requests: { cpu: '250m', memory: '256Mi' }, limits: { cpu: '2', memory: '1Gi' } },
  env: [],
  labels: {},
  annotations: {},
  maxJobs: 50,
  maxJobsPerStorage: 10,
  version: '1.2.3',
};

function metadata(name: string): MilvusBackup['metadata'] {
  return {
    name,
    namespace: 'team',
    uid,
    resourceVersion: '7',
    generation: 4,
    creationTimestamp: '2026-01-01T00:00:00Z',
  };
}

const apiVersion = 'milvusbackup.dev/v1alpha1';

type Store = Omit<MilvusInstance['spec']['storage'], 'rootPath'>;

export const secretAuth: Store['auth'] = {
  secretRef: { name: 'keys', accessKeyKey: 'accesskey', secretKeyKey: 'secretkey' },
};

export const plainStore: Store = {
  provider: 'Minio',
  endpoint: 'minio.store:9000',
  bucket: 'data',
  addressing: 'Auto',
  tls: { enabled: false, insecureSkipVerify: false },
  auth: secretAuth,
};

/** What may be said of an instance, and of its storage. */
export type InstanceSpec = Partial<Omit<MilvusInstance['spec'], 'storage'>> & {
  storage?: Partial<MilvusInstance['spec']['storage']>;
};

export function instanceOf({ storage, ...spec }: InstanceSpec = {}, name = 'milvus'): MilvusInstance {
  return {
    apiVersion,
    kind: 'MilvusInstance',
    metadata: metadata(name),
    spec: {
      address: 'milvus.db:19530',
      tls: { mode: 'Disabled' },
      storage: { ...plainStore, rootPath: 'files', ...storage },
      maxConcurrentBackups: 1,
      checkInterval: '1h',
      ...spec,
    },
    status: {},
  };
}

export function storageOf(
  spec: Partial<MilvusBackupStorage['spec']> = {},
  name = 'store',
): MilvusBackupStorage {
  return {
    apiVersion,
    kind: 'MilvusBackupStorage',
    metadata: metadata(name),
    spec: {
      ...plainStore,
      bucket: 'backups',
      prefix: 'team',
      accessMode: 'ReadWrite',
      checkInterval: '1h',
      sync: { mode: 'Off', interval: '1h', maxObjects: 500 },
      ...spec,
    },
    status: {},
  };
}

const run = {
  retry: { limit: 3, minBackoff: '30s', maxBackoff: '10m' },
  deadline: '6h',
  deletionTimeout: '10m',
  cancel: false,
};

export function backupOf(spec: Partial<MilvusBackup['spec']> = {}, name = 'nightly'): MilvusBackup {
  return {
    apiVersion,
    kind: 'MilvusBackup',
    metadata: metadata(name),
    spec: {
      instanceRef: { name: 'milvus' },
      storageRef: { name: 'store' },
      scope: 'Full',
      flush: 'Auto',
      gcPause: 'BestEffort',
      verify: 'Standard',
      onCollectionError: 'Fail',
      hold: false,
      deletionPolicy: 'Retain',
      ...run,
      ...spec,
    },
    status: {},
  };
}

export function restoreOf(spec: Partial<MilvusRestore['spec']> = {}, name = 'again'): MilvusRestore {
  return {
    apiVersion,
    kind: 'MilvusRestore',
    metadata: metadata(name),
    spec: {
      source: { backupRef: { name: 'nightly' } },
      existing: 'Fail',
      scope: 'Full',
      indexes: 'AsInBackup',
      load: 'AsInBackup',
      aliases: true,
      properties: true,
      allowPartial: false,
      versionCheck: 'Strict',
      verify: 'Imported',
      onFailure: 'Keep',
      dryRun: false,
      ...run,
      ...spec,
    },
    status: {},
  };
}

export function jobOf(built: Built): Job {
  if ('problem' in built) throw new Error(`no Job: ${built.problem.message}`);
  return built.job;
}

export function problemOf(built: Built): Problem {
  if ('job' in built) throw new Error('a Job was built');
  return built.problem;
}

type Container = { name: string; args: string[]; env: { name: string; value: string }[] } & Record<
  string,
  unknown
>;
type Volume = { name: string } & Record<string, Record<string, unknown>>;
export type PodTemplate = {
  metadata: { labels: Record<string, string>; annotations: Record<string, string> };
  spec: Record<string, unknown> & { containers: [Container]; volumes: Volume[] };
};

export function templateOf(built: Built): PodTemplate {
  return jobOf(built).spec['template'] as PodTemplate;
}

export function argsOf(built: Built): string[] {
  return templateOf(built).spec.containers[0].args;
}

/** The configuration as the engine reads it. */
export function configOf(built: Built): ParsedConfig {
  const text = templateOf(built).metadata.annotations['milvusbackup.dev/configuration'] ?? '';
  return parseConfig({ file: { name: 'backup.yaml', text }, env: {}, sets: [] });
}

/** Paths of the files that the pod mounts, each with the object and key behind it. */
export function filesOf(built: Built): Record<string, string> {
  const { containers, volumes } = templateOf(built).spec;
  const mounts = containers[0]['volumeMounts'] as { name: string; mountPath: string; subPath?: string }[];
  const files: Record<string, string> = {};
  for (const { name, secret, configMap } of volumes) {
    const source = secret ?? configMap;
    const mount = mounts.find((one) => one.name === name);
    for (const { key, path } of (source?.['items'] ?? []) as { key: string; path: string }[]) {
      const kind = secret ? 'Secret' : 'ConfigMap';
      const owner = String(source?.['secretName'] ?? source?.['name']);
      files[`${mount?.mountPath}/${path}`] = `${kind}/${owner}/${key}`;
    }
  }
  return files;
}
