// SPDX-License-Identifier: Apache-2.0
// A real API server with our CRDs, spoken to in plain HTTP through `kubectl proxy`: what a test sends is what arrives.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { apiVersion, group, kinds, version } from '../../src/api/index.ts';
import { startServer, type Server } from './crds-server.ts';

const run = promisify(execFile);
const folder = join(import.meta.dirname, '../../crds');

export type Document = Record<string, unknown>;
export type Answer = { status: number; body: Document; message: string };

export class Api {
  readonly #namespace: string;
  #server: Server | undefined;
  #proxy: ChildProcess | undefined;
  #url = '';

  constructor(namespace: string) {
    this.#namespace = namespace;
  }

  /** Starts the server, applies the CRDs, waits until they are served, and makes the namespace. */
  async start(): Promise<void> {
    this.#server = await startServer();
    await this.kubectl(['apply', '--server-side', '--force-conflicts', '-f', folder]);
    const names = kinds.map(({ kind }) => `crd/${kind.plural}.${group}`);
    await this.kubectl(['wait', '--for=condition=Established', '--timeout=60s', ...names]);
    await this.#startProxy();
    const namespace = { metadata: { name: this.#namespace } };
    const made = await this.#send('POST', '/api/v1/namespaces', namespace);
    if (made.status !== 201) throw new Error(made.message);
    // Established is said before every path is served.
    for (const { kind } of kinds) await this.#untilServed(this.#pathOf(kind.kind));
  }

  async stop(): Promise<void> {
    this.#proxy?.kill();
    await this.#server?.stop();
  }

  /** With fieldValidation Strict, as kubectl and the GitOps tools ask for it. */
  create(object: Document, query = ''): Promise<Answer> {
    return this.#send('POST', `${this.#pathOf(kindOf(object))}?fieldValidation=Strict${query}`, object);
  }

  /** Validated whole, stored never. */
  tryCreate(object: Document): Promise<Answer> {
    return this.create(object, '&dryRun=All');
  }

  get(kind: string, name: string): Promise<Answer> {
    return this.#send('GET', `${this.#pathOf(kind)}/${name}`);
  }

  replace(object: Document, subresource = ''): Promise<Answer> {
    const { name } = object['metadata'] as { name: string };
    return this.#send('PUT', `${this.#pathOf(kindOf(object))}/${name}${subresource}`, object);
  }

  /** A merge patch: null takes a field away. */
  patch(kind: string, name: string, body: Document, query = ''): Promise<Answer> {
    return this.#send('PATCH', `${this.#pathOf(kind)}/${name}?fieldValidation=Strict${query}`, body);
  }

  tryPatch(kind: string, name: string, body: Document): Promise<Answer> {
    return this.patch(kind, name, body, '&dryRun=All');
  }

  patchStatus(kind: string, name: string, status: Document): Promise<Answer> {
    const path = `${this.#pathOf(kind)}/${name}/status?fieldValidation=Strict`;
    return this.#send('PATCH', path, { status });
  }

  async table(kind: string): Promise<{ columns: string[]; rows: unknown[][] }> {
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    const { body } = await this.#send('GET', this.#pathOf(kind), undefined, accept);
    const { columnDefinitions, rows } = body as {
      columnDefinitions: { name: string; priority: number }[];
      rows: { cells: unknown[] }[];
    };
    return {
      columns: columnDefinitions.map(({ name, priority }) => (priority > 0 ? `(${name})` : name)),
      rows: rows.map(({ cells }) => cells),
    };
  }

  /** Standard output and error of kubectl as they come. Rejects when it fails. */
  async kubectl(args: string[], input?: string): Promise<string> {
    const env = { ...process.env, KUBECONFIG: this.#running.kubeconfig };
    const child = run(this.#running.kubectl, args, { env, maxBuffer: 64 * 1024 * 1024 });
    if (input !== undefined) child.child.stdin?.end(input);
    const { stdout, stderr } = await child;
    return stdout + stderr;
  }

  get namespace(): string {
    return this.#namespace;
  }

  get #running(): Server {
    if (!this.#server) throw new Error('the server has not been started');
    return this.#server;
  }

  #pathOf(kind: string): string {
    const plural = kinds.find((entry) => entry.kind.kind === kind)?.kind.plural;
    return `/apis/${group}/${version}/namespaces/${this.#namespace}/${plural}`;
  }

  async #startProxy(): Promise<void> {
    const proxy = spawn(this.#running.kubectl, ['proxy', '--port=0'], {
      env: { ...process.env, KUBECONFIG: this.#running.kubeconfig },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#proxy = proxy;
    for await (const line of createInterface({ input: proxy.stdout })) {
      const [, address] = /Starting to serve on (\S+)/.exec(line) ?? [];
      if (address === undefined) continue;
      this.#url = `http://${address}`;
      return;
    }
    throw new Error('kubectl proxy ended before it served');
  }

  async #untilServed(path: string): Promise<void> {
    const until = Date.now() + 30_000;
    while ((await this.#send('GET', path)).status !== 200) {
      if (Date.now() > until) throw new Error(`${path} is not served`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async #send(method: string, path: string, body?: Document, accept = 'application/json'): Promise<Answer> {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const response = await fetch(this.#url + path, {
      method,
      headers: { accept, 'content-type': type },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const answer = (await response.json()) as Document & { message?: string };
    return { status: response.status, body: answer, message: answer.message ?? '' };
  }
}

function kindOf(object: Document): string {
  return String(object['kind']);
}

const store = { provider: 'Minio', endpoint: 'minio:9000', bucket: 'b', auth: { secretRef: { name: 's' } } };

/** The smallest legal spec of each kind. */
export const smallest: Record<string, Document> = {
  MilvusInstance: { address: 'milvus:19530', storage: { ...store, rootPath: 'files' } },
  MilvusBackupStorage: { ...store, prefix: 'backups' },
  MilvusBackup: { instanceRef: { name: 'i' }, storageRef: { name: 's' } },
  MilvusRestore: { source: { backupRef: { name: 'b' } } },
  MilvusBackupSchedule: {
    cron: '0 3 * * *',
    template: { spec: { instanceRef: { name: 'i' }, storageRef: { name: 's' } } },
  },
};

/** The smallest legal object with `changes` by path (`tls.mode`); undefined takes a field away. */
export function objectWith(kind: string, changes: Document = {}, name = 'one'): Document {
  return { apiVersion, kind, metadata: { name }, spec: changed(smallest[kind] ?? {}, changes) };
}

export function changed(object: Document, changes: Document): Document {
  const copy = structuredClone(object);
  for (const [path, value] of Object.entries(changes)) {
    const names = path.split('.');
    const last = names.pop() ?? '';
    const parent = names.reduce<Document>((at, name) => (at[name] ??= {}) as Document, copy);
    if (value === undefined) delete parent[last];
    else parent[last] = value;
  }
  return copy;
}
