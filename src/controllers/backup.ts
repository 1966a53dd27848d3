// SPDX-License-Identifier: Apache-2.0
import type { Reconcile } from '../kube/controller.ts';
import { planBackup, refusedBackup, wantedForBackup } from '../plan/decisions.ts';
import { activeRestores } from './caches.ts';
import { reconcileWith } from './reconcile.ts';
import { backups } from './resources.ts';
import type { World } from './world.ts';

export function backupReconcile(world: World): Reconcile {
  const { caches, line } = world;
  return reconcileWith(world, {
    kind: { resource: backups, view: caches.backups },
    look(observed) {
      const { metadata, spec } = observed.object;
      const { namespace } = metadata;
      return {
        ...observed,
        instance: caches.instances.get({ namespace, name: spec.instanceRef.name }),
        storage: caches.storages.get({ namespace, name: spec.storageRef.name }),
        line: line.contenders(),
        restores: activeRestores(caches, namespace),
      };
    },
    wanted: wantedForBackup,
    plan: planBackup,
    whenRefused: refusedBackup,
    act: (object, desired, action) => line.act(object, desired, action),
  });
}
