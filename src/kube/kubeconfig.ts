// SPDX-License-Identifier: Apache-2.0
// Kubeconfigs, by the client library: it knows their fields and asks login plugins. Token files are read by ourselves: it
// reads the kubeconfig's `tokenFile` not at all, others at most once a minute, and cannot be told that one was refused.
import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import { dirname, resolve } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { load } from 'js-yaml';
import type { Access, AccessReader, TlsMaterial } from './credentials.ts';

export async function openKubeconfig(source: {
  kubeconfig: string;
  context?: string | undefined;
}): Promise<AccessReader> {
  const { kubeconfig, context } = source;
  const folder = dirname(kubeconfig);
  const text = await readFile(kubeconfig, 'utf8');
  const config = new KubeConfig();
  config.loadFromString(text);
  config.makePathsAbsolute(folder);
  if (context !== undefined) config.setCurrentContext(context);
  if (!config.getCurrentCluster()) {
    const name = config.getCurrentContext();
    throw new Error(`The kubeconfig ${kubeconfig} has no context "${name}" with a cluster: choose another.`);
  }
  const file = tokenFileOf(text, config.getCurrentUser()?.name);
  const tokenFile = file === undefined ? undefined : resolve(folder, file);
  return () => readAccess(config, tokenFile);
}

type RawUsers = { users?: { name?: string; user?: { tokenFile?: string } | null }[] };

function tokenFileOf(text: string, user: string | undefined): string | undefined {
  const { users = [] } = load(text) as RawUsers;
  return users.find(({ name }) => name === user)?.user?.tokenFile;
}

async function readAccess(config: KubeConfig, tokenFile: string | undefined): Promise<Access> {
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new Error('There is no cluster to talk to.');
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const headers = Object.fromEntries(
    Object.entries(options.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value).trim()]),
  );
  if (tokenFile !== undefined) {
    headers['authorization'] = `Bearer ${(await readFile(tokenFile, 'utf8')).trim()}`;
  }
  return {
    server: cluster.server.replace(/\/+$/, ''),
    namespace: config.getContextObject(config.getCurrentContext())?.namespace,
    proxy: cluster.proxyUrl,
    headers,
    tls: tlsOf(options),
  };
}

function tlsOf({ ca, cert, key, passphrase, rejectUnauthorized, servername }: RequestOptions): TlsMaterial {
  const all = { ca, cert, key, passphrase, rejectUnauthorized, servername };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
