// SPDX-License-Identifier: Apache-2.0
// What must be asked for before a run can be decided. A run that has ended wants nothing.
import { openOf } from './attempts.ts';
import { causeOfEnd } from './cause.ts';
import { isInRemoval, removalOf } from './ended.ts';
import { askedOf as askedOfErrand, isAboutToSend, sentJobs, type Errand } from './errand.ts';
import { expiringErrand } from './expiring.ts';
import { keysWanted } from './missing.ts';
import { timeMs } from './moment.ts';
import type { Wanted } from './observed.ts';
import { logOf, progressDueAt } from './progress.ts';
import type { RunView } from './run-kind.ts';
import { askedOf, hasEnded, hasFinalizer, isBeingDeleted, stateOf, type RunState } from './run-state.ts';
import { isDue, isInLine, openQuestion } from './start.ts';
import { questionsOf } from './verdict.ts';

export function wantedForRun(view: RunView): Wanted {
  const { object } = view;
  if (hasEnded(object)) return wantedForEnded(view);
  if (view.kind.imported || (isBeingDeleted(object) && !hasFinalizer(object))) return nothing();
  const state = stateOf(view);
  const wanted = wantedForAttempt(view, state);
  if (state.success) return wanted;
  if (causeOfEnd(view, state.status)) {
    const errand = { role: 'cleanup', since: 0 } as const;
    const rest = state.verdict ? nothing() : wantedForErrand(view, errand);
    return { ...joined(wanted, rest), namespace: isBeingDeleted(object) };
  }
  return isAboutToStart(view, state) ? { ...wanted, keys: keysWanted(view.kind.keys('run')) } : wanted;
}

function nothing(): Wanted {
  return { keys: [], events: [], nodes: [], logs: [], namespace: false };
}

/** Everything that either wants. */
export function joined(one: Wanted, other: Wanted): Wanted {
  return {
    keys: [...one.keys, ...other.keys],
    events: [...one.events, ...other.events],
    nodes: [...one.nodes, ...other.nodes],
    logs: [...one.logs, ...other.logs],
    namespace: one.namespace || other.namespace,
  };
}

function wantedForAttempt(view: RunView, { attempts, verdict, status }: RunState): Wanted {
  const open = openOf(view.object.status.attempts ?? []) ?? openOf(attempts);
  if (!open) return nothing();
  const questions = questionsOf(view, askedOf(view, open));
  const isDue = verdict?.state === 'running' && view.now >= progressDueAt(status, verdict.pod);
  return { ...nothing(), ...questions, logs: isDue ? [logOf(verdict.pod)] : questions.logs };
}

function wantedForErrand(view: RunView, errand: Omit<Errand, 'build'>): Wanted {
  const last = sentJobs(view, errand).at(-1);
  const keys = isAboutToSend(view, errand) ? keysWanted(view.kind.keys(errand.command ?? errand.role)) : [];
  return { ...nothing(), ...(last ? questionsOf(view, askedOfErrand(view, errand, last)) : {}), keys };
}

function isAboutToStart(view: RunView, state: RunState): boolean {
  if (state.verdict || view.kind.obstacle()) return false;
  if (openQuestion(view, state) || isInLine(view, state)) return false;
  return isDue(view, state);
}

function wantedForEnded(view: RunView): Wanted {
  const { object } = view;
  if (!isBeingDeleted(object)) {
    const errand = expiringErrand(view);
    return errand ? wantedForErrand(view, errand) : nothing();
  }
  if (!hasFinalizer(object) || !isInRemoval(view)) return nothing();
  const since = timeMs(object.metadata.deletionTimestamp) ?? view.now;
  return { ...wantedForErrand(view, removalOf(view, since)), namespace: true };
}
