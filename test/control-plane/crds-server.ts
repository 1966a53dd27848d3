// SPDX-License-Identifier: Apache-2.0
// etcd and a kube-apiserver on free ports of loopback, of the lab's versions: all that schemas, defaults and CEL need.
// No controllers, no node; everything is thrown away with the folder.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildGoTool } from '../lab/go-build.ts';
import { waitFor } from '../lab/wait.ts';

const run = promisify(execFile);

export type Server = { kubectl: string; kubeconfig: string; stop: () => Promise<void> };

export async function startServer(): Promise<Server> {
  const say = (line: string) => console.log(line);
  const kubernetes = (await buildGoTool('kubernetes', say)).folder;
  const etcd = (await buildGoTool('etcd', say)).folder;
  const folder = mkdtempSync(join(tmpdir(), 'milvus-backup-crds-'));
  const ports = await freePorts();
  await writeFiles(folder, ports);
  const children = [
    start(folder, join(etcd, 'etcd'), etcdFlags(folder, ports)),
    start(folder, join(kubernetes, 'kube-apiserver'), apiServerFlags(folder, ports)),
  ];
  const stop = async () => {
    for (const child of children) await end(child);
    rmSync(folder, { recursive: true, force: true });
  };
  const server = { kubectl: join(kubernetes, 'kubectl'), kubeconfig: join(folder, 'kubeconfig'), stop };
  try {
    await waitFor(
      'the API server to be ready',
      120_000,
      () => isReady(server),
      () => tail(folder),
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return server;
}

type Ports = { client: number; peer: number; secure: number };

function etcdFlags(folder: string, { client, peer }: Ports): string[] {
  const clients = `http://127.0.0.1:${client}`;
  const peers = `http://127.0.0.1:${peer}`;
  return [
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${clients}`,
    `--advertise-client-urls=${clients}`,
    `--listen-peer-urls=${peers}`,
    `--initial-advertise-peer-urls=${peers}`,
    `--initial-cluster=default=${peers}`,
    '--unsafe-no-fsync',
  ];
}

function apiServerFlags(folder: string, { client, secure }: Ports): string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${client}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${secure}`,
    // It signs its own certificate there.
    `--cert-dir=${join(folder, 'certificates')}`,
    `--token-auth-file=${join(folder, 'tokens.csv')}`,
    '--authorization-mode=AlwaysAllow',
    `--service-account-key-file=${join(folder, 'account.pub')}`,
    `--service-account-signing-key-file=${join(folder, 'account.key')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    '--service-cluster-ip-range=10.99.0.0/24',
  ];
}

async function writeFiles(folder: string, { secure }: Ports): Promise<void> {
  const key = join(folder, 'account.key');
  await run('openssl', ['genrsa', '-out', key, '2048']);
  await run('openssl', ['rsa', '-in', key, '-pubout', '-out', join(folder, 'account.pub')]);
  writeFileSync(join(folder, 'tokens.csv'), 'a-token,admin,1,system:masters\n');
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'it', cluster: { server: `https://127.0.0.1:${secure}`, 'insecure-skip-tls-verify': true } },
    ],
    users: [{ name: 'admin', user: { token: 'a-token' } }],
    contexts: [{ name: 'it', context: { cluster: 'it', user: 'admin' } }],
    'current-context': 'it',
  };
  writeFileSync(join(folder, 'kubeconfig'), JSON.stringify(kubeconfig));
}

function start(folder: string, command: string, args: string[]): ChildProcess {
  const log = openSync(join(folder, 'log'), 'a');
  return spawn(command, args, { stdio: ['ignore', log, log] });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  // Nothing of it is kept, so nothing has to be put in order.
  child.kill('SIGKILL');
  await ended;
}

async function isReady({ kubectl, kubeconfig }: Server): Promise<true | undefined> {
  const args = ['--kubeconfig', kubeconfig, 'get', '--raw', '/readyz'];
  const { stdout } = await run(kubectl, args, { timeout: 5000 });
  return stdout === 'ok' || undefined;
}

function tail(folder: string): string {
  return readFileSync(join(folder, 'log'), 'utf8').split('\n').slice(-30).join('\n');
}

/** Held together until all are known, so that no port is given twice. */
async function freePorts(): Promise<Ports> {
  const servers = await Promise.all(
    [0, 1, 2].map(async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const [client = 0, peer = 0, secure = 0] = servers.map((server) => (server.address() as AddressInfo).port);
  for (const server of servers) server.close();
  return { client, peer, secure };
}
