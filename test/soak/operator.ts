// SPDX-License-Identifier: Apache-2.0
// The operator as a process of its own whose day goes by faster: its controllers live by a scaled clock, its connections
// by the world's, for no server answers faster because of that. Otherwise wired as the command `operator` does it.
import { fieldManager } from '../../src/controllers/resources.ts';
import { createControllers } from '../../src/controllers/wiring.ts';
import { systemClock } from '../../src/base/clock.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { EventRecorder } from '../../src/kube/events.ts';
import { livenessOf, readinessOf, runManager } from '../../src/kube/manager.ts';
import { createMetrics } from '../../src/kube/metrics.ts';
import { ProbeServer } from '../../src/kube/probes.ts';
import { Rest } from '../../src/kube/rest.ts';
import { createLogger } from '../../src/cmd/log.ts';
import { readSettings } from '../../src/cmd/operator-settings.ts';
import { createSecrets } from '../../src/cmd/secrets.ts';
import { scaledClock, type Pace } from './clock.ts';

type Given = Pace & { kubeconfig: string; settings: string; namespaces: string[] };

const { kubeconfig, settings, namespaces, ...pace } = JSON.parse(process.argv[2] ?? '{}') as Given;
const log = createLogger('info', createSecrets(), (line) => process.stderr.write(line));
const metrics = createMetrics();
const client = new KubeClient({ kubeconfig, version: 'soak', clock: systemClock, observe: metrics.request });
const rest = new Rest(client);
const reporter = { controller: 'milvusbackup.dev/operator', instance: 'soak' };
const recorder = new EventRecorder({
  rest,
  reporter,
  fieldManager,
  clock: systemClock,
  log,
  observer: metrics.event,
});
const clock = scaledClock(pace);
const { caches, controllers } = createControllers({
  rest,
  clock,
  networkClock: systemClock,
  // What may take a minute of the world still may.
  deadlineMs: 60_000 * pace.factor,
  log,
  settings: readSettings(settings),
  namespaces,
  recorder,
  metrics,
  mayRun: () => true,
});
const server = new ProbeServer({
  host: '127.0.0.1',
  port: 0,
  livez: livenessOf(controllers),
  readyz: readinessOf(caches),
  registry: metrics.registry,
});
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort(new Error('stopped by SIGTERM')));
await runManager({ clock: systemClock, log, caches, controllers, recorder, server }, stop.signal);
await client.close();
