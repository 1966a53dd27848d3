// SPDX-License-Identifier: Apache-2.0
// Numbers about this room under the names that controller-runtime and client-go made common, so that existing dashboards
// and alerts read them. Values that are a state are taken when somebody asks, not kept.
import { Counter, Registry } from '@prometheus-io/client';
import type { ClientOptions } from './client.ts';
import type { Controller, ControllerObserver } from './controller.ts';
import { createInstruments } from './instruments.ts';
import { controllerMetrics, queueMetrics } from './metrics-work.ts';
import type { QueueObserver } from './queue.ts';
import type { ReflectorObserver } from './reflector.ts';

/** What the parts of this room report to. Others may add metrics of their own to the registry. */
export type Metrics = {
  readonly registry: Registry;
  readonly request: NonNullable<ClientOptions['observe']>;
  readonly reflector: ReflectorObserver;
  readonly event: (outcome: 'written' | 'dropped') => void;
  readonly leading: (lease: string) => (isLeading: boolean) => void;
  readonly queue: (name: string) => QueueObserver;
  readonly controller: (name: string) => ControllerObserver;
  /** Whose queues and workers are shown. */
  readonly watch: (controllers: readonly Controller[]) => void;
};

export function createMetrics(): Metrics {
  const registry = new Registry();
  const make = (...labels: string[]) => createInstruments(registry, '', labels);
  const requests = make('code', 'method', 'host').counter(
    'rest_client_requests_total',
    'Requests to the API server.',
  );
  const lists = make('resource').counter('reflector_lists_total', 'Whole lists that were fetched.');
  const restarts = make('resource', 'reason').counter(
    'reflector_watch_restarts_total',
    'Watches that ended, and why.',
  );
  const told = make('outcome').counter('events_total', 'Events that were written or dropped.');
  const leading = make('name').gauge('leader_election_master_status', 'Whether this process leads: 1 or 0.');
  addProcess(registry);
  const queues = queueMetrics(registry);
  const controllers = controllerMetrics(registry);
  return {
    registry,
    request: requests,
    reflector: {
      listed: ({ plural }) => lists({ resource: plural }),
      restarted: ({ plural }, reason) => restarts({ resource: plural, reason }),
    },
    event: (outcome) => told({ outcome }),
    leading: (name) => (isLeading) => leading({ name }, isLeading ? 1 : 0),
    queue: queues.observe,
    controller: controllers.observe,
    watch(all) {
      queues.watch(all.map(({ queue }) => queue));
      controllers.watch(all);
    },
  };
}

/** What is asked for first; the library's own set keeps a timer of the event loop running all the time. */
function addProcess(registry: Registry): void {
  const make = createInstruments(registry, 'process_', []);
  const start = Date.now() / 1000 - process.uptime();
  make.state('start_time_seconds', 'Start of the process since 1970.', (set) => set({}, start));
  void new Counter({
    name: 'process_cpu_seconds_total',
    help: 'User and system CPU time spent.',
    registers: [registry],
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1_000_000);
    },
  });
  make.state('resident_memory_bytes', 'Resident memory.', (set) => set({}, process.memoryUsage.rss()));
}
