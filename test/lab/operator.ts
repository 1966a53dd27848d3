// SPDX-License-Identifier: Apache-2.0
// The operator in the lab: our image on the node and our chart by Helm, in a namespace that enforces the restricted pod
// profile. Doing it again upgrades; the same sources and values change nothing.
import { join } from 'node:path';
import { runInBox } from './box.ts';
import { cacheFolder } from './cache-folder.ts';
import { chart, helm, operatorNamespace, release } from './helm.ts';
import { importImage } from './images.ts';
import { instanceOf, type Instance } from './instance.ts';
import { kubeconfigPath } from './kubeconfig.ts';
import { apply, kubectl } from './kubectl.ts';
import { withLock } from './lock.ts';
import { buildOperatorImage, type OperatorImage } from './operator-image.ts';
import { duration, type Log } from './progress.ts';

export { operatorNamespace } from './helm.ts';

export type InstallOptions = {
  instance?: Instance;
  log?: Log;
  /** A folder with the bundled command; without one it is bundled from the sources. */
  bundle?: string;
  /** Of the chart; the image is always the one that is built here. */
  values?: Record<string, unknown>;
};

export type Installed = { image: OperatorImage; namespace: string; deployment: string; seconds: number };

/** Installs or upgrades, and returns when the Deployment is there with its new pods. */
export async function installOperator(options: InstallOptions = {}): Promise<Installed> {
  const { instance = instanceOf(), log = () => undefined, bundle, values = {} } = options;
  const start = performance.now();
  const image = await buildOperatorImage((text) => log(`operator: ${text}`), bundle);
  const { repository, tag } = image;
  const seconds = await alone(instance, async () => {
    await bringToNode(instance, image);
    await apply(instance, [namespace]);
    const installing = performance.now();
    await upgrade(instance, { ...values, image: { repository, tag, pullPolicy: 'IfNotPresent' } });
    return (performance.now() - installing) / 1000;
  });
  log(`operator ${tag} is installed (${duration(start)})`);
  return { image, namespace: operatorNamespace, deployment: release, seconds };
}

/** Returns when its pods are gone. Definitions stay, and with them every object. */
export async function uninstallOperator(instance: Instance = instanceOf()): Promise<void> {
  // In the foreground: else Helm does not wait for the pods.
  const flags = ['--namespace', operatorNamespace, '--ignore-not-found', '--cascade', 'foreground', '--wait'];
  await alone(instance, () =>
    helm(['uninstall', release, ...flags], { kubeconfig: kubeconfigPath(instance) }),
  );
}

/** Helm refuses where another one is at work, and for ever where that one was killed: its mark is taken away here. */
async function alone<T>(instance: Instance, work: () => Promise<T>): Promise<T> {
  return withLock(join(cacheFolder(), `operator-${instance.name}.lock`), async () => {
    const killed = `owner=helm,name=${release},status in (pending-install,pending-upgrade,pending-rollback,uninstalling)`;
    await kubectl(instance, ['-n', operatorNamespace, 'delete', 'secret', '--selector', killed]);
    return work();
  });
}

const namespace = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: operatorNamespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
};

async function bringToNode(instance: Instance, { name, archive }: OperatorImage): Promise<void> {
  const args = ['--namespace', 'k8s.io', 'images', 'ls', '--quiet', `name==${name}`];
  if ((await runInBox(instance, 'ctr', args)).trim() === '') await importImage(instance, archive);
}

async function upgrade(instance: Instance, values: Record<string, unknown>): Promise<void> {
  const flags = [
    '--namespace',
    operatorNamespace,
    '--install',
    '--wait',
    '--timeout',
    '90s',
    '--reset-values',
  ];
  try {
    await helm(['upgrade', release, chart, ...flags], { kubeconfig: kubeconfigPath(instance), values });
  } catch (error) {
    throw new Error(`the operator did not come up:\n${await explain(instance)}`, { cause: error });
  }
}

/** What a person would look at. */
async function explain(instance: Instance): Promise<string> {
  const ask = (...args: string[]): Promise<string> =>
    kubectl(instance, ['-n', operatorNamespace, ...args], { timeoutMs: 20_000 }).catch(String);
  const answers = [
    ask('get', 'deployments,pods', '-o', 'wide'),
    ask('events', '--types=Warning'),
    ask('logs', `deployment/${release}`, '--tail=20'),
    ask('logs', `deployment/${release}`, '--tail=20', '--previous'),
  ];
  return (await Promise.all(answers)).join('\n');
}
