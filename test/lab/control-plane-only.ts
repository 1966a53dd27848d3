// SPDX-License-Identifier: Apache-2.0
// A light control plane for tests that need no node: etcd, the API server and, if asked for, the controllers, as plain
// processes on loopback with ports and a folder of their own. The test plays the kubelet. Several may run side by side.
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, openSync, closeSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeClusterCertificates } from './certificates.ts';
import { buildGoTool } from './go-build.ts';
import type { Log } from './progress.ts';
import { waitFor } from './wait.ts';

export type ControlPlaneOptions = {
  /** kube-controller-manager: garbage collection, Jobs, namespaces, service accounts. */
  controllers?: boolean;
  /** Each request as a line of JSON in `auditLog`. */
  audit?: boolean;
  log?: Log;
};

/** Plain data, for processes that did not start it. */
export type ControlPlaneInfo = {
  folder: string;
  url: string;
  /** The admin's. */
  kubeconfig: string;
  token: string;
  /** The authority of the serving certificate, and that certificate with its key: for proxies that stand in for it. */
  authority: string;
  serving: { certificate: string; key: string };
  etcd: string;
  auditLog: string;
};

export type ControlPlane = {
  info: ControlPlaneInfo;
  /** As a machine that loses power: no goodbye to anybody. */
  killApiServer: () => Promise<void>;
  /** On the same port. Returns when it is ready. */
  startApiServer: () => Promise<void>;
  /** Forgets the history of everything: a watch from before is told that it is gone. */
  compact: () => Promise<void>;
  stop: () => Promise<void>;
};

type Ports = { api: number; etcd: number; peer: number };
type Binaries = { kubernetes: string; etcd: string };

const readyMs = 120_000;

/** Brings it up; a second call brings up another one. */
export async function startControlPlaneOnly(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const { log = () => undefined } = options;
  const binaries = {
    kubernetes: (await buildGoTool('kubernetes', (text) => log(`kubernetes: ${text}`))).folder,
    etcd: (await buildGoTool('etcd', (text) => log(`etcd: ${text}`))).folder,
  };
  const folder = mkdtempSync(join(tmpdir(), 'control-plane-'));
  const [api = 0, etcd = 0, peer = 0] = await freePorts(3);
  const ports = { api, etcd, peer };
  const info = infoOf(folder, ports);
  const parts = new Map<string, ChildProcess>();
  const start = (name: string, command: string, flags: Record<string, string | number>): void =>
    void parts.set(name, startPart(folder, name, [command, flagsOf(flags)]));
  const startApiServer = async (): Promise<void> => {
    start(
      'kube-apiserver',
      join(binaries.kubernetes, 'kube-apiserver'),
      apiServerFlags(info, ports, options),
    );
    await waitUntilReady(info);
  };
  const plane: ControlPlane = {
    info,
    startApiServer,
    killApiServer: () => endPart(parts, 'kube-apiserver'),
    compact: () => compact(info.etcd),
    async stop() {
      for (const name of ['kube-controller-manager', 'kube-apiserver', 'etcd']) await endPart(parts, name);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await makeClusterCertificates(join(folder, 'certificates'), ['localhost', '127.0.0.1']);
    writeLogins(info);
    start('etcd', join(binaries.etcd, 'etcd'), etcdFlags(folder, ports));
    await startApiServer();
    if (options.controllers) startControllers(start, info, binaries);
    return plane;
  } catch (error) {
    await plane.stop();
    throw error;
  }
}

function infoOf(folder: string, ports: Ports): ControlPlaneInfo {
  const certificate = (name: string): string => join(folder, 'certificates', name);
  return {
    folder,
    url: `https://127.0.0.1:${ports.api}`,
    kubeconfig: join(folder, 'admin.kubeconfig'),
    token: randomBytes(16).toString('hex'),
    authority: certificate('ca.crt'),
    serving: { certificate: certificate('serving.crt'), key: certificate('serving.key') },
    etcd: `http://127.0.0.1:${ports.etcd}`,
    auditLog: join(folder, 'audit.log'),
  };
}

function etcdFlags(folder: string, ports: Ports): Record<string, string> {
  const [client, peer] = [`http://127.0.0.1:${ports.etcd}`, `http://127.0.0.1:${ports.peer}`];
  return {
    'data-dir': join(folder, 'etcd'),
    'listen-client-urls': client,
    'advertise-client-urls': client,
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': `default=${peer}`,
    'unsafe-no-fsync': 'true',
  };
}

function apiServerFlags(
  info: ControlPlaneInfo,
  ports: Ports,
  { audit = false }: ControlPlaneOptions,
): Record<string, string | number> {
  const certificate = (name: string): string => join(info.folder, 'certificates', name);
  const auditing = { 'audit-policy-file': join(info.folder, 'audit.yaml'), 'audit-log-path': info.auditLog };
  return {
    'etcd-servers': info.etcd,
    'bind-address': '127.0.0.1',
    'advertise-address': '127.0.0.1',
    // Nothing reaches it as a Service, and loopback is no address for one.
    'endpoint-reconciler-type': 'none',
    'secure-port': ports.api,
    'cert-dir': certificate(''),
    'tls-cert-file': info.serving.certificate,
    'tls-private-key-file': info.serving.key,
    'service-account-key-file': certificate('service-account.pub'),
    'service-account-signing-key-file': certificate('service-account.key'),
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-cluster-ip-range': '10.96.0.0/16',
    'token-auth-file': join(info.folder, 'tokens.csv'),
    'authorization-mode': 'RBAC',
    'allow-privileged': 'true',
    ...(audit ? auditing : {}),
  };
}

function startControllers(
  start: (name: string, command: string, flags: Record<string, string | number>) => void,
  info: ControlPlaneInfo,
  binaries: Binaries,
): void {
  const kubeconfig = join(info.folder, 'controllers.kubeconfig');
  start('kube-controller-manager', join(binaries.kubernetes, 'kube-controller-manager'), {
    kubeconfig,
    'authentication-kubeconfig': kubeconfig,
    'authorization-kubeconfig': kubeconfig,
    // It serves nothing, so that it needs no port.
    'secure-port': 0,
    'leader-elect': 'false',
    'root-ca-file': info.authority,
    'service-account-private-key-file': join(info.folder, 'certificates', 'service-account.key'),
    'use-service-account-credentials': 'true',
  });
}

function writeLogins(info: ControlPlaneInfo): void {
  const controllers = randomBytes(16).toString('hex');
  const lines = [
    `${info.token},admin,admin,"system:masters"`,
    `${controllers},system:kube-controller-manager,system:kube-controller-manager,""`,
  ];
  const secret = { mode: 0o600 };
  writeFileSync(join(info.folder, 'tokens.csv'), `${lines.join('\n')}\n`, secret);
  const policy =
    'apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules: [{level: Metadata}]\n';
  writeFileSync(join(info.folder, 'audit.yaml'), policy);
  writeFileSync(info.kubeconfig, JSON.stringify(kubeconfigOf(info, { token: info.token })), secret);
  writeFileSync(
    join(info.folder, 'controllers.kubeconfig'),
    JSON.stringify(kubeconfigOf(info, { token: controllers })),
    secret,
  );
}

/** A kubeconfig for `user`, as it stands in the file; `server` for those who go through a proxy. */
export function kubeconfigOf(info: ControlPlaneInfo, user: object, server = info.url): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server, 'certificate-authority': info.authority } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  };
}

/** Dies with its parent, however that ends. */
function startPart(folder: string, name: string, [command, flags]: [string, string[]]): ChildProcess {
  const log = openSync(join(folder, `${name}.log`), 'a');
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', command, ...flags], { stdio: ['ignore', log, log] });
  closeSync(log);
  return child;
}

/** At once: they would linger, and nothing of theirs is kept. */
async function endPart(parts: Map<string, ChildProcess>, name: string): Promise<void> {
  const child = parts.get(name);
  parts.delete(name);
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

async function waitUntilReady(info: ControlPlaneInfo): Promise<void> {
  await waitFor(
    'the API server to be ready',
    readyMs,
    () => isReady(info),
    () => tail(join(info.folder, 'kube-apiserver.log')) + tail(join(info.folder, 'etcd.log')),
  );
}

async function isReady({ url, token, authority }: ControlPlaneInfo): Promise<true | undefined> {
  const headers = { authorization: `Bearer ${token}` };
  const request = get(`${url}/readyz`, { ca: readFileSync(authority), headers, agent: false, timeout: 5000 });
  request.on('timeout', () => request.destroy(new Error('no answer within 5 s')));
  const [response] = (await once(request, 'response')) as [{ statusCode: number; resume: () => void }];
  response.resume();
  return response.statusCode === 200 || undefined;
}

async function compact(etcd: string): Promise<void> {
  const call = async (path: string, body: object): Promise<{ header: { revision: string } }> => {
    const answer = await fetch(`${etcd}/v3/kv/${path}`, { method: 'POST', body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`etcd ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as { header: { revision: string } };
  };
  const { header } = await call('range', { key: Buffer.from('/').toString('base64') });
  await call('compaction', { revision: header.revision, physical: true });
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

function flagsOf(flags: Record<string, string | number>): string[] {
  return Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
}

function tail(file: string): string {
  try {
    return `${file}:\n${readFileSync(file, 'utf8').split('\n').slice(-15).join('\n')}\n`;
  } catch {
    return '';
  }
}
