// SPDX-License-Identifier: Apache-2.0
// Runs as their controllers ask about them: what must be known, what is wanted, and what if a Job is refused.
import { backupKind } from './backup.ts';
import type { Decision } from './decision.ts';
import type { Desired } from './desired.ts';
import { without } from './fields.ts';
import type { ObservedBackup, ObservedRestore, Run, Wanted } from './observed.ts';
import type { Refusal } from './refusal.ts';
import { restoreKind } from './restore.ts';
import type { RunStatus, RunView } from './run-kind.ts';
import { newsOfRun } from './run-news.ts';
import { refusedRun } from './run-refusal.ts';
import { planRun } from './run.ts';
import { wantedForRun } from './run-wanted.ts';

export function wantedForBackup(observed: ObservedBackup): Wanted {
  return wantedForRun({ ...observed, kind: backupKind(observed) });
}

export function planBackup(observed: ObservedBackup): Desired<ObservedBackup['object']> {
  const view = { ...observed, kind: backupKind(observed) };
  return desired(view, planRun(view));
}

export function refusedBackup(observed: ObservedBackup, refusal: Refusal): Desired<ObservedBackup['object']> {
  const view = { ...observed, kind: backupKind(observed) };
  return desired(view, refusedRun(view, planRun(view), refusal));
}

export function wantedForRestore(observed: ObservedRestore): Wanted {
  return wantedForRun({ ...observed, kind: restoreKind(observed) });
}

export function planRestore(observed: ObservedRestore): Desired<ObservedRestore['object']> {
  const view = { ...observed, kind: restoreKind(observed) };
  return desired(view, planRun(view));
}

export function refusedRestore(
  observed: ObservedRestore,
  refusal: Refusal,
): Desired<ObservedRestore['object']> {
  const view = { ...observed, kind: restoreKind(observed) };
  return desired(view, refusedRun(view, planRun(view), refusal));
}

function isFound({ kind: { imported }, object }: RunView): boolean {
  return imported !== undefined && !('reason' in imported) && object.status.completionTime === undefined;
}

function desired<T extends Run>(view: RunView, decision: Decision): Desired<T> {
  const { status } = decision;
  const before = view.object.status as RunStatus;
  return {
    ...without(decision, 'farewell', 'cleaned'),
    status,
    // What was found by the hundred is told once, by the storage.
    news: isFound(view) ? [] : newsOfRun(before, decision),
  };
}
