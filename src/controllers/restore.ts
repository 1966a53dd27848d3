// SPDX-License-Identifier: Apache-2.0
import type { Reconcile } from '../kube/controller.ts';
import { planRestore, refusedRestore, wantedForRestore } from '../plan/decisions.ts';
import { backupOf, instanceNameOf, newestBackupOf, storageNameOf } from './places.ts';
import { reconcileWith } from './reconcile.ts';
import { restores } from './resources.ts';
import type { World } from './world.ts';

export function restoreReconcile(world: World): Reconcile {
  const { caches, line } = world;
  return reconcileWith(world, {
    kind: { resource: restores, view: caches.restores },
    look(observed) {
      const { namespace } = observed.object.metadata;
      const found = newestBackupOf(caches, observed.object);
      const named = backupOf(caches, observed.object) ?? found.backup;
      const instance = instanceNameOf(caches, observed.object) ?? named?.spec.instanceRef.name;
      const storage = storageNameOf(caches, observed.object) ?? named?.spec.storageRef.name;
      return {
        ...observed,
        backup: named && line.asDecided(named),
        schedule: found.schedule,
        instance: instance === undefined ? undefined : caches.instances.get({ namespace, name: instance }),
        storage: storage === undefined ? undefined : caches.storages.get({ namespace, name: storage }),
        line: line.contenders(),
      };
    },
    wanted: wantedForRestore,
    plan: planRestore,
    whenRefused: refusedRestore,
    act: (object, desired, action) => line.act(object, desired, action),
  });
}
