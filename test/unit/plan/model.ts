// SPDX-License-Identifier: Apache-2.0
// A world small enough to be tried to the end: an API server that keeps versions, a Job controller and a kubelet, and an
// operator that does what is decided, one write after the other, and may die after any of them.
import type { MilvusBackupStorage, MilvusInstance } from '../../../src/api/index.ts';
import { digestOfDrops } from '../../../src/contract/drops.ts';
import { encodeResult, encodeResultLine } from '../../../src/contract/protocol.ts';
import type { Result } from '../../../src/contract/result.ts';
import { finalizer, type Refusal } from '../../../src/plan/decisions.ts';
import type { Desired, NewBackup } from '../../../src/plan/desired.ts';
import type { ContainerState, Job, Pod } from '../../../src/plan/kubernetes.ts';
import { timeText } from '../../../src/plan/moment.ts';
import type { Facts, Kinds, Observed, Wanted } from '../../../src/plan/observed.ts';
import { settings, type PodTemplate } from './job-samples.ts';
import { assertStatus } from './status-schema.ts';

export type Decisions<T extends Kinds> = {
  wanted: (observed: Observed<T>) => Wanted;
  plan: (observed: Observed<T>) => Desired<T>;
  refused?: (observed: Observed<T>, refusal: Refusal) => Desired<T>;
};

type Caches = { jobs: Job[]; pods: Pod[] };

/** What a Secret holds unless a test says otherwise. */
const everyKey = ['accesskey', 'secretkey', 'username', 'password', 'token'];

export class Model<T extends Kinds> {
  now = Date.parse('2026-01-02T00:00:00Z');
  object: T | undefined;
  jobs = new Map<string, Job>();
  pods = new Map<string, Pod>();
  logs = new Map<string, string>();
  keys: Facts['keys'] = new Map();
  events = new Map<string, { reason: string; message: string; type: string }[]>();
  nodes = new Map<string, 'Gone' | 'Ready' | 'NotReady'>();
  isNamespaceTerminating = false;
  /** What the server answers to the next Job. */
  refusal: Refusal['error'] | undefined;
  extra: () => Record<string, unknown>;
  /** That were made, by name. */
  backups = new Map<string, NewBackup>();
  news: string[] = [];
  statusWrites = 0;
  logReads = 0;
  requeueAt: number | undefined;
  /** Every Job that ever was, with the time it was made. */
  readonly made: string[] = [];
  readonly decisions: Decisions<T>;
  #version = 1;
  #uids = 0;

  constructor(object: T, decisions: Decisions<T>, extra: () => Record<string, unknown> = () => ({})) {
    this.object = structuredClone(object);
    this.object.metadata.creationTimestamp = timeText(this.now);
    if (Object.keys(object.status).length === 0) this.object.status = { observedGeneration: -1 };
    this.decisions = decisions;
    this.extra = extra;
  }

  cache(): Caches {
    return structuredClone({ jobs: [...this.jobs.values()], pods: [...this.pods.values()] });
  }

  look(stale?: Caches): Observed<T> {
    const object = structuredClone(this.object!);
    const caches = stale ?? this.cache();
    const { attempts = [], completionTime } = 'attempts' in object.status ? object.status : {};
    const last = completionTime === undefined ? attempts.at(-1) : undefined;
    // As the gathering does it: what the status names and the cache lacks is asked for.
    const missing = attempts
      .filter(
        (attempt) =>
          (attempt.endTime === undefined || attempt === last) &&
          !caches.jobs.some((j) => j.metadata.name === attempt.jobName),
      )
      .flatMap(({ jobName }) => this.jobs.get(jobName ?? '') ?? []);
    return {
      now: this.now,
      object,
      settings,
      jobs: [...caches.jobs, ...structuredClone(missing)],
      pods: missing.length > 0 ? structuredClone([...this.pods.values()]) : caches.pods,
      facts: { keys: new Map(), events: new Map(), nodes: new Map(), logs: new Map() },
      ...this.extra(),
    };
  }

  gather(wanted: Wanted): Facts {
    this.logReads += wanted.logs.length;
    return {
      keys: new Map(
        wanted.keys.flatMap(({ kind, name }) => {
          const key = `${kind}/${name}`;
          return [[key, this.keys.get(key) ?? everyKey] as const];
        }),
      ),
      events: new Map(wanted.events.map(({ uid }) => [uid, this.events.get(uid) ?? []])),
      nodes: new Map(wanted.nodes.map((name) => [name, this.nodes.get(name) ?? 'Ready'])),
      logs: new Map(wanted.logs.map(({ pod }) => [pod, this.logs.get(pod)])),
      ...(wanted.namespace ? { isNamespaceTerminating: this.isNamespaceTerminating } : {}),
    };
  }

  /** Observes, decides and does; at most `writes` of it. Gives how many were done. */
  reconcile({ writes = Infinity, stale }: { writes?: number; stale?: Caches } = {}): number {
    if (!this.object) return 0;
    const seen = this.look(stale);
    const observed = { ...seen, facts: this.gather(this.decisions.wanted(seen)) };
    const desired = this.decisions.plan(observed);
    this.requeueAt = desired.requeueAt;
    const refuse = (refusal: Refusal): Desired<T> => this.decisions.refused!(observed, refusal);
    return this.#act(desired, observed, writes, refuse);
  }

  #act(
    desired: Desired<T>,
    observed: Observed<T>,
    writes: number,
    refuse?: (r: Refusal) => Desired<T>,
  ): number {
    let done = 0;
    const actions = [
      ...(desired.createBackups ?? []).map(
        (backup) => () => void this.backups.set(backup.metadata.name, backup),
      ),
      ...(desired.deleteBackups ?? []).map(
        ({ name }) =>
          () =>
            void this.backups.delete(name),
      ),
      ...this.#finalizerOn(desired, observed),
      ...this.#statusOf(desired, observed),
      ...desired.deleteJobs.map((job) => () => this.deleteJob(job.name, job.uid)),
      ...desired.createJobs.map((job) => () => {
        if (!this.refusal) return this.#create(job);
        const next = refuse!({ job, error: this.refusal });
        this.requeueAt = next.requeueAt;
        this.#act({ ...next, createJobs: [] }, observed, Infinity);
        throw new Refused();
      }),
      ...desired.expireJobs.map(({ name, ttlSeconds }) => () => {
        const job = this.jobs.get(name);
        if (job) job.spec.ttlSecondsAfterFinished = ttlSeconds;
      }),
      ...(desired.finalizer === false && this.#hasFinalizer() ? [() => this.#setFinalizer(false)] : []),
      ...(desired.deleteObject ? [() => this.deleteObject()] : []),
    ];
    for (const action of actions) {
      if (done >= writes) return done;
      try {
        action();
      } catch (error) {
        if (error instanceof Refused || error instanceof Conflict) return done;
        throw error;
      }
      done++;
    }
    return done;
  }

  #hasFinalizer(): boolean {
    return this.object?.metadata.finalizers?.includes(finalizer) ?? false;
  }

  #finalizerOn(desired: Desired<T>, { object }: Observed<T>): (() => void)[] {
    if (desired.finalizer !== true || this.#hasFinalizer()) return [];
    if (object.metadata.deletionTimestamp)
      throw new Error('a finalizer is added to an object that is being deleted');
    return [() => this.#setFinalizer(true)];
  }

  #setFinalizer(on: boolean): void {
    const { metadata } = this.object!;
    metadata.finalizers = on ? [finalizer] : [];
    this.touch();
    if (!on && metadata.deletionTimestamp) this.object = undefined;
  }

  #statusOf(desired: Desired<T>, observed: Observed<T>): (() => void)[] {
    const { status } = desired;
    if (status === undefined) return [];
    const text = JSON.stringify(status);
    if (sorted(JSON.parse(text)) === sorted(this.object?.status)) {
      this.news.push(...desired.news.map(({ type, reason }) => `${type} ${reason} (status unchanged)`));
      return [];
    }
    return [
      () => {
        if (!this.object || observed.object.metadata.uid !== this.object.metadata.uid) throw new Conflict();
        const next = JSON.parse(text) as T['status'];
        assertStatus(this.object.kind, this.object.status, next);
        this.object.status = next;
        this.statusWrites++;
        this.news.push(...desired.news.map(({ type, reason }) => `${type} ${reason}`));
        this.touch();
      },
    ];
  }

  touch(): void {
    if (this.object) this.object.metadata.resourceVersion = String(++this.#version);
  }

  #create(job: Job): void {
    const { name } = job.metadata;
    if (this.jobs.has(name)) return;
    const uid = `job-${++this.#uids}`;
    this.made.push(name);
    this.jobs.set(name, {
      ...structuredClone(job),
      metadata: { ...job.metadata, uid, creationTimestamp: timeText(this.now) },
    });
  }

  /** Foreground: it stays until its pods are gone. */
  deleteJob(name: string, uid?: string): void {
    const job = this.jobs.get(name);
    if (!job || (uid !== undefined && job.metadata.uid !== uid)) return;
    job.metadata.deletionTimestamp ??= timeText(this.now);
  }

  deleteObject(): void {
    const { metadata } = this.object!;
    metadata.deletionTimestamp = timeText(this.now);
    if (!this.#hasFinalizer()) this.object = undefined;
    this.touch();
  }

  // The Job controller and the kubelet.

  controlJobs(): void {
    for (const [name, job] of this.jobs) {
      const pods = this.podsOf(name);
      const isOver = hasEnded(job);
      if (job.metadata.deletionTimestamp) {
        for (const pod of pods) {
          pod.metadata.deletionTimestamp ??= timeText(this.now);
          // What has not begun is gone at once; what runs is told to stop first.
          if (isTerminal(pod) || pod.status?.phase === 'Pending') this.pods.delete(pod.metadata.name);
        }
        if (this.podsOf(name).length === 0) this.jobs.delete(name);
      } else if (!isOver && pods.length === 0) this.#makePod(job);
      else if (!isOver && pods.every(isTerminal)) {
        const type = pods.some((pod) => pod.status?.phase === 'Succeeded') ? 'Complete' : 'Failed';
        job.status = { conditions: [{ type, status: 'True', lastTransitionTime: timeText(this.now) }] };
      }
    }
  }

  #makePod({ metadata: { name, labels = {} } }: Job): void {
    const pod: Pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: `${name}-pod`,
        uid: `pod-${++this.#uids}`,
        creationTimestamp: timeText(this.now),
        labels: { ...labels, 'batch.kubernetes.io/job-name': name },
      },
      spec: {},
      status: { phase: 'Pending' },
    };
    this.pods.set(pod.metadata.name, pod);
  }

  podsOf(job: string): Pod[] {
    return [...this.pods.values()].filter(
      ({ metadata }) => metadata.labels?.['batch.kubernetes.io/job-name'] === job,
    );
  }

  podOf(job: string): Pod {
    const [pod] = this.podsOf(job);
    if (!pod) throw new Error(`Job ${job} has no pod`);
    return pod;
  }

  startPod(pod: Pod, node = 'node-1'): void {
    pod.spec = { nodeName: node };
    pod.status = {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [{ name: 'engine', state: { running: { startedAt: timeText(this.now) } } }],
    };
  }

  /** `message`: the termination message as it is, whatever it is. */
  endPod(
    pod: Pod,
    { exitCode, message, reason }: { exitCode: number; message: string; reason?: string },
  ): void {
    const terminated: NonNullable<ContainerState['terminated']> = {
      exitCode,
      message,
      reason: reason ?? (exitCode === 0 ? 'Completed' : 'Error'),
      finishedAt: timeText(this.now),
    };
    pod.spec ??= {};
    pod.spec.nodeName ??= 'node-1';
    pod.status = {
      phase: exitCode === 0 ? 'Succeeded' : 'Failed',
      conditions: [...(pod.status?.conditions ?? [])],
      containerStatuses: [{ name: 'engine', state: { terminated } }],
    };
  }

  /** Ends it as the engine does: a result in the termination message and at the end of the log. */
  tell(pod: Pod, result: Partial<Result>, exitCode: number): void {
    const whole = { ...this.answer(pod), ...result } as Result;
    this.logs.set(pod.metadata.name, `${this.logs.get(pod.metadata.name) ?? ''}${encodeResultLine(whole)}\n`);
    this.endPod(pod, { exitCode, message: encodeResult(whole) });
  }

  /** What the engine would say of the Job's own arguments. */
  answer(pod: Pod): Result {
    const job = this.jobs.get(pod.metadata.labels!['batch.kubernetes.io/job-name']!)!;
    const { args } = (job.spec['template'] as PodTemplate).spec.containers[0];
    const flag = (name: string): string | undefined => {
      const at = args.indexOf(name);
      return at < 0 ? undefined : args[at + 1];
    };
    const [command = ''] = args;
    const attempt = flag('--attempt');
    const backupName = flag('--name');
    return {
      v: 1,
      command,
      outcome: 'Succeeded',
      reason: 'Completed',
      message: 'done',
      runId: flag('--run-id') ?? '',
      ...(attempt === undefined ? {} : { attempt: Number(attempt) }),
      ...(backupName === undefined ? {} : { backupName }),
      ...(command === 'create' ? { manifestDigest: 'a'.repeat(64) } : {}),
      ...(args.includes('--dry-run') ? { dryRun: true, drops: digestOfDrops([]) } : {}),
      engineVersion: '1.2.3',
    };
  }
}

class Refused extends Error {}
class Conflict extends Error {}

export function hasEnded({ status }: Job): boolean {
  return (status?.conditions ?? []).some(
    ({ type, status: is }) => is === 'True' && ['Complete', 'Failed'].includes(type),
  );
}

export function isTerminal({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

/** Keys in order: what counts as the same for the server. */
export function sorted(value: unknown): string {
  return JSON.stringify(value, (_key, one: unknown) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
}

export type Sides = { instance: MilvusInstance | undefined; storage: MilvusBackupStorage | undefined };
