// SPDX-License-Identifier: Apache-2.0
// Plays scheduler and kubelet for the pods of our Jobs: gives them to a node of its own, lets them run, ends them with the
// termination message that is wanted, lets them go when they are deleted, and serves the logs that it is told. It runs
// nothing.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../../../../src/base/clock.ts';
import { Cache } from '../../../../src/kube/cache.ts';
import { isConflict, isNotFound } from '../../../../src/kube/api-error.ts';
import type { KubeObject, Resource } from '../../../../src/kube/resource.ts';
import type { Pod } from '../../../../src/plan/kubernetes.ts';
import { waitFor } from '../../../lab/wait.ts';
import { fieldManager } from '../../kube/support/bench.ts';
import { patienceMs, pods, type Bench } from './bench.ts';
import { argumentsOf, interrupted, type Arguments } from './results.ts';

export type Ending = { exitCode?: number; message?: string; reason?: string };
/** What becomes of a pod: it only runs, or it ends after it has run. Undefined: it is not even scheduled. */
export type Fate = 'runs' | Ending | undefined;
export type Fates = (args: Arguments, pod: FullPod) => Fate;

export type FullPod = Pod & { spec: { nodeName?: string; containers: { args: string[] }[] } };

const nodes: Resource = { group: '', version: 'v1', plural: 'nodes', kind: 'Node', namespaced: false };
const bindings: Resource = {
  group: '',
  version: 'v1',
  plural: 'bindings',
  kind: 'Binding',
  namespaced: true,
};
const heartbeatMs = 10_000;
const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

export class Kubelet {
  readonly node = `node-${randomBytes(3).toString('hex')}`;
  /** Asked once for each pod; may be changed at any time. */
  fates: Fates;
  /** By pod name. Of others there is none. */
  readonly logs = new Map<string, string>();
  /** Whether a deleted pod ends, as it should. */
  isObedient = true;
  /** Whether a server that does not answer is waited for; then somebody must call `lookAgain` now and then. */
  isPatient = false;
  readonly #bench: Bench;
  readonly #cache: Cache<FullPod>;
  /** By UID of the pod: that its engine runs has been said. */
  readonly #begun = new Map<string, Promise<void>>();
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #heart: NodeJS.Timeout | undefined;
  #server: Server | undefined;

  constructor(bench: Bench, fates: Fates = () => 'runs') {
    this.#bench = bench;
    this.fates = fates;
    this.#cache = new Cache<FullPod>({
      rest: bench.rest,
      resource: pods,
      namespaces: [bench.namespace],
      labelSelector: 'app.kubernetes.io/managed-by=milvus-backup-operator',
      clock: systemClock,
      log: silent,
    });
    this.#cache.store.subscribe(({ type, object }) => {
      if (type === 'deleted') return;
      void this.#look(object).catch((error: unknown) => {
        if (!this.#stop.signal.aborted && !this.isPatient) tolerated(error);
      });
    });
  }

  async start(): Promise<this> {
    const object = { apiVersion: 'v1', kind: 'Node', metadata: { name: this.node } };
    await this.#bench.rest.create(nodes, object, { fieldManager });
    await this.#serve();
    await this.#beat();
    this.#heart = setInterval(() => void this.#beat().catch(() => undefined), heartbeatMs);
    this.#running = this.#cache.run(this.#stop.signal);
    await this.#cache.whenSynced();
    return this;
  }

  async stop(): Promise<void> {
    clearInterval(this.#heart);
    this.#stop.abort();
    await this.#running;
    await this.#bench.rest.delete(nodes, { name: this.node }, { propagation: 'Background' }).catch(tolerated);
  }

  /** The newest pod of this Job, once there is one. */
  pod(jobName: string): Promise<FullPod> {
    return waitFor(
      `a pod of Job ${jobName}`,
      patienceMs,
      () => this.pods(jobName).at(-1),
      () =>
        this.#cache.store
          .list()
          .map(({ metadata }) => metadata.name)
          .join(', '),
    );
  }

  pods(jobName: string): FullPod[] {
    return this.#cache.store
      .list()
      .filter(({ metadata }) => metadata.labels?.['batch.kubernetes.io/job-name'] === jobName);
  }

  /** At every pod that it has not dealt with, because the API server was away. */
  async lookAgain(): Promise<void> {
    const all = this.#cache.store.list();
    await Promise.all(all.map((pod) => this.#look(pod).catch(() => undefined)));
  }

  /** Gives it to the node and says that its engine runs. */
  async run({ metadata }: KubeObject): Promise<void> {
    const { namespace = '', name } = metadata;
    const target = { apiVersion: 'v1', kind: 'Node', name: this.node };
    const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { namespace, name }, target };
    await this.#bench.rest.create(bindings, binding, { fieldManager }).catch(tolerated);
    const now = new Date().toISOString();
    await this.setStatus(metadata, {
      phase: 'Running',
      startTime: now,
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [container({ running: { startedAt: now } }, true)],
    });
  }

  /** Says that its engine has ended: with success, unless another exit code or reason is given. */
  async end({ metadata }: KubeObject, { exitCode = 0, message, reason }: Ending = {}): Promise<void> {
    await this.#begun.get(metadata.uid ?? '');
    const now = new Date().toISOString();
    const terminated = {
      exitCode,
      reason: reason ?? (exitCode === 0 ? 'Completed' : 'Error'),
      startedAt: now,
      finishedAt: now,
      ...(message === undefined ? {} : { message }),
    };
    await this.setStatus(metadata, {
      phase: exitCode === 0 ? 'Succeeded' : 'Failed',
      conditions: [{ type: 'Ready', status: 'False' }],
      containerStatuses: [container({ terminated }, false)],
    });
  }

  /** As whoever drains a node does it, with the word of Kubernetes that says so. */
  async evict({ metadata }: KubeObject): Promise<void> {
    await this.#begun.get(metadata.uid ?? '');
    const now = new Date().toISOString();
    const terminated = { exitCode: 143, reason: 'Error', startedAt: now, finishedAt: now };
    const evicted = { type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI' };
    await this.setStatus(metadata, {
      phase: 'Failed',
      conditions: [{ type: 'Ready', status: 'False' }, evicted],
      containerStatuses: [container({ terminated }, false)],
    });
  }

  async setStatus({ namespace, name }: KubeObject['metadata'], status: object): Promise<void> {
    const place = { namespace, name, subresource: 'status' };
    await this.#bench.rest.patch(pods, place, { fieldManager, body: { status } });
  }

  /** As the API server asks a kubelet: /containerLogs/<namespace>/<pod>/<container>?tailLines=... */
  async #serve(): Promise<void> {
    const { certificate, key } = this.#bench.plane.serving;
    this.#server = createServer(
      { cert: readFileSync(certificate), key: readFileSync(key) },
      (request, response) => {
        const { pathname, searchParams } = new URL(request.url ?? '', 'https://kubelet');
        const log = this.logs.get(pathname.split('/')[3] ?? '');
        if (log === undefined) {
          response.writeHead(404).end('no such container');
          return;
        }
        const lines = log.split('\n').filter((line) => line !== '');
        const tail = lines.slice(-Number(searchParams.get('tailLines') ?? lines.length));
        response.end(tail.map((line) => `${line}\n`).join(''));
      },
    );
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  async #look(pod: FullPod): Promise<void> {
    const { uid = '', deletionTimestamp } = pod.metadata;
    if (deletionTimestamp !== undefined) return this.#letGo(pod);
    if (this.#begun.has(uid) || ['Succeeded', 'Failed'].includes(pod.status?.phase ?? '')) return;
    const fate = this.fates(argumentsOf(pod), pod);
    const begun = fate === undefined ? Promise.resolve() : this.run(pod);
    this.#begun.set(uid, begun);
    await begun.catch((error: unknown) => {
      // Not begun: whoever looks again begins it.
      this.#begun.delete(uid);
      throw error;
    });
    if (fate !== undefined && fate !== 'runs') await this.end(pod, fate);
  }

  /** As the real one: told to stop, which its engine says, and only then gone. */
  async #letGo(pod: FullPod): Promise<void> {
    if (!this.isObedient) return;
    const { namespace, name } = pod.metadata;
    const { phase } = pod.status ?? {};
    if (phase === 'Running') await this.end(pod, interrupted(argumentsOf(pod)));
    const now = { propagation: 'Background' as const, gracePeriodSeconds: 0 };
    await this.#bench.rest.delete(pods, { namespace, name }, now);
  }

  async #beat(): Promise<void> {
    const now = new Date().toISOString();
    const ready = { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'ready' };
    const { port = 0 } = (this.#server?.address() ?? {}) as Partial<AddressInfo>;
    const status = {
      conditions: [{ ...ready, lastHeartbeatTime: now, lastTransitionTime: now }],
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port: port } },
    };
    const body = { status };
    await this.#bench.rest.patch(nodes, { name: this.node, subresource: 'status' }, { fieldManager, body });
  }
}

function container(state: object, ready: boolean): object {
  return { name: 'engine', image: 'image', imageID: '', restartCount: 0, ready, state };
}

/** Others act on the same pods: what is gone or was changed meanwhile comes again. */
function tolerated(error: unknown): void {
  if (!isNotFound(error) && !isConflict(error)) throw error;
}
