// SPDX-License-Identifier: Apache-2.0
// The engine's configuration as the code sees it: the established tool's v2 layout with every default filled in, plus
// what is ours (marked). Parsing and checking live beside it; this file is the shape alone.
import type { ProviderName } from './provider.ts';

/** Where a login or key stands: as text, or in a file that is read anew when the other side refuses it (ours). */
export type StorageAuthConfig = {
  type: 'static' | 'iam' | 'default' | 'anonymous';
  accessKeyID: string;
  secretAccessKey: string;
  sessionToken: string;
  accessKeyIDFile: string;
  secretAccessKeyFile: string;
  sessionTokenFile: string;
};

export type StorageConfig = {
  provider: ProviderName;
  /** Host without port. Empty: the provider's own (aws and gcp whose address was not given). */
  address: string;
  port: number;
  region: string;
  useSSL: boolean;
  /** Ours: PEM bundle that signs the store's certificate. */
  caCertPath: string;
  /** Ours. */
  insecureSkipVerify: boolean;
  /** Ours. */
  addressing: 'Auto' | 'Path' | 'VirtualHosted';
  bucketName: string;
  /** Without leading or trailing slash; may be empty. */
  rootPath: string;
  auth: StorageAuthConfig;
};

export type MilvusConfig = {
  user: string;
  password: string;
  /** Ours. */
  userFile: string;
  /** Ours. */
  passwordFile: string;
  /** Ours: a token says user and password at once. */
  token: string;
  /** Ours. */
  tokenFile: string;
  grpc: {
    address: string;
    port: number;
    tlsMode: 'disabled' | 'server' | 'mutual';
    caCertPath: string;
    serverName: string;
    mtlsCertPath: string;
    mtlsKeyPath: string;
  };
  /** Empty: garbage collection is not paused (the default is the established tool's http://localhost:9091). */
  management: { endpoint: string };
  storage: StorageConfig;
};

export type Config = {
  log: { level: 'debug' | 'info' | 'warn' | 'error' };
  milvus: MilvusConfig;
  backup: {
    storage: StorageConfig;
    concurrency: { collections: number; segments: number };
    pauseGC: boolean;
    /** Ours. */
    include: string[];
    /** Ours. */
    exclude: string[];
    /** Ours: what the manifest records; empty texts are not said. */
    source: { instance: string; namespace: string; schedule: string; scheduleUID: string };
  };
  restore: {
    concurrency: { collections: number; importJobs: number };
    maxSegmentsPerImportJob: number;
    keepTempFiles: boolean;
    /** Ours. */
    include: string[];
    /** Ours. */
    exclude: string[];
    /** Ours. */
    rename: { databases: Record<string, string>; collections: Record<string, string>; suffix: string };
  };
  transfer: { mode: 'auto' | 'direct' | 'streaming'; concurrency: number; multipartCopyThresholdMiB: number };
};
