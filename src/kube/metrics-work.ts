// SPDX-License-Identifier: Apache-2.0
// What queues and controllers do, in numbers.
import type { Registry } from '@prometheus-io/client';
import type { Controller, ControllerObserver, Outcome } from './controller.ts';
import { createInstruments, type Count, type Labels } from './instruments.ts';
import type { Priority, QueueObserver, WorkQueue } from './queue.ts';

type Watched<T, O> = { observe: (name: string) => O; watch: (all: readonly T[]) => void };

/** The first list is behind what is news, as controller-runtime has it. */
const priorities: Record<Priority, string> = { now: '0', later: '-100' };

export function queueMetrics(registry: Registry): Watched<WorkQueue, QueueObserver> {
  const prefix = 'workqueue_';
  const make = createInstruments(registry, prefix, ['name', 'controller']);
  const adds = make.counter('adds_total', 'Keys that were added.');
  const retries = make.counter('retries_total', 'Keys that were added after a failure.');
  const waited = make.histogram('queue_duration_seconds', 'How long keys waited to be taken.');
  const worked = make.histogram('work_duration_seconds', 'How long keys were worked on.');
  let queues: readonly WorkQueue[] = [];
  const state = (name: string, help: string, valueOf: (queue: WorkQueue) => number): void =>
    make.state(name, help, (set) => queues.forEach((queue) => set(labelsOf(queue), valueOf(queue))));
  createInstruments(registry, prefix, ['name', 'controller', 'priority']).state(
    'depth',
    'Keys that wait to be taken: -100 are those of the first list.',
    (set) => {
      for (const queue of queues) {
        for (const priority of ['now', 'later'] as const)
          set({ ...labelsOf(queue), priority: priorities[priority] }, queue.depthOf(priority));
      }
    },
  );
  state('unfinished_work_seconds', 'Work under way, summed up.', ({ inWork }) => sum(inWork) / 1000);
  state('longest_running_processor_seconds', 'The longest work under way.', ({ inWork }) => {
    return Math.max(0, ...inWork) / 1000;
  });
  return {
    observe(name) {
      const labels = labelsOf({ name });
      return {
        added: () => adds(labels),
        retried: () => retries(labels),
        started: (ms) => waited(labels, ms / 1000),
        finished: (ms) => worked(labels, ms / 1000),
      };
    },
    watch: (all) => void (queues = all),
  };
}

/** A controller and its queue have one name. */
function labelsOf({ name }: { name: string }): Labels {
  return { name, controller: name };
}

/** The label that controller-runtime gives each outcome; it knows four. */
const results: Record<Outcome, string> = {
  success: 'success',
  requeue_after: 'requeue_after',
  requeue: 'requeue',
  error: 'error',
  panic: 'error',
  timeout: 'error',
  terminal: 'error',
};

export function controllerMetrics(registry: Registry): Watched<Controller, ControllerObserver> {
  const prefix = 'controller_runtime_';
  const make = createInstruments(registry, prefix, ['controller']);
  const total = createInstruments(registry, prefix, ['controller', 'result']).counter(
    'reconcile_total',
    'Reconciles by result.',
  );
  const errors = make.counter('reconcile_errors_total', 'Reconciles that failed.');
  const kinds: Partial<Record<Outcome, Count>> = {
    terminal: make.counter('terminal_reconcile_errors_total', 'Reconciles that failed for good.'),
    panic: make.counter('reconcile_panics_total', 'Reconciles that failed by an error in the program.'),
    timeout: make.counter('reconcile_timeouts_total', 'Reconciles that took too long.'),
  };
  const time = make.histogram('reconcile_time_seconds', 'How long reconciles took.');
  let controllers: readonly Controller[] = [];
  make.state('max_concurrent_reconciles', 'Workers.', (set) =>
    controllers.forEach(({ name, workers }) => set({ controller: name }, workers)),
  );
  make.state('active_workers', 'Workers at work.', (set) =>
    controllers.forEach(({ name, queue }) => set({ controller: name }, queue.inWork.length)),
  );
  return {
    observe: (controller) => ({
      finished(outcome, ms) {
        total({ controller, result: results[outcome] });
        if (results[outcome] === 'error') errors({ controller });
        kinds[outcome]?.({ controller });
        time({ controller }, ms / 1000);
      },
    }),
    watch: (all) => void (controllers = all),
  };
}

function sum(numbers: number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}
