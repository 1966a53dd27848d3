// SPDX-License-Identifier: Apache-2.0
// A whole operator over this room, as small as can be: it writes into each widget's status what its spec says. Run as a
// process of its own, told by one argument of JSON what to do, and telling by lines of JSON what it does.
import { writeSync } from 'node:fs';
import { systemClock } from '../../../../src/base/clock.ts';
import { Cache } from '../../../../src/kube/cache.ts';
import { KubeClient } from '../../../../src/kube/client.ts';
import type { CredentialSource } from '../../../../src/kube/credentials.ts';
import { Controller, type ReconcileRequest, type ReconcileResult } from '../../../../src/kube/controller.ts';
import { EventRecorder } from '../../../../src/kube/events.ts';
import { LeaderElection } from '../../../../src/kube/lease.ts';
import type { Log } from '../../../../src/kube/log.ts';
import { livenessOf, readinessOf, runManager } from '../../../../src/kube/manager.ts';
import { enqueueChanges, isNewWish } from '../../../../src/kube/mapping.ts';
import { createMetrics } from '../../../../src/kube/metrics.ts';
import { ProbeServer } from '../../../../src/kube/probes.ts';
import { WorkQueue } from '../../../../src/kube/queue.ts';
import type { KubeObject, Resource } from '../../../../src/kube/resource.ts';
import { Rest } from '../../../../src/kube/rest.ts';

export type OperatorOptions = {
  source: CredentialSource;
  namespace: string;
  identity: string;
  /** How long each reconcile takes before it writes. */
  reconcileMs?: number;
};

type Widget = KubeObject & {
  spec?: { size?: number };
  status?: { observedGeneration?: number; size?: number };
};

const widgets: Resource = {
  group: 'test.example',
  version: 'v1',
  plural: 'widgets',
  kind: 'Widget',
  namespaced: true,
};
const fieldManager = 'test-operator';

const options = JSON.parse(process.argv[2] ?? '{}') as OperatorOptions;
const { source, namespace, identity, reconcileMs = 0 } = options;
const say = (event: string, more: object = {}): void =>
  void writeSync(1, `${JSON.stringify({ event, at: Date.now(), ...more })}\n`);
const log: Log = {
  debug: () => undefined,
  info: (fields, message) => say('log', { message, fields }),
  warn: (fields, message) => say('log', { message, fields }),
  error: (fields, message) => say('log', { message, fields }),
};

const clock = systemClock;
const metrics = createMetrics();
const client = new KubeClient({ ...source, version: identity, observe: metrics.request });
const rest = new Rest(client);
const cache = new Cache<Widget>({
  rest,
  resource: widgets,
  namespaces: [namespace],
  clock,
  log,
  observer: metrics.reflector,
});
const recorder = new EventRecorder({
  rest,
  reporter: { controller: 'test.example/operator', instance: identity },
  fieldManager,
  clock,
  log,
  observer: metrics.event,
});
const election = new LeaderElection({
  rest,
  lease: { namespace, name: 'operator' },
  identity,
  fieldManager,
  clock,
  log,
  observer(isLeading) {
    metrics.leading('operator')(isLeading);
    if (isLeading) say('leading');
  },
  onLost(why) {
    say('lost', { why });
    process.exit(1);
  },
});
const queue = new WorkQueue({ name: 'widgets', clock, observer: metrics.queue('widgets') });
enqueueChanges(cache.store, queue, { when: isNewWish });
const controller = new Controller({
  queue,
  reconcile,
  clock,
  log,
  workers: 4,
  mayRun: () => election.isLeading,
  observer: metrics.controller('widgets'),
});
metrics.watch([controller]);
const server = new ProbeServer({
  port: 0,
  host: '127.0.0.1',
  livez: livenessOf([controller]),
  readyz: readinessOf([cache]),
  registry: metrics.registry,
});
const listen = server.listen.bind(server);
server.listen = async () => {
  const port = await listen();
  say('listening', { port });
  return port;
};

async function reconcile(request: ReconcileRequest, signal: AbortSignal): Promise<ReconcileResult> {
  const widget = cache.store.get(request);
  if (!widget) return {};
  const { name, generation = 0, resourceVersion = '' } = widget.metadata;
  say('reconcile', { name });
  if (reconcileMs > 0) await clock.sleep(reconcileMs, signal);
  const status = { observedGeneration: generation, size: widget.spec?.size ?? 0 };
  if (widget.status?.observedGeneration === generation) return { requeueAt: clock.now() + 3_600_000 };
  const { apiVersion, kind } = widget;
  const written = { apiVersion, kind, metadata: { namespace, name, resourceVersion }, status };
  await rest.applyStatus(widgets, written, { fieldManager, force: true }, signal);
  say('written', { name, size: status.size });
  return { requeueAt: clock.now() + 3_600_000 };
}

const stop = new AbortController();
process.once('SIGTERM', () => stop.abort(new Error('SIGTERM')));
const parts = { clock, log, caches: [cache], controllers: [controller], election, recorder, server };
await runManager(parts, stop.signal);
await client.close();
say('ended');
