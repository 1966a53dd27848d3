// SPDX-License-Identifier: Apache-2.0
// What happens to runs, in numbers for alerts: counted when the status that says so was written. Labels are namespaces,
// instances and words of closed lists, never a run.
import { Histogram, type Registry } from '@prometheus-io/client';
import type { Kinds, Run } from '../plan/observed.ts';
import { isImported } from '../plan/sync/imported.ts';
import type { Caches } from './caches.ts';
import { addCount, prefix, type Known, type Labels, type Tell } from './metrics-series.ts';
import {
  bytesOf,
  durationOf,
  endedAttempts,
  hasJustEnded,
  placeOf,
  reasonOf,
  removalOf,
  waitOf,
} from './run-facts.ts';

export const placeLabels = ['namespace', 'kind', 'instance'];

export type RunMetrics = {
  /** A status was written: what ended with it is counted. */
  changed: (before: Kinds, after: Kinds) => void;
  statusWritten: (kind: string) => void;
  leftBehind: (labels: { namespace: string; kind: string }) => void;
};

const buckets = [10, 30, 60, 300, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400];
/** What is about no object that could go. */
const always: Known = () => () => true;

export function createRunMetrics(registry: Registry, known: Known = always): RunMetrics {
  const { ended, attempts, bytes, duration, waited, writes, left, expired, unremoved } = createCounts(
    registry,
    known,
  );
  const count = (before: Run, after: Run): void => {
    const place = placeOf(after);
    const { kind } = place;
    for (const reason of endedAttempts(before, after)) attempts({ ...place, reason }, 1);
    const wait = waitOf(before, after);
    if (wait !== undefined) waited.observe({ kind }, wait);
    const removal = removalOf(before, after);
    if (removal && 'rule' in removal) expired({ ...place, ...removal }, 1);
    else if (removal) unremoved({ ...place, ...removal }, 1);
    if (!hasJustEnded(before, after)) return;
    const { phase = '' } = after.status;
    ended({ ...place, phase, reason: reasonOf(after) }, 1);
    const seconds = durationOf(after);
    if (seconds !== undefined) duration.observe({ kind, phase }, seconds);
    if (phase === 'Succeeded') bytes(place, bytesOf(after));
  };
  return {
    changed(before, after) {
      if (isRun(before) && isRun(after) && !isFound(after)) count(before, after);
    },
    statusWritten: (kind) => writes({ kind }, 1),
    leftBehind: (labels) => left(labels, 1),
  };
}

type Counts = Record<'ended' | 'attempts' | 'bytes' | 'writes' | 'left' | 'expired' | 'unremoved', Tell> &
  Record<'duration' | 'waited', Histogram<string>>;

function createCounts(registry: Registry, known: Known): Counts {
  const counter = (name: string, help: string, labelNames: string[], of = known): Tell =>
    addCount(registry, { name, help, labelNames }, of);
  const histogram = (name: string, help: string, labelNames: string[]) =>
    new Histogram<string>({ name: `${prefix}${name}`, help, labelNames, registers: [registry], buckets });
  const how = [...placeLabels, 'phase', 'reason'];
  return {
    ended: counter('ended_runs_total', 'Runs that ended, by phase and reason.', how),
    attempts: counter('attempts_total', 'Attempts that ended, by reason.', [...placeLabels, 'reason']),
    bytes: counter('bytes_total', 'Bytes of the backups that succeeded.', placeLabels),
    writes: counter('status_writes_total', 'Statuses that were written.', ['kind'], always),
    left: counter(
      'left_behind_total',
      'Objects let go without having cleaned up.',
      ['namespace', 'kind'],
      always,
    ),
    expired: counter('expired_total', 'Backups whose data went by themselves, by rule.', [
      ...placeLabels,
      'rule',
    ]),
    unremoved: counter('removal_failures_total', 'Backups whose data could not be removed, by reason.', [
      ...placeLabels,
      'reason',
    ]),
    duration: histogram('run_duration_seconds', 'From the first attempt to the end.', ['kind', 'phase']),
    waited: histogram('queue_wait_seconds', 'From creation to the first attempt.', ['kind']),
  };
}

/** Instances that are there, or that a run still names. */
export function knownPlaces({ instances, backups, restores }: Caches): Known {
  return () => {
    const places = new Set([
      ...instances.list().map(({ metadata: { namespace, name } }) => `${namespace}/${name}`),
      ...[...backups.list(), ...restores.list()].map((run) => keyOf(placeOf(run))),
    ]);
    return (labels) => places.has(keyOf(labels));
  };
}

function keyOf({ namespace, instance }: Labels): string {
  return `${namespace}/${instance}`;
}

/** Nothing of it happened here. */
function isFound(run: Run): boolean {
  return run.kind === 'MilvusBackup' && isImported(run);
}

function isRun(object: Kinds): object is Run {
  return object.kind === 'MilvusBackup' || object.kind === 'MilvusRestore';
}
