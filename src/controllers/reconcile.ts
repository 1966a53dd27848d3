// SPDX-License-Identifier: Apache-2.0
// The one shape of every reconcile: gather, plan, act, report. A kind adds what it looks at and who decides.
import type { Reconcile } from '../kube/controller.ts';
import { hasBegun } from '../plan/attempts.ts';
import type { Refusal } from '../plan/decisions.ts';
import type { Desired } from '../plan/desired.ts';
import type { Kinds, Observed, Run, Wanted } from '../plan/observed.ts';
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
  /** Those with the same word decide and write one after the other. */
  turn: (object: T) => string;
};

export function reconcileWith<T extends Kinds, O extends Observed<T>>(
  world: World,
  { kind, look, wanted, plan, whenRefused, turn }: Steps<T, O>,
): Reconcile {
  return async (request, signal) => {
    const object = kind.view.get(request);
    if (!object) return {};
    const { log } = request;
    const known = { object, settings: world.settings, ...(await childrenOf(world, object, signal)) };
    const seen = look({ ...known, now: world.clock.now(), facts: noFacts });
    const { namespace } = object.metadata;
    const facts = await gatherFacts(world, wanted(seen), { namespace, log, signal });
    return world.turns.take(turn(object), async () => {
      // Looked at again: a sibling may have started while the facts were asked for.
      const observed = look({ ...known, now: world.clock.now(), facts });
      return act({
        world,
        kind,
        object,
        desired: plan(observed),
        whenRefused: (refusal) => whenRefused(observed, refusal),
        isNamespaceTerminating: facts.isNamespaceTerminating === true,
        log,
        signal,
      });
    });
  };
}

/** Runs that have not begun look at each other, and only one of a namespace may begin at a time. */
export function turnKeyOf(run: Run): string {
  return hasBegun(run) ? run.metadata.uid : run.metadata.namespace;
}
