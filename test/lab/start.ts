// SPDX-License-Identifier: Apache-2.0
// Bringing a lab up from nothing: twelve steps, the first half of which a second time finds everything in the cache.
import { mkdirSync } from 'node:fs';
import { checkAddresses } from './addresses.ts';
import { startBox } from './box.ts';
import { prepareControlPlane, startControlPlane, type Binaries } from './control-plane.ts';
import { dnsRules, startDns, waitForName } from './dns.ts';
import { buildGoTool } from './go-build.ts';
import { addHosts } from './hosts-file.ts';
import { buildMilvusImage, buildPauseImage, importImage } from './images.ts';
import { backupBucket, describeLab, writeInfo, type LabInfo } from './info.ts';
import type { Instance } from './instance.ts';
import { apply } from './kubectl.ts';
import { applyMilvus, applyVolumes, defaultMilvus, waitForMilvus } from './milvus.ts';
import { makeBuckets, minioName, minioObjects, startMinio } from './minio.ts';
import { startContainerd, startNode, waitForNode } from './node.ts';
import { checkPrerequisites } from './prerequisites.ts';
import { duration, startSteps, type Log, type Steps } from './progress.ts';
import { goTools, milvusVersion } from './tools.ts';
import { waitFor } from './wait.ts';

type Parts = { binaries: Binaries; archives: string[] };

/** Everything that is kept in the cache, without starting anything. */
export async function buildParts(log: Log): Promise<void> {
  await build(startSteps(log, 6));
}

export async function startLab(instance: Instance, log: Log): Promise<LabInfo> {
  const start = performance.now();
  const step = startSteps(log, 12);
  const parts = await build(step);
  await checkAddresses(instance);
  mkdirSync(instance.folder, { recursive: true });
  const imported = await step('box: namespaces, network, certificates', () => openBox(instance, parts));
  await step('control plane', () => startCluster(instance, parts.binaries));
  await step('node', () => Promise.all([waitForNode(instance), imported.done]));
  await step('names for pods and for this machine', () => publishNames(instance));
  const specs = Object.values(defaultMilvus(instance));
  const buckets = [...specs.map(({ bucket }) => bucket), backupBucket];
  await step('MinIO and its buckets', () => makeBuckets(instance, buckets));
  await step(`Milvus ${milvusVersion}, source and target`, async () => {
    await applyMilvus(instance, specs);
    await Promise.all(specs.map(({ name }) => waitForMilvus(instance, name)));
  });
  const info = describeLab(instance);
  writeInfo(instance, info);
  log(`lab "${instance.name}" is up (${duration(start)})`);
  return info;
}

async function build(step: Steps): Promise<Parts> {
  await step('machine', checkPrerequisites);
  const binaries = await buildBinaries(step);
  const archives = await step(`images of Milvus ${milvusVersion} and pause`, async (say) => {
    const paths = [await buildMilvusImage(say), await buildPauseImage()];
    say('ready');
    return paths;
  });
  return { binaries, archives };
}

async function buildBinaries(step: Steps): Promise<Binaries> {
  const build = async (name: keyof Binaries) => {
    const title = `${name} ${goTools[name].version}`;
    return (await step(title, (say) => buildGoTool(name, say))).folder;
  };
  return {
    kubernetes: await build('kubernetes'),
    etcd: await build('etcd'),
    coredns: await build('coredns'),
    minio: await build('minio'),
  };
}

/** The import of the images takes as long as the API server's start: it goes on beside the next steps. */
async function openBox(instance: Instance, { binaries, archives }: Parts): Promise<{ done: Promise<void> }> {
  await Promise.all([startBox(instance), prepareControlPlane(instance)]);
  await startContainerd(instance);
  await startMinio(instance, binaries);
  const done = importImages(instance, archives);
  // Its failure is told where it is waited for.
  done.catch(() => undefined);
  return { done };
}

async function importImages(instance: Instance, archives: string[]): Promise<void> {
  for (const archive of archives) {
    await waitFor('containerd to take an image', 60_000, async () => {
      await importImage(instance, archive);
      return true;
    });
  }
}

async function startCluster(instance: Instance, binaries: Binaries): Promise<void> {
  await startControlPlane(instance, binaries);
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: instance.namespace, labels } };
  await Promise.all([
    startNode(instance, binaries),
    apply(instance, [...dnsRules(), namespace, ...minioObjects(instance)]),
  ]);
  await Promise.all([
    startDns(instance, binaries),
    applyVolumes(instance, Object.values(defaultMilvus(instance))),
  ]);
}

async function publishNames(instance: Instance): Promise<void> {
  const { minio, source, target } = instance.serviceAddresses;
  const { namespace } = instance;
  await addHosts(instance, 'names', {
    [minioName(instance)]: minio,
    [`milvus.${namespace}.svc`]: source,
    [`milvus-target.${namespace}.svc`]: target,
  });
  await waitForName(instance, minioName(instance));
}
