// SPDX-License-Identifier: Apache-2.0
// Schedules: gathers what the decision looks at, asks the server for the names that it is about to use, and carries out
// what it wants.
import type { MilvusBackup, MilvusBackupSchedule } from '../api/index.ts';
import { isNotFound } from '../kube/api-error.ts';
import type { Reconcile } from '../kube/controller.ts';
import { planSchedule, refusedSchedule, wantedForSchedule } from '../plan/decisions.ts';
import type { ObservedSchedule } from '../plan/schedule/observed.ts';
import { activeRuns, bySchedule } from './caches.ts';
import { instanceNameOf } from './places.ts';
import { backups, schedules } from './resources.ts';
import { actOnSchedule } from './schedule-actions.ts';
import { trimOwn } from './trim.ts';
import type { World } from './world.ts';

export function scheduleReconcile(world: World): Reconcile {
  const kind = { resource: schedules, view: world.caches.schedules };
  return async (request, signal) => {
    const object = kind.view.get(request);
    if (!object) return {};
    const seen = look(world, object);
    const names = wantedForSchedule(seen);
    const found = await Promise.all(
      names.map((name) => world.reads(() => findBackup(world, object, { name, signal }))),
    );
    // Looked at again: the clock has gone on while the server was asked.
    const observed = { ...look(world, object), found: new Map(found) };
    return actOnSchedule({
      world,
      kind,
      object,
      desired: planSchedule(observed),
      whenRefused: (refusal) => refusedSchedule(observed, refusal),
      log: request.log,
      signal,
    });
  };
}

function look({ caches, clock }: World, object: MilvusBackupSchedule): ObservedSchedule {
  const { namespace, uid } = object.metadata;
  const { instanceRef, storageRef } = object.spec.template.spec;
  const readers = activeRuns(caches, namespace).filter((run) => run.kind === 'MilvusRestore');
  return {
    now: clock.now(),
    object,
    backups: caches.backups
      .byIndex(bySchedule, uid)
      .filter(({ metadata }) => metadata.namespace === namespace),
    hasInstance: caches.instances.get({ namespace, name: instanceRef.name }) !== undefined,
    hasStorage: caches.storages.get({ namespace, name: storageRef.name }) !== undefined,
    restores: readers.filter((run) => instanceNameOf(caches, run) === instanceRef.name),
    readers,
    found: new Map(),
  };
}

/** From the server: the cache may not have heard of it, and what is not there is about to be made. */
async function findBackup(
  { rest }: World,
  { metadata: { namespace } }: MilvusBackupSchedule,
  { name, signal }: { name: string; signal: AbortSignal },
): Promise<[string, MilvusBackup | 'absent']> {
  try {
    const backup = await rest.get<MilvusBackup>(backups, { namespace, name }, signal);
    trimOwn(backup);
    return [name, backup];
  } catch (error) {
    if (isNotFound(error)) return [name, 'absent'];
    throw error;
  }
}
