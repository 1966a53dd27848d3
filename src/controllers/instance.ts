// SPDX-License-Identifier: Apache-2.0
import type { Reconcile } from '../kube/controller.ts';
import { planInstance, refusedInstance, wantedForInstance } from '../plan/decisions.ts';
import { reconcileWith } from './reconcile.ts';
import { instances } from './resources.ts';
import type { World } from './world.ts';

export function instanceReconcile(world: World): Reconcile {
  return reconcileWith(world, {
    kind: { resource: instances, view: world.caches.instances },
    look: (observed) => observed,
    wanted: wantedForInstance,
    plan: planInstance,
    whenRefused: refusedInstance,
  });
}
