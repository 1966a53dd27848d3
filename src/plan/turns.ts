// SPDX-License-Identifier: Apache-2.0
// What is said of a run that waits for its turn. Whoever is far back is told its place only roughly, so that each end of
// a run is written to a few that wait and not to thousands.
import { findCondition } from '../api/index.ts';
import type { Reason } from '../base/reason.ts';
import { isRestore, turnOf, type Contender, type Held } from './line.ts';
import type { Run } from './observed.ts';
import type { Problem } from './run-kind.ts';
import type { Settings } from './settings.ts';

export type Waiting = Problem & { position: number };

/** Up to here places are exact, and it is said who goes first. */
const nearest = 10;
const mostNames = 3;

/** What keeps a run from beginning; undefined: it is its turn. */
export function waitOf(run: Run, line: readonly Contender[], settings: Settings): Waiting | undefined {
  const held = turnOf(run, line, settings);
  return held && waitingOf(run, held, settings);
}

/** Whether something else is to be told of one in line than what stands in its status, or it is its turn. */
export function isMoved(run: Run, held: Held | undefined, settings: Settings): boolean {
  if (!held) return true;
  const told = findCondition(run.status?.conditions, 'Reconciling')?.message;
  return told !== waitingOf(run, held, settings).message;
}

function waitingOf(run: Run, held: Held, settings: Settings): Waiting {
  const position = toldPosition(run.status?.queuePosition, held.position);
  const { reason, message } = problemOf(run, held, settings, position <= nearest);
  return { reason, message: `${message}; place ${position} in line`, position };
}

/** Beyond the nearest the place that was told stays as long as it is wrong by a tenth at most. */
export function toldPosition(told: number | undefined, position: number): number {
  if (position <= nearest || told === undefined || told <= nearest) return position;
  return Math.abs(told - position) * 10 <= position ? told : position;
}

function problemOf(
  run: Run,
  { by, name, ahead }: Held,
  { maxJobs, maxJobsPerStorage }: Settings,
  isNear: boolean,
): { reason: Reason; message: string } {
  if (by === 'operator') {
    const message = `the operator has begun as many runs as it may at once, ${maxJobs} (maxJobs of the chart)`;
    return { reason: 'Queued', message };
  }
  if (by === 'storage') {
    const most = `${maxJobsPerStorage} (maxJobsPerStorage of the chart)`;
    const message = `as many runs have begun on MilvusBackupStorage ${name} as may at once, ${most}`;
    return { reason: 'Queued', message };
  }
  const [first] = ahead;
  if (first && (isRestore(run) || isRestore(first))) {
    const why = isRestore(first) ? 'nothing else runs beside a restore' : 'a restore runs alone';
    const message = `${nameOf(first)} goes first on MilvusInstance ${name}, and ${why}`;
    return { reason: 'InstanceBusy', message };
  }
  const who = isNear ? ` for ${ahead.map(nameOf).slice(0, mostNames).join(', ')}` : '';
  return { reason: 'Queued', message: `waits on MilvusInstance ${name}${who}` };
}

function nameOf({ kind, metadata }: Run): string {
  return `${kind} ${metadata.name}`;
}
