// SPDX-License-Identifier: Apache-2.0
// A namespace with an operator that serves it and a kubelet that plays its nodes: what most of these tests start from.
// What becomes of a pod is said per object, before that is made.
import type { ControlPlaneInfo } from '../../../lab/control-plane-only.ts';
import type { MilvusBackup, MilvusRestore } from '../../../../src/api/index.ts';
import type { Job } from '../../../../src/plan/kubernetes.ts';
import {
  backupOf,
  Bench,
  instanceOf,
  restoreOf,
  secret,
  storageOf,
  type AnyRun,
  patienceMs,
} from './bench.ts';
import { Kubelet, type Fate, type Fates, type FullPod } from './kubelet.ts';
import { startOperator, type Operator, type Options } from './operators.ts';
import { argumentsOf, succeeds, type Arguments } from './results.ts';

export type Found = { pod: FullPod; args: Arguments; jobName: string };
/** What becomes of the pods of one object. Undefined: what becomes of every other one. */
export type Script = (args: Arguments) => Fate | 'as usual';

export class Stage {
  readonly bench: Bench;
  readonly kubelet: Kubelet;
  readonly #scripts = new Map<string, Script>();
  #operator: Operator | undefined;

  constructor(bench: Bench) {
    this.bench = bench;
    this.kubelet = new Kubelet(bench, (args, pod) => this.#fateOf(args, pod));
  }

  static async open(plane: ControlPlaneInfo, options: Options = {}): Promise<Stage> {
    const stage = await Stage.withoutOperator(plane);
    await stage.startOperator(options);
    return stage;
  }

  static async withoutOperator(plane: ControlPlaneInfo): Promise<Stage> {
    const stage = new Stage(await new Bench(plane).start());
    await stage.kubelet.start();
    return stage;
  }

  get operator(): Operator {
    if (!this.#operator) throw new Error('there is no operator');
    return this.#operator;
  }

  async startOperator(options: Options = {}): Promise<Operator> {
    const { plane, namespace } = this.bench;
    const flags = ['--no-leader-election', ...(options.flags ?? [])];
    this.#operator = startOperator(plane, { namespaces: [namespace], ...options, flags });
    await this.#operator.until('caches synced');
    return this.#operator;
  }

  async close(): Promise<void> {
    await this.#operator?.kill();
    await this.kubelet.stop();
    await this.bench.close();
  }

  /** An instance with its Secret; many backups at once, so that tests do not wait for each other. */
  async instance(name: string, spec: object = {}): Promise<void> {
    await this.bench.create(secret(`${name}-login`));
    await this.bench.create(instanceOf(name, { maxConcurrentBackups: 20, ...spec }));
  }

  async storage(name: string, spec: object = {}): Promise<void> {
    await this.bench.create(secret(`${name}-login`));
    await this.bench.create(storageOf(name, spec));
  }

  backup(name: string, spec: object = {}, script?: Script): Promise<MilvusBackup> {
    if (script) this.#scripts.set(name, script);
    return this.bench.create<MilvusBackup>(backupOf(name, spec));
  }

  restore(name: string, spec: object = {}, script?: Script): Promise<MilvusRestore> {
    if (script) this.#scripts.set(name, script);
    return this.bench.create<MilvusRestore>(restoreOf(name, spec));
  }

  script(name: string, script: Script): void {
    this.#scripts.set(name, script);
  }

  /** Of this object, and of the attempt or errand `suffix`. */
  pod(run: AnyRun, suffix = '1'): Promise<Found> {
    return this.podWithin(run, suffix, patienceMs);
  }

  async podWithin(run: AnyRun, suffix: string, timeoutMs: number): Promise<Found> {
    const isIt = ({ metadata }: Job): boolean => metadata.name.endsWith(`-${suffix}`);
    const found = await this.bench.untilJobs(run, (jobs) => jobs.some(isIt), timeoutMs);
    const jobName = found.find(isIt)?.metadata.name ?? '';
    const pod = await this.kubelet.pod(jobName);
    return { pod, args: argumentsOf(pod), jobName };
  }

  /** Suffixes of the Jobs that there are, `1`, `2`, `c1`. */
  async jobs(run: AnyRun): Promise<string[]> {
    return suffixesOf(await this.bench.jobsOf(run));
  }

  /** Until these are the Jobs that there are: one that was deleted goes when the garbage collector comes by. */
  async untilJobs(run: AnyRun, suffixes: string[]): Promise<void> {
    await this.bench.untilJobs(run, (jobs) => suffixesOf(jobs).join() === suffixes.join());
  }

  #fateOf(args: Arguments, pod: FullPod): Fate {
    const jobName = pod.metadata.labels?.['batch.kubernetes.io/job-name'] ?? '';
    const script = this.#scripts.get(jobName.replace(/-[0-9a-f]{8}-[cks]?\d+$/, ''));
    const fate = script?.(args) ?? (script ? undefined : 'as usual');
    return fate === 'as usual' ? usual(args, pod) : fate;
  }
}

function suffixesOf(jobs: readonly Job[]): string[] {
  return jobs.map(({ metadata }) => metadata.name.split('-').at(-1) ?? '').sort();
}

/** What is asked and put away succeeds, the work itself goes on until it is ended. */
const usual: Fates = (args) => (['create', 'restore'].includes(args.command) ? 'runs' : succeeds(args));
