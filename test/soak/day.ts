// SPDX-License-Identifier: Apache-2.0
// A day of schedules in minutes: a real API server, the operator by a scaled clock, a kubelet that is played, and faults
// drawn from a seed. At its end everything is let come to rest, and what was seen is handed to the invariants.
import type { MilvusBackup, MilvusBackupSchedule } from '../../src/api/index.ts';
import { apiVersion } from '../../src/api/index.ts';
import { backups, schedules } from '../../src/controllers/resources.ts';
import type { KubeObject } from '../../src/kube/resource.ts';
import type { Job } from '../../src/plan/kubernetes.ts';
import { parseCron } from '../../src/plan/schedule/cron.ts';
import { expiredBy } from '../../src/plan/expiry.ts';
import { isTerminal } from '../../src/plan/verdict.ts';
import { fieldManager } from '../control-plane/kube/support/bench.ts';
import { startHttpProxy, type HttpProxy } from '../control-plane/kube/support/http-proxy.ts';
import { Bench, instanceOf, jobs, secret, storageOf } from '../control-plane/operator/support/bench.ts';
import { Kubelet } from '../control-plane/operator/support/kubelet.ts';
import { randomOf, type Random } from '../data/random.ts';
import type { ControlPlane, ControlPlaneInfo } from '../lab/control-plane-only.ts';
import { waitFor } from '../lab/wait.ts';
import { scaledClock, type Pace } from './clock.ts';
import { disturb, playOut, type Hands } from './faults.ts';
import type { Day } from './invariants.ts';
import { OperatorProcess } from './process.ts';
import { summary, watchBackups } from './seen.ts';

export type Wish = {
  plane: ControlPlaneInfo;
  /** Only where the control plane is one's own: its API server is restarted too. */
  own?: ControlPlane;
  seed: string;
  /** Of the day. */
  hours: number;
  /** Of the world. */
  seconds: number;
  schedules: number;
  crons: readonly string[];
  faults: number;
  log: (line: string) => void;
};

const hourMs = 3_600_000;
const perInstance = 20;

/** Plays it. Whatever happens, nothing is left running. */
export async function playDay(wish: Wish): Promise<Day> {
  const bench = await new Bench(wish.plane).start();
  const proxy = await startHttpProxy(wish.plane);
  const random = randomOf('soak', wish.seed);
  const longestMs = (wish.seconds * 1000) / 60;
  const kubelet = new Kubelet(bench, (_, pod) => {
    void playOut(kubelet, pod, random, longestMs).catch(() => undefined);
    return 'runs';
  });
  const stop = new AbortController();
  const seen = watchBackups(bench, stop.signal);
  let operator: OperatorProcess | undefined;
  let sweeping: NodeJS.Timeout | undefined;
  try {
    await kubelet.start();
    kubelet.isPatient = true;
    sweeping = setInterval(() => void kubelet.lookAgain(), 2000);
    await furnish(bench, wish, random);
    const pace = { since: Date.now(), factor: (wish.hours * hourMs) / (wish.seconds * 1000) };
    operator = new OperatorProcess({
      plane: wish.plane,
      server: proxy.url,
      namespace: bench.namespace,
      pace,
    });
    await operator.start();
    const memory = await live({ wish, bench, proxy, random, longestMs, operator, pace });
    const end = scaledClock(pace).now();
    await catchUp(bench, wish, end);
    await rest(bench, wish);
    return await summary({ bench, seen, memory, end });
  } finally {
    clearInterval(sweeping);
    await operator?.kill();
    stop.abort();
    await kubelet.stop();
    await proxy.close();
    await bench.close();
  }
}

async function furnish(bench: Bench, wish: Wish, random: Random): Promise<void> {
  const instances = Math.ceil(wish.schedules / perInstance);
  await bench.create(secret('store-login'));
  await bench.create(storageOf('store'));
  for (let i = 0; i < instances; i++) {
    await bench.create(secret(`milvus-${i}-login`));
    await bench.create(instanceOf(`milvus-${i}`, { maxConcurrentBackups: 20 }));
  }
  for (let i = 0; i < wish.schedules; i++) {
    const object = scheduleOf(bench.namespace, i, { cron: random.pick(wish.crons), instances });
    await bench.rest.create(schedules, object, { fieldManager });
  }
}

function scheduleOf(
  namespace: string,
  number: number,
  { cron, instances }: { cron: string; instances: number },
): KubeObject {
  const spec = {
    instanceRef: { name: `milvus-${number % instances}` },
    storageRef: { name: 'store' },
    retry: { limit: 10, minBackoff: '1s', maxBackoff: '1m' },
    // The server's clock is not the day's: what it dates looks old.
    deletionTimeout: '24h',
    deadline: '720h',
    startDeadline: '720h',
  };
  const object = {
    apiVersion,
    kind: 'MilvusBackupSchedule',
    metadata: { namespace, name: `s-${number}` },
    spec: { cron, template: { spec }, retention: { keepLast: 1 + (number % 4), failedHistory: number % 2 } },
  };
  return object;
}

type Living = {
  wish: Wish;
  bench: Bench;
  proxy: HttpProxy;
  random: Random;
  longestMs: number;
  operator: OperatorProcess;
  pace: Pace;
};

/** Returns what the operator took, measured now and then. */
async function live({ wish, bench, proxy, random, longestMs, operator, pace }: Living): Promise<number[]> {
  const memory: number[] = [];
  const { own, log } = wish;
  const hands: Hands = {
    proxy,
    bench,
    random,
    longestMs,
    async killOperator() {
      await operator.kill();
      await pause(random.int(0, longestMs));
      await operator.start();
    },
    ...(own
      ? {
          async restartServer() {
            await own.killApiServer();
            await pause(random.int(0, longestMs));
            await own.startApiServer();
          },
        }
      : {}),
  };
  const share = (wish.seconds * 1000) / wish.faults;
  const until = pace.since + wish.seconds * 1000;
  while (Date.now() < until) {
    await pause(Math.min(random.int(share / 4, share), Math.max(until - Date.now(), 0)));
    if (operator.hasCrashed) throw new Error(`the operator has ended by itself:\n${operator.words}`);
    const resident = operator.memory();
    if (resident !== undefined) memory.push(resident);
    if (Date.now() < until) log(`${new Date(scaledClock(pace).now()).toISOString()} ${await disturb(hands)}`);
  }
  return memory;
}

/** Faults are over: every schedule deals with what came until then. */
async function catchUp(bench: Bench, wish: Wish, end: number): Promise<void> {
  let behind: string[] = [];
  await waitFor(
    'schedules to catch up',
    Math.max(60_000, wish.seconds * 200),
    async () => {
      const { items } = await bench.rest.list<MilvusBackupSchedule>(schedules, {
        namespace: bench.namespace,
      });
      behind = items.filter((one) => lagsBehind(one, end)).map(({ metadata }) => metadata.name);
      return behind.length === 0 || undefined;
    },
    () => behind.join(', '),
    // Which of them do not is for the invariants to say.
  ).catch((error: unknown) => wish.log(String(error)));
}

function lagsBehind({ metadata, spec, status }: MilvusBackupSchedule, end: number): boolean {
  const parsed = parseCron(spec.cron, spec.timeZone);
  const last = 'cron' in parsed ? parsed.cron.previous(end) : undefined;
  const from = Date.parse(metadata.creationTimestamp);
  return last !== undefined && last > from && Date.parse(status.lastScheduleTime ?? '1970-01-01') < last;
}

/** Nothing new is begun, and what is at work comes to its end. */
async function rest(bench: Bench, wish: Wish): Promise<void> {
  const { namespace } = bench;
  const { items } = await bench.rest.list(schedules, { namespace });
  for (const { metadata } of items) {
    const place = { namespace, name: metadata.name };
    await bench.rest.patch(schedules, place, { fieldManager, body: { spec: { suspend: true } } });
  }
  const isOpen = ({ status, metadata }: MilvusBackup): boolean =>
    status?.completionTime === undefined ||
    metadata.deletionTimestamp !== undefined ||
    metadata.annotations?.[expiredBy] !== undefined;
  let left: string[] = [];
  await waitFor(
    'all to come to rest',
    Math.max(60_000, wish.seconds * 200),
    async () => {
      const { items: all } = await bench.rest.list<MilvusBackup>(backups, { namespace });
      left = all.filter(isOpen).map(({ metadata, status }) => `${metadata.name} ${status?.phase}`);
      const open = (await bench.rest.list<Job>(jobs, { namespace })).items.filter(
        (job) => !isTerminal(job) || job.spec.ttlSecondsAfterFinished === undefined,
      );
      left.push(...open.map(({ metadata }) => `Job ${metadata.name}`));
      const clocks = (await bench.rest.list<MilvusBackupSchedule>(schedules, { namespace })).items;
      const going = clocks.filter(({ status }) => (status.retention?.goingCount ?? 0) > 0);
      left.push(...going.map(({ metadata }) => `going of ${metadata.name}`));
      return left.length === 0 || undefined;
    },
    () => left.join(', '),
    // What never comes to rest is for the invariants to say.
  ).catch((error: unknown) => wish.log(String(error)));
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
