// SPDX-License-Identifier: Apache-2.0
// What happens to runs, in numbers for alerts: counted when the status that says so was written. Labels are namespaces,
// instances and words of closed lists, never a run.
import { Counter, Histogram, type Registry } from '@prometheus-io/client';
import type { Kinds, Run } from '../plan/observed.ts';
import { bytesOf, durationOf, endedAttempts, hasJustEnded, placeOf, reasonOf, waitOf } from './run-facts.ts';

export const prefix = 'milvus_backup_';
export const placeLabels = ['namespace', 'kind', 'instance'];

export type RunMetrics = {
  /** A status was written: what ended with it is counted. */
  changed: (before: Kinds, after: Kinds) => void;
  statusWritten: (kind: string) => void;
  leftBehind: (labels: { namespace: string; kind: string }) => void;
};

const buckets = [10, 30, 60, 300, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400];

export function createRunMetrics(registry: Registry): RunMetrics {
  const { ended, attempts, bytes, duration, waited, writes, left } = createCounts(registry);
  const count = (before: Run, after: Run): void => {
    const place = placeOf(after);
    const { kind } = place;
    for (const reason of endedAttempts(before, after)) attempts.inc({ ...place, reason });
    const wait = waitOf(before, after);
    if (wait !== undefined) waited.observe({ kind }, wait);
    if (!hasJustEnded(before, after)) return;
    const { phase = '' } = after.status;
    ended.inc({ ...place, phase, reason: reasonOf(after) });
    const seconds = durationOf(after);
    if (seconds !== undefined) duration.observe({ kind, phase }, seconds);
    if (phase === 'Succeeded') bytes.inc(place, bytesOf(after));
  };
  return {
    changed(before, after) {
      if (isRun(before) && isRun(after)) count(before, after);
    },
    statusWritten: (kind) => writes.inc({ kind }),
    leftBehind: (labels) => left.inc(labels),
  };
}

type Counts = Record<'ended' | 'attempts' | 'bytes' | 'writes' | 'left', Counter<string>> &
  Record<'duration' | 'waited', Histogram<string>>;

function createCounts(registry: Registry): Counts {
  const about = (name: string, help: string, labelNames: string[]) => ({
    name: `${prefix}${name}`,
    help,
    labelNames,
    registers: [registry],
  });
  const counter = (...told: Parameters<typeof about>) => new Counter<string>(about(...told));
  const histogram = (...told: Parameters<typeof about>) =>
    new Histogram<string>({ ...about(...told), buckets });
  return {
    ended: counter('ended_runs_total', 'Runs that ended, by phase and reason.', [
      ...placeLabels,
      'phase',
      'reason',
    ]),
    attempts: counter('attempts_total', 'Attempts that ended, by reason.', [...placeLabels, 'reason']),
    bytes: counter('bytes_total', 'Bytes of the backups that succeeded.', placeLabels),
    writes: counter('status_writes_total', 'Statuses that were written.', ['kind']),
    left: counter('left_behind_total', 'Objects let go without having cleaned up.', ['namespace', 'kind']),
    duration: histogram('run_duration_seconds', 'From the first attempt to the end.', ['kind', 'phase']),
    waited: histogram('queue_wait_seconds', 'From creation to the first attempt.', ['kind']),
  };
}

function isRun(object: Kinds): object is Run {
  return object.kind === 'MilvusBackup' || object.kind === 'MilvusRestore';
}
