// SPDX-License-Identifier: Apache-2.0
// Puts the controllers together: caches, queues, what wakes whom, and one controller per kind.
import type { Clock } from '../base/clock.ts';
import { createGate } from '../base/gate.ts';
import { Controller } from '../kube/controller.ts';
import type { EventRecorder } from '../kube/events.ts';
import type { Log } from '../kube/log.ts';
import type { Synced } from '../kube/manager.ts';
import type { Metrics } from '../kube/metrics.ts';
import { WorkQueue } from '../kube/queue.ts';
import type { Rest } from '../kube/rest.ts';
import type { Settings } from '../plan/settings.ts';
import { backupReconcile } from './backup.ts';
import { allCaches, createCaches } from './caches.ts';
import { instanceReconcile } from './instance.ts';
import { Line } from './line.ts';
import { addRetentionMetrics } from './metrics-retention.ts';
import { addStateMetrics } from './metrics-state.ts';
import { createRunMetrics, knownPlaces } from './metrics.ts';
import { restoreReconcile } from './restore.ts';
import { scheduleReconcile } from './schedule.ts';
import { storageReconcile } from './storage.ts';
import { connectWakes, type Queues } from './wakes.ts';
import type { World } from './world.ts';

export type ControllersOptions = {
  rest: Rest;
  clock: Clock;
  /** Of watches and their silence, where that is another one than the decisions': time may run faster, a network does not. */
  networkClock?: Clock;
  /** How long a reconcile may take, by `clock`; left out: the controllers' own limit. */
  deadlineMs?: number;
  log: Log;
  settings: Settings;
  /** Empty: all. */
  namespaces: readonly string[];
  recorder: Pick<EventRecorder, 'record'>;
  metrics: Metrics;
  mayRun: () => boolean;
};

export type Controllers = { caches: readonly Synced[]; controllers: readonly Controller[] };

const makers = {
  instances: instanceReconcile,
  storages: storageReconcile,
  backups: backupReconcile,
  restores: restoreReconcile,
  schedules: scheduleReconcile,
};
type Name = keyof typeof makers;
const names = Object.keys(makers) as Name[];

const workers = 4;
/** Single reads at a time, of all reconciles together. */
const reads = 5;

export function createControllers(options: ControllersOptions): Controllers {
  const { rest, clock, log, settings, namespaces, recorder, metrics, mayRun, deadlineMs } = options;
  const { networkClock = clock } = options;
  const caches = createCaches({ rest, clock: networkClock, log, namespaces, observer: metrics.reflector });
  addStateMetrics(metrics.registry, caches, settings.version);
  addRetentionMetrics(metrics.registry, caches, clock);
  const world: World = {
    rest,
    caches,
    settings,
    clock,
    recorder,
    metrics: createRunMetrics(metrics.registry, knownPlaces(caches)),
    line: new Line(caches, settings),
    reads: createGate(reads),
  };
  const queues = Object.fromEntries(
    names.map((name) => [name, new WorkQueue({ name, clock, observer: metrics.queue(name) })]),
  ) as Queues;
  connectWakes(caches, queues, world.line);
  const controllers = names.map(
    (name) =>
      new Controller({
        queue: queues[name],
        reconcile: makers[name](world),
        clock,
        log,
        workers,
        mayRun,
        ...(deadlineMs === undefined ? {} : { deadlineMs }),
        observer: metrics.controller(name),
      }),
  );
  metrics.watch(controllers);
  return { caches: allCaches(caches), controllers };
}
