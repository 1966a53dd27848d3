// SPDX-License-Identifier: Apache-2.0
// A server on loopback that answers as a test says, for what no API server does on demand. Plain HTTP.
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeClient, type ClientOptions } from '../../../src/kube/client.ts';

export type Seen = {
  method: string;
  path: string;
  query: Record<string, string>;
  headers: IncomingHttpHeaders;
  body: string;
};

export type Respond = (seen: Seen, response: ServerResponse) => void;

export type ScriptedServer = {
  folder: string;
  kubeconfig: string;
  url: string;
  seen: Seen[];
  /** Connections that were ever opened. */
  connections: () => number;
  client: (options?: Partial<ClientOptions>) => KubeClient;
  close: () => Promise<void>;
};

export async function startScriptedServer(respond: Respond): Promise<ScriptedServer> {
  const seen: Seen[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://x');
      const one = {
        method: request.method ?? '',
        path: pathname,
        query: Object.fromEntries(searchParams),
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      };
      seen.push(one);
      respond(one, response);
    });
  });
  server.on('connection', () => (connections += 1));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const folder = mkdtempSync(join(tmpdir(), 'kube-unit-'));
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, JSON.stringify(kubeconfigFor(url, { token: 'first' })));
  const clients: KubeClient[] = [];
  return {
    folder,
    kubeconfig,
    url,
    seen,
    connections: () => connections,
    client(options = {}) {
      const client = new KubeClient({ kubeconfig, version: '1.2.3', ...options });
      clients.push(client);
      return client;
    },
    async close() {
      await Promise.all(clients.map((client) => client.close()));
      server.close();
      server.closeAllConnections();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** `user` as it stands in the file. */
export function kubeconfigFor(server: string, user: object): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    // The library takes plain HTTP only from those who say that they know.
    clusters: [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'home' } }],
    'current-context': 'x',
  };
}

export function answer(response: ServerResponse, status: number, body: unknown, headers: object = {}): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
}
