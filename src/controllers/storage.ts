// SPDX-License-Identifier: Apache-2.0
import type { Reconcile } from '../kube/controller.ts';
import { planStorage, refusedStorage, wantedForStorage } from '../plan/decisions.ts';
import { reconcileWith } from './reconcile.ts';
import { storages } from './resources.ts';
import type { World } from './world.ts';

export function storageReconcile(world: World): Reconcile {
  const { storages: view, instances, backups } = world.caches;
  return reconcileWith(world, {
    kind: { resource: storages, view },
    look: (observed) => {
      const { namespace } = observed.object.metadata;
      return { ...observed, instances: instances.list(namespace), backups: backups.list(namespace) };
    },
    wanted: wantedForStorage,
    plan: planStorage,
    whenRefused: refusedStorage,
  });
}
