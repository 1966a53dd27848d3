// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { OperatorError } from '../../../src/base/error.ts';
import { Controller } from '../../../src/kube/controller.ts';
import { createMetrics } from '../../../src/kube/metrics.ts';
import { WorkQueue } from '../../../src/kube/queue.ts';
import { FakeClock, settle } from './fake-clock.ts';
import { widgets } from './objects.ts';
import { keepingLog } from './stub-log.ts';

/** The names that existing dashboards read (controller-runtime and client-go). */
const known = [
  'controller_runtime_reconcile_total',
  'controller_runtime_reconcile_errors_total',
  'controller_runtime_terminal_reconcile_errors_total',
  'controller_runtime_reconcile_panics_total',
  'controller_runtime_reconcile_timeouts_total',
  'controller_runtime_reconcile_time_seconds',
  'controller_runtime_max_concurrent_reconciles',
  'controller_runtime_active_workers',
  'workqueue_depth',
  'workqueue_adds_total',
  'workqueue_queue_duration_seconds',
  'workqueue_work_duration_seconds',
  'workqueue_unfinished_work_seconds',
  'workqueue_longest_running_processor_seconds',
  'workqueue_retries_total',
  'rest_client_requests_total',
  'leader_election_master_status',
  'process_cpu_seconds_total',
  'process_resident_memory_bytes',
  'process_start_time_seconds',
];

describe('metrics', () => {
  it('have the names that dashboards know, each with a help text', async () => {
    const text = await createMetrics().registry.metrics();
    for (const name of known) expect(text).toMatch(new RegExp(`^# HELP ${name} \\S`, 'm'));
  });

  it('count requests, lists, watches, Events and leadership', async () => {
    const metrics = createMetrics();
    metrics.request({ method: 'GET', code: '200', host: 'api:6443' });
    metrics.reflector.listed?.(widgets);
    metrics.reflector.restarted?.(widgets, 'silent');
    metrics.event('dropped');
    metrics.leading('lock')(true);
    const text = await metrics.registry.metrics();
    for (const line of [
      'rest_client_requests_total{method="GET",code="200",host="api:6443"} 1',
      'reflector_lists_total{resource="widgets"} 1',
      'reflector_watch_restarts_total{resource="widgets",reason="silent"} 1',
      'events_total{outcome="dropped"} 1',
      'leader_election_master_status{name="lock"} 1',
    ]) {
      expect(text).toContain(line);
    }
    metrics.leading('lock')(false);
    expect(await metrics.registry.metrics()).toContain('leader_election_master_status{name="lock"} 0');
  });

  it('know the process', async () => {
    const text = await createMetrics().registry.metrics();
    const rss = Number(/^process_resident_memory_bytes (\S+)$/m.exec(text)?.[1]);
    expect(rss).toBeGreaterThan(10_000_000);
    const cpu = Number(/^process_cpu_seconds_total (\S+)$/m.exec(text)?.[1]);
    expect(cpu).toBeGreaterThan(0);
    const start = Number(/^process_start_time_seconds (\S+)$/m.exec(text)?.[1]);
    expect(Math.abs(start - (Date.now() / 1000 - process.uptime()))).toBeLessThan(60);
  });

  it('tell what a controller and its queue do', async () => {
    const metrics = createMetrics();
    const clock = new FakeClock();
    const queue = new WorkQueue({ name: 'widgets', clock, observer: metrics.queue('widgets') });
    const release = Promise.withResolvers<void>();
    const endings: Record<string, () => Promise<object>> = {
      'x/fine': async () => ({}),
      'x/again': async () => ({ requeueAt: clock.now() + 3_000_000 }),
      'x/broken': async () => Promise.reject(new TypeError('x')),
      'x/final': async () => Promise.reject(new OperatorError('InvalidConfiguration', 'x')),
      'x/slow': async () => {
        await release.promise;
        return {};
      },
    };
    const controller = new Controller({
      queue,
      reconcile: ({ key }) => endings[key]?.() ?? expect.fail(),
      clock,
      log: keepingLog(),
      workers: 1,
      observer: metrics.controller('widgets'),
    });
    metrics.watch([controller]);
    void controller.run(new AbortController().signal);
    for (const key of Object.keys(endings)) queue.add(key);
    await settle();
    queue.add('x/waiting');
    queue.add('x/first', 'later');
    await clock.advance(500);
    const text = await metrics.registry.metrics();
    for (const line of [
      'controller_runtime_reconcile_total{controller="widgets",result="success"} 1',
      'controller_runtime_reconcile_total{controller="widgets",result="requeue_after"} 1',
      'controller_runtime_reconcile_total{controller="widgets",result="error"} 2',
      'controller_runtime_reconcile_errors_total{controller="widgets"} 2',
      'controller_runtime_terminal_reconcile_errors_total{controller="widgets"} 1',
      'controller_runtime_reconcile_panics_total{controller="widgets"} 1',
      'controller_runtime_max_concurrent_reconciles{controller="widgets"} 1',
      'controller_runtime_active_workers{controller="widgets"} 1',
      'controller_runtime_reconcile_time_seconds_count{controller="widgets"} 4',
      'workqueue_depth{name="widgets",controller="widgets",priority="0"} 1',
      'workqueue_depth{name="widgets",controller="widgets",priority="-100"} 1',
      'workqueue_adds_total{name="widgets",controller="widgets"} 7',
      'workqueue_retries_total{name="widgets",controller="widgets"} 1',
      'workqueue_queue_duration_seconds_count{name="widgets",controller="widgets"} 5',
      'workqueue_work_duration_seconds_count{name="widgets",controller="widgets"} 4',
      'workqueue_unfinished_work_seconds{name="widgets",controller="widgets"} 0.5',
      'workqueue_longest_running_processor_seconds{name="widgets",controller="widgets"} 0.5',
    ]) {
      expect(text).toContain(line);
    }
  });
});
