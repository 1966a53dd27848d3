// SPDX-License-Identifier: Apache-2.0
// A namespace of a test's own in the lab's cluster, with the lab's Milvus and object store named in it, and short ways
// to ask for a backup and a restore.
import { randomBytes } from 'node:crypto';
import type { MilvusBackup, MilvusRestore } from '../../src/api/index.ts';
import type { LabInfo } from '../lab/info.ts';
import { openBuckets } from './bad-buckets.ts';
import { inLab, readExample, type Manifest } from './examples.ts';
import { makeNamespace, untilSucceeded, type Objects } from './objects.ts';
import { recordReasons } from './reason-recorder.ts';

type Spec = Record<string, unknown>;

const { record } = recordReasons('cluster');

export type World = {
  objects: Objects;
  namespace: string;
  /** The folder of its backups in the bucket. */
  prefix: string;
  /** One more, as the quickstart's but for `spec`. */
  applyInstance(name: string, spec?: Spec): Promise<void>;
  applyStorage(name: string, spec?: Spec): Promise<void>;
  applyBackup(name: string, spec?: Spec): Promise<void>;
  applyRestore(name: string, spec: Spec): Promise<void>;
  /** Applied and waited for. */
  backUp(name: string, spec?: Spec): Promise<MilvusBackup>;
  restore(name: string, spec: Spec): Promise<MilvusRestore>;
  /** Every object of ours in it, the data of its backups, and the namespace. */
  close(): Promise<void>;
};

/** Instances `milvus` (the source) and `staging` (the target), storage `backups`, Secret `object-store`. */
export async function openWorld(lab: LabInfo, about: string): Promise<World> {
  const namespace = `${about}-${randomBytes(3).toString('hex')}`;
  const objects = recorded(await makeNamespace(namespace));
  const applyPlace = (file: string, name?: string, spec: Spec = {}): Promise<void> => {
    const example = readExample(`quickstart/${file}.yaml`).map((one) => named(one, name));
    return objects.apply(inLab(example, lab, namespace).map((one) => withSpec(one, spec)));
  };
  for (const file of ['secret', 'instance', 'storage']) await applyPlace(file);
  await applyPlace('instance', 'staging');
  const applyBackup = (name: string, spec: Spec = {}): Promise<void> =>
    objects.apply([
      manifest('MilvusBackup', name, {
        instanceRef: { name: 'milvus' },
        storageRef: { name: 'backups' },
        ...spec,
      }),
    ]);
  const applyRestore = (name: string, spec: Spec): Promise<void> =>
    objects.apply([manifest('MilvusRestore', name, spec)]);
  return {
    objects,
    namespace,
    prefix: namespace,
    applyInstance: (name, spec) => applyPlace('instance', name, spec),
    applyStorage: (name, spec) => applyPlace('storage', name, spec),
    applyBackup,
    applyRestore,
    async backUp(name, spec) {
      await applyBackup(name, spec);
      return untilSucceeded<MilvusBackup>(objects, `mbk/${name}`);
    },
    async restore(name, spec) {
      await applyRestore(name, spec);
      return untilSucceeded<MilvusRestore>(objects, `mrs/${name}`);
    },
    close: () => closeWorld(objects, lab),
  };
}

/** What is read of our objects is kept for docs/reasons.md. */
function recorded(objects: Objects): Objects {
  return {
    ...objects,
    get: async (what) => record(await objects.get(what)),
    find: async (what) => record(await objects.find(what)),
    until: (what, isSo, timeoutMs) => objects.until(what, (seen) => isSo(record(seen)), timeoutMs),
  };
}

function named(one: Manifest, name = one.metadata.name): Manifest {
  return { ...one, metadata: { ...one.metadata, name } };
}

function withSpec(one: Manifest, spec: Spec): Manifest {
  return one.spec === undefined ? one : { ...one, spec: { ...one.spec, ...spec } };
}

function manifest(kind: string, name: string, spec: Spec): Manifest {
  return { apiVersion: 'milvusbackup.dev/v1alpha1', kind, metadata: { name }, spec };
}

/** Faster than the operator would do it: no Job is sent to remove what a backup has written. */
async function closeWorld(objects: Objects, lab: LabInfo): Promise<void> {
  // A test may have deleted it.
  if (await objects.find(`namespace/${objects.namespace}`)) {
    await objects.kubectl(['annotate', 'mbk', '--all', 'milvusbackup.dev/skip-cleanup=true']);
    for (const kinds of ['mrs,mbk', 'mbst,mvi'])
      await objects.kubectl(['delete', kinds, '--all', '--timeout=120s'], 150_000);
    await objects.kubectl(['delete', 'namespace', objects.namespace, '--wait=false']);
  }
  const buckets = openBuckets(lab);
  // Of each storage that was made in it: their folders begin with its name.
  await buckets.empty(lab.minio.backupBucket, objects.namespace);
  buckets.close();
}
