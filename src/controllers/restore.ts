// SPDX-License-Identifier: Apache-2.0
import type { MilvusBackup, MilvusRestore } from '../api/index.ts';
import type { Reconcile } from '../kube/controller.ts';
import { planRestore, refusedRestore, wantedForRestore } from '../plan/decisions.ts';
import { activeRuns, type Caches } from './caches.ts';
import { reconcileWith, turnKeyOf } from './reconcile.ts';
import { restores } from './resources.ts';
import type { World } from './world.ts';

export function restoreReconcile(world: World): Reconcile {
  const { caches } = world;
  return reconcileWith(world, {
    kind: { resource: restores, view: caches.restores },
    look(observed) {
      const { metadata, spec } = observed.object;
      const { namespace } = metadata;
      const backup = backupOf(caches, observed.object);
      const instance = instanceNameOf(caches, observed.object);
      const storage = spec.source.storageRef?.name ?? backup?.spec.storageRef.name;
      return {
        ...observed,
        backup,
        instance: instance === undefined ? undefined : caches.instances.get({ namespace, name: instance }),
        storage: storage === undefined ? undefined : caches.storages.get({ namespace, name: storage }),
        active: activeRuns(caches, namespace),
      };
    },
    wanted: wantedForRestore,
    plan: planRestore,
    whenRefused: refusedRestore,
    turn: turnKeyOf,
  });
}

/** Where it is restored to: as it says, as it has said before, or where its backup came from. */
export function instanceNameOf(caches: Caches, restore: MilvusRestore): string | undefined {
  const { spec, status } = restore;
  return spec.instanceRef?.name ?? status?.instance ?? backupOf(caches, restore)?.spec.instanceRef.name;
}

function backupOf({ backups }: Caches, { metadata, spec }: MilvusRestore): MilvusBackup | undefined {
  const name = spec.source.backupRef?.name;
  return name === undefined ? undefined : backups.get({ namespace: metadata.namespace, name });
}
