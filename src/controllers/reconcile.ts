// SPDX-License-Identifier: Apache-2.0
// The one shape of every reconcile: gather, plan, act, report. A kind adds what it looks at and who decides.
import type { Reconcile, ReconcileResult } from '../kube/controller.ts';
import type { Refusal } from '../plan/decisions.ts';
import type { Desired } from '../plan/desired.ts';
import type { Kinds, Observed, Wanted } from '../plan/observed.ts';
import { act } from './act.ts';
import { gatherFacts, noFacts } from './facts.ts';
import { childrenOf } from './jobs.ts';
import type { OwnKind, World } from './world.ts';

export type Steps<T extends Kinds, O extends Observed<T>> = {
  kind: OwnKind<T>;
  /** Adds what the caches hold around the object. */
  look: (observed: Observed<T>) => O;
  wanted: (observed: O) => Wanted;
  plan: (observed: O) => Desired<T>;
  whenRefused: (observed: O, refusal: Refusal) => Desired<T>;
  /** Called in the very moment in which it was decided, for those whose decisions concern others of them. */
  act?: (object: T, desired: Desired<T>, action: () => Promise<ReconcileResult>) => Promise<ReconcileResult>;
};

export function reconcileWith<T extends Kinds, O extends Observed<T>>(
  world: World,
  {
    kind,
    look,
    wanted,
    plan,
    whenRefused,
    act: around = (_object, _desired, action) => action(),
  }: Steps<T, O>,
): Reconcile {
  return async (request, signal) => {
    const object = kind.view.get(request);
    if (!object) return {};
    const { log } = request;
    const known = { object, settings: world.settings, ...(await childrenOf(world, object, signal)) };
    const seen = look({ ...known, now: world.clock.now(), facts: noFacts });
    const { namespace } = object.metadata;
    const facts = await gatherFacts(world, wanted(seen), { namespace, log, signal });
    // Looked at again: a sibling may have begun while the facts were asked for.
    const observed = look({ ...known, now: world.clock.now(), facts });
    const desired = plan(observed);
    return around(object, desired, () =>
      act({
        world,
        kind,
        object,
        desired,
        whenRefused: (refusal) => whenRefused(observed, refusal),
        isNamespaceTerminating: facts.isNamespaceTerminating === true,
        log,
        signal,
      }),
    );
  };
}
