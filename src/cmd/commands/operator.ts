// SPDX-License-Identifier: Apache-2.0
// The operator's process: who it is, what it talks to, and its end. It touches no data: neither Milvus's SDK nor an
// object store's may be reached from here.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { OperatorError } from '../../base/error.ts';
import { fieldManager } from '../../controllers/resources.ts';
import { createControllers } from '../../controllers/wiring.ts';
import { exitCodes, type ExitCode } from '../../contract/exit.ts';
import { KubeClient } from '../../kube/client.ts';
import type { CredentialSource } from '../../kube/credentials.ts';
import { EventRecorder } from '../../kube/events.ts';
import { LeaderElection } from '../../kube/lease.ts';
import type { Log } from '../../kube/log.ts';
import { livenessOf, readinessOf, runManager } from '../../kube/manager.ts';
import { createMetrics, type Metrics } from '../../kube/metrics.ts';
import { ProbeServer } from '../../kube/probes.ts';
import { Rest } from '../../kube/rest.ts';
import { findCluster } from '../../kube/service-account.ts';
import { createLogger } from '../log.ts';
import type { OperatorFlags } from '../operator-flags.ts';
import { readSettings } from '../operator-settings.ts';
import type { Invocation } from '../run.ts';
import { createSecrets } from '../secrets.ts';
import { version } from '../version.ts';
import type { World } from '../world.ts';

export async function run({ world }: Invocation, flags: OperatorFlags): Promise<ExitCode> {
  const settings = readSettings(flags.settings);
  const source = sourceOf(flags, world.env);
  const { clock } = world;
  const log = createLogger(flags.logLevel, createSecrets(), (line) => world.stderr.write(line));
  const metrics = createMetrics();
  const client = new KubeClient({ ...source, version, clock, observe: metrics.request });
  const rest = new Rest(client);
  const reporter = { controller: 'milvusbackup.dev/operator', instance: hostname() };
  const recorder = new EventRecorder({ rest, reporter, fieldManager, clock, log, observer: metrics.event });
  const election = flags.leaderElection
    ? electionOf({ flags, rest, world, log, metrics, namespace: await client.namespace() })
    : undefined;
  const { caches, controllers } = createControllers({
    rest,
    clock,
    log,
    settings,
    namespaces: flags.namespaces,
    recorder,
    metrics,
    mayRun: () => election?.isLeading ?? true,
  });
  const server = new ProbeServer({
    ...flags.probeAddress,
    livez: livenessOf(controllers),
    readyz: readinessOf(caches),
    registry: metrics.registry,
  });
  log.info({ version, image: settings.image, namespaces: flags.namespaces }, 'milvus-backup operator');
  const stop = stopOf(world);
  const parts = { clock, log, caches, controllers, recorder, server };
  await runManager({ ...parts, ...(election ? { election } : {}) }, stop);
  await client.close();
  return exitCodes.done;
}

/** A kubeconfig that is named wins, then the pod's own identity. */
function sourceOf(
  { kubeconfig, serviceAccount }: OperatorFlags,
  env: Readonly<Record<string, string | undefined>>,
): CredentialSource {
  const file = kubeconfig ?? env['KUBECONFIG'];
  if (file !== undefined && file !== '') return { kubeconfig: file };
  const cluster = findCluster(env);
  if (cluster) return { inCluster: { ...cluster, folder: serviceAccount } };
  throw new OperatorError(
    'InvalidConfiguration',
    'this is no pod, and no kubeconfig is named: give --kubeconfig or set KUBECONFIG',
  );
}

type Electing = {
  flags: OperatorFlags;
  rest: Rest;
  world: World;
  log: Log;
  metrics: Metrics;
  namespace: string | undefined;
};

function electionOf({ flags, rest, world, log, metrics, namespace = 'default' }: Electing): LeaderElection {
  const lease = { namespace: flags.leaseNamespace ?? namespace, name: flags.leaseName };
  return new LeaderElection({
    rest,
    lease,
    identity: `${hostname()}_${randomUUID()}`,
    fieldManager,
    clock: world.clock,
    log,
    observer: metrics.leading(lease.name),
    // Somebody else may be at work already: nothing may be finished first.
    onLost: () => world.exit(exitCodes.failed),
  });
}

function stopOf(world: World): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    world.onSignal(name, () => stop.abort(new Error(`stopped by ${name}`)));
  }
  return stop.signal;
}
