// SPDX-License-Identifier: Apache-2.0
// What the tests of the operator start from: our definitions on the API server, a namespace of their own, and objects
// with what they refer to.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import type {
  MilvusBackup,
  MilvusBackupSchedule,
  MilvusBackupStorage,
  MilvusInstance,
  MilvusRestore,
} from '../../../../src/api/index.ts';
import { apiVersion, group, kinds, version } from '../../../../src/api/index.ts';
import { systemClock } from '../../../../src/base/clock.ts';
import { Cache } from '../../../../src/kube/cache.ts';
import { isNotFound } from '../../../../src/kube/api-error.ts';
import type { KubeObject, Resource } from '../../../../src/kube/resource.ts';
import { Rest } from '../../../../src/kube/rest.ts';
import type { Job } from '../../../../src/plan/kubernetes.ts';
import type { ControlPlaneInfo } from '../../../lab/control-plane-only.ts';
import { waitFor } from '../../../lab/wait.ts';
import { recordReasons } from '../../../support/reason-recorder.ts';
import { untilOneOf } from './looking.ts';
import { clientFor, crds, fieldManager, makeNamespace, secrets } from '../../kube/support/bench.ts';

export type AnyRun = MilvusBackup | MilvusRestore;
export type AnyKind = AnyRun | MilvusInstance | MilvusBackupStorage | MilvusBackupSchedule;
export type KindName = AnyKind['kind'];

const folder = join(import.meta.dirname, '../../../../crds');

/** Other suites run beside this one: what takes a second by itself may take many. */
export const patienceMs = 100_000;

/** What objects say is kept for docs/reasons.md. */
export const { record, recordReason } = recordReasons('control plane');

export const jobs: Resource = {
  group: 'batch',
  version: 'v1',
  plural: 'jobs',
  kind: 'Job',
  namespaced: true,
};
export const pods: Resource = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };

const resources = Object.fromEntries(
  kinds.map(({ kind: { kind, plural } }) => [kind, { group, version, plural, kind, namespaced: true }]),
) as Record<KindName, Resource>;

export function resourceOf(kind: KindName): Resource {
  return resources[kind];
}

/** A namespace on a server that knows our kinds, and what is done in it. */
export class Bench {
  readonly rest: Rest;
  readonly plane: ControlPlaneInfo;
  namespace = '';
  readonly #client;
  readonly #caches = new Map<string, Cache<KubeObject>>();
  readonly #stop = new AbortController();

  constructor(plane: ControlPlaneInfo) {
    this.plane = plane;
    this.#client = clientFor(plane);
    this.rest = new Rest(this.#client);
  }

  async start(): Promise<this> {
    await (defined ??= defineKinds(this.rest));
    this.namespace = await makeNamespace(this.rest);
    return this;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#client.close();
  }

  /** Whoever asks every tenth of a second, with twenty others, keeps the server from its work. */
  async #watch(resource: Resource): Promise<Cache<KubeObject>> {
    const known = this.#caches.get(resource.plural);
    const cache =
      known ??
      new Cache<KubeObject>({
        rest: this.rest,
        resource,
        namespaces: [this.namespace],
        clock: systemClock,
        log: silent,
      });
    if (!known) {
      this.#caches.set(resource.plural, cache);
      void cache.run(this.#stop.signal);
    }
    await cache.whenSynced();
    return cache;
  }

  /** The same server and another namespace. */
  async another(): Promise<Bench> {
    return new Bench(this.plane).start();
  }

  async create<T extends KubeObject>(object: KubeObject): Promise<T> {
    const { kind } = object;
    const resource = kind === 'Secret' ? secrets : resourceOf(kind as KindName);
    const placed = { ...object, metadata: { ...object.metadata, namespace: this.namespace } };
    return (await this.rest.create(resource, placed, { fieldManager })) as T;
  }

  /** An instance and a storage of these names, with their Secrets. */
  async place(instance = 'milvus', storage = 'store', spec: object = {}): Promise<void> {
    await this.create(secret(`${instance}-login`));
    await this.create(secret(`${storage}-login`));
    await this.create(instanceOf(instance, spec));
    await this.create(storageOf(storage));
  }

  async get<T extends AnyKind>(kind: KindName, name: string): Promise<T> {
    const object = await this.rest.get(resourceOf(kind), { namespace: this.namespace, name });
    return record(object) as unknown as T;
  }

  async find<T extends AnyKind>(kind: KindName, name: string): Promise<T | undefined> {
    return this.get<T>(kind, name).catch(absent);
  }

  async patch(kind: KindName, name: string, body: object, subresource?: string): Promise<void> {
    const place = { namespace: this.namespace, name, ...(subresource ? { subresource } : {}) };
    await this.#untilSeen(kind, await this.rest.patch(resourceOf(kind), place, { fieldManager, body }));
  }

  /** The whole of it, as `kubectl replace --subresource=status` does. */
  async replaceStatus(object: AnyKind): Promise<void> {
    const client = clientFor(this.plane);
    const { plural } = resourceOf(object.kind);
    const path = `/apis/${apiVersion}/namespaces/${this.namespace}/${plural}/${object.metadata.name}/status`;
    const replaced = await client.json<KubeObject>({ method: 'PUT', path, body: object });
    await client.close();
    await this.#untilSeen(object.kind, replaced);
  }

  /** Whoever waits for something after a write must not find it in what stood before. */
  async #untilSeen(kind: KindName, { metadata }: KubeObject): Promise<void> {
    const store = this.#caches.get(resourceOf(kind).plural)?.store;
    if (!store) return;
    await waitFor(`the watch to tell of what was written to ${kind} ${metadata.name}`, patienceMs, () => {
      const known = store.get(metadata);
      if (!known || known.metadata.uid !== metadata.uid) return true;
      return versionOf(known) >= versionOf({ metadata }) || undefined;
    });
  }

  /** Changes a pod in a way that nobody cares about. */
  async touch({ metadata: { namespace, name } }: KubeObject, text: string): Promise<void> {
    const body = { metadata: { annotations: { touched: text } } };
    await this.rest.patch(pods, { namespace, name }, { fieldManager, body });
  }

  async delete(kind: KindName, name: string): Promise<void> {
    await this.rest.delete(
      resourceOf(kind),
      { namespace: this.namespace, name },
      { propagation: 'Background' },
    );
  }

  /** Of this object, oldest first. */
  async jobsOf({ metadata: { uid } }: KubeObject): Promise<Job[]> {
    const labelSelector = `milvusbackup.dev/uid=${uid}`;
    const { items } = await this.rest.list<Job>(jobs, { namespace: this.namespace, labelSelector });
    return items.sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  }

  async untilJobs(run: KubeObject, hold: (jobs: Job[]) => boolean, timeoutMs = patienceMs): Promise<Job[]> {
    const { store } = await this.#watch(jobs);
    const look = (): Job[] | undefined => {
      const all = store
        .list()
        .filter(({ metadata }) => metadata.labels?.['milvusbackup.dev/uid'] === run.metadata.uid) as Job[];
      return hold(all) ? all : undefined;
    };
    return untilOneOf(`Jobs of ${run.metadata.name} ${hold.toString()}`, { store, look, timeoutMs });
  }

  /** When `holds` holds of it, were it for a moment only; what it says until then explains a failure. */
  async until<T extends AnyKind>(
    kind: KindName,
    name: string,
    holds: (object: T) => boolean,
    timeoutMs = patienceMs,
  ): Promise<T> {
    const { store } = await this.#watch(resourceOf(kind));
    let last: T | undefined;
    const look = (): T | undefined => {
      const found = store.get({ namespace: this.namespace, name });
      if (found && found.metadata.resourceVersion !== last?.metadata.resourceVersion) {
        last = record(found) as unknown as T;
      }
      return last && holds(last) ? last : undefined;
    };
    const explain = (): string =>
      JSON.stringify({ ...last, metadata: { ...last?.metadata, managedFields: undefined } }, undefined, 1);
    return untilOneOf(`${kind} ${name} ${holds.toString()}`, { store, look, timeoutMs, explain });
  }

  phase<T extends AnyRun>(kind: T['kind'], name: string, phase: string, timeoutMs?: number): Promise<T> {
    return this.until<T>(kind, name, ({ status }) => status?.phase === phase, timeoutMs);
  }

  async gone(kind: KindName, name: string, timeoutMs = patienceMs): Promise<void> {
    const { store } = await this.#watch(resourceOf(kind));
    await waitFor(
      `${kind} ${name} to be gone`,
      timeoutMs,
      // The watch may not have heard of it yet.
      async () => {
        const isKnown = store.get({ namespace: this.namespace, name }) !== undefined;
        return isKnown || (await this.find(kind, name)) ? undefined : true;
      },
      async () => JSON.stringify(await this.find(kind, name), undefined, 1),
    );
  }
}

const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

function versionOf({ metadata }: Pick<KubeObject, 'metadata'>): bigint {
  return BigInt(metadata.resourceVersion ?? 0);
}

export function absent(error: unknown): undefined {
  if (!isNotFound(error)) throw error;
}

/** Once for each file of tests: they all use one server. */
let defined: Promise<void> | undefined;

async function defineKinds(rest: Rest): Promise<void> {
  for (const { kind } of kinds) {
    const text = readFileSync(join(folder, `${kind.plural}.${group}.yaml`), 'utf8');
    await rest.apply(crds, load(text) as KubeObject, { fieldManager, force: true });
  }
  for (const { kind } of kinds) {
    await waitFor(`${kind.plural} to be served`, 30_000, async () => {
      await rest.list(resourceOf(kind.kind as KindName), { limit: 1 });
      return true;
    });
  }
}

export function secret(
  name: string,
  data: Record<string, string> = { accesskey: 'a', secretkey: 'b' },
): KubeObject {
  const object = { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData: data };
  return object;
}

export function instanceOf(name: string, spec: object = {}): KubeObject {
  const storage = { ...place, rootPath: `files/${name}`, auth: { secretRef: { name: `${name}-login` } } };
  return ours('MilvusInstance', name, { address: 'milvus:19530', storage, checkInterval: '0s', ...spec });
}

export function storageOf(name: string, spec: object = {}): KubeObject {
  const auth = { secretRef: { name: `${name}-login` } };
  return ours('MilvusBackupStorage', name, {
    ...place,
    auth,
    prefix: 'backups',
    checkInterval: '0s',
    ...spec,
  });
}

const place = { provider: 'Minio', endpoint: 'minio:9000', bucket: 'bucket' };
/** Fast enough for a test, and the shortest that there is. */
const retry = { minBackoff: '1s', maxBackoff: '1s' };

export function backupOf(name: string, spec: object = {}): KubeObject {
  const refs = { instanceRef: { name: 'milvus' }, storageRef: { name: 'store' } };
  return ours('MilvusBackup', name, { ...refs, retry, ...spec });
}

export function restoreOf(name: string, spec: object = {}): KubeObject {
  return ours('MilvusRestore', name, { retry, ...spec });
}

/** Fields of a schedule's spec, and of its template's. */
export type ScheduleWish = Record<string, unknown> & { template?: object };

/** Its own time never comes in a test, unless `spec` says otherwise. */
export function scheduleOf(name: string, { template = {}, ...spec }: ScheduleWish = {}): KubeObject {
  const refs = { instanceRef: { name: 'milvus' }, storageRef: { name: 'store' } };
  return ours('MilvusBackupSchedule', name, {
    cron: '0 0 29 2 *',
    template: { spec: { ...refs, retry, ...template } },
    ...spec,
  });
}

function ours(kind: KindName, name: string, spec: object): KubeObject {
  const object = { apiVersion, kind, metadata: { name }, spec };
  return object;
}
