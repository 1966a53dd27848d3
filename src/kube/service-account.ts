// SPDX-License-Identifier: Apache-2.0
// The identity that a pod is given: a folder of files, which the kubelet replaces.
import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import type { AccessReader } from './credentials.ts';

export type InCluster = {
  host: string;
  port: string;
  /** Of token, ca.crt and namespace. */
  folder?: string | undefined;
};

const defaultFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Where the API server is, by the environment that each pod has; undefined where this is no pod. */
export function findCluster(
  environment: Readonly<Record<string, string | undefined>>,
): InCluster | undefined {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = environment;
  return host && port ? { host, port } : undefined;
}

export function openServiceAccount({ host, port, folder = defaultFolder }: InCluster): AccessReader {
  const server = `https://${isIPv6(host) ? `[${host}]` : host}:${port}`;
  const read = async (name: string): Promise<string> => (await readFile(join(folder, name), 'utf8')).trim();
  return async () => {
    const [token, ca] = await Promise.all([read('token'), read('ca.crt')]);
    const namespace = await read('namespace').catch(() => undefined);
    return {
      server,
      namespace,
      proxy: undefined,
      headers: { authorization: `Bearer ${token}` },
      tls: { ca },
    };
  };
}
