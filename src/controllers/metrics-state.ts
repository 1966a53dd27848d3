// SPDX-License-Identifier: Apache-2.0
// How things stand, in numbers: taken from the caches whenever somebody asks, so that they are right after a restart and
// gone with their objects.
import type { Registry } from '@prometheus-io/client';
import { findCondition, isTrue } from '../api/index.ts';
import { hasBegun } from '../plan/attempts.ts';
import { hasEnded } from '../plan/decisions.ts';
import type { Run } from '../plan/observed.ts';
import type { Caches } from './caches.ts';
import { addScheduleMetrics } from './metrics-schedules.ts';
import { addState, type Labels, type Tell } from './metrics-series.ts';
import { placeLabels } from './metrics.ts';
import {
  bytesOf,
  durationOf,
  endOf,
  latestSuccesses,
  leavesBehind,
  placeOf,
  standingReasonOf,
} from './run-facts.ts';

export function addStateMetrics(registry: Registry, caches: Caches, version: string): void {
  const state = (name: string, help: string, labelNames: string[], tell: (set: Tell) => void): void =>
    addState(registry, { name, help, labelNames }, tell);
  state('build_info', 'The version that runs; always 1.', ['version'], (set) => set({ version }, 1));
  const ready = 'Whether an instance, a storage or a schedule is Ready: 1 or 0.';
  state('ready', ready, ['namespace', 'kind', 'name'], (set) => tellReady(caches, set));
  addRuns(state, caches);
  addSuccesses(state, caches);
  addStorages(state, caches);
  addScheduleMetrics(registry, caches);
}

type State = (name: string, help: string, labelNames: string[], tell: (set: Tell) => void) => void;

function addRuns(state: State, caches: Caches): void {
  const runs = (): Run[] => [...caches.backups.list(), ...caches.restores.list()];
  state(
    'runs',
    'Runs there are, by phase and by the reason that they give.',
    [...placeLabels, 'phase', 'reason'],
    (set) => tellCounts(runs(), phaseOf, set),
  );
  const open = (): Labels[] =>
    caches.instances
      .list()
      .flatMap(({ metadata: { namespace, name } }) =>
        ['MilvusBackup', 'MilvusRestore'].map((kind) => ({ namespace, kind, instance: name })),
      );
  const inProgress = 'Runs that have begun and not ended.';
  state('runs_in_progress', inProgress, placeLabels, (set) => {
    const begun = runs().filter((run) => hasBegun(run) && !hasEnded(run));
    open().forEach((labels) => set(labels, 0));
    tellCounts(begun, placeOf, set);
  });
  state('queue_depth', 'Runs that wait for their turn.', placeLabels, (set) => {
    const queued = runs().filter(({ status }) => status?.phase === 'Queued');
    open().forEach((labels) => set(labels, 0));
    tellCounts(queued, placeOf, set);
  });
  const left = 'Objects that say that something of theirs was not put away.';
  state('data_left_behind', left, ['namespace', 'kind'], (set) =>
    tellCounts(
      runs().filter(leavesBehind),
      ({ kind, metadata: { namespace } }) => ({ namespace, kind }),
      set,
    ),
  );
}

function addSuccesses(state: State, { backups, restores }: Caches): void {
  const runs = (): Run[] => [...backups.list(), ...restores.list()];
  const since = 'When the latest run that succeeded ended, of those whose objects are there.';
  state('last_success_timestamp_seconds', since, placeLabels, (set) =>
    latestSuccesses(runs()).forEach((run) => set(placeOf(run), endOf(run))),
  );
  const time = 'How long the latest run that succeeded took, from its first attempt.';
  state('last_success_duration_seconds', time, placeLabels, (set) =>
    latestSuccesses(runs()).forEach((run) => set(placeOf(run), durationOf(run) ?? 0)),
  );
  state('last_success_size_bytes', 'Bytes of the latest backup that succeeded.', placeLabels, (set) =>
    latestSuccesses(backups.list()).forEach((run) => set(placeOf(run), bytesOf(run))),
  );
}

function addStorages(state: State, { storages }: Caches): void {
  const labelsOf = ({ namespace, name }: { namespace: string; name: string }): Labels => ({
    namespace,
    storage: name,
  });
  const each = (name: string, help: string, of: (storage: Storage) => number | undefined): void =>
    state(`storage_${name}`, help, ['namespace', 'storage'], (set) => {
      for (const storage of storages.list()) {
        const value = of(storage);
        if (value !== undefined) set(labelsOf(storage.metadata), value);
      }
    });
  const writable = 'Whether the last check of a storage could write: 1 or 0; nothing before the first one.';
  each('writable', writable, ({ status }) => {
    const condition = findCondition(status?.conditions, 'Writable');
    if (!condition || condition.status === 'Unknown') return undefined;
    return condition.status === 'True' ? 1 : 0;
  });
  each('backups', 'Backups that the last check found in a storage.', ({ status }) => status?.backups);
  each(
    'bytes',
    'Bytes of the backups that the last check found in a storage.',
    ({ status }) => status?.bytes,
  );
  each('last_check_timestamp_seconds', 'When a storage was last checked.', ({ status }) =>
    status?.lastCheckTime === undefined ? undefined : Date.parse(status.lastCheckTime) / 1000,
  );
}

type Storage = ReturnType<Caches['storages']['list']>[number];

function phaseOf(run: Run): Labels {
  return { ...placeOf(run), phase: run.status?.phase ?? 'Pending', reason: standingReasonOf(run) };
}

function tellCounts(runs: readonly Run[], labelsOf: (run: Run) => Labels, set: Tell): void {
  const counts = new Map<string, { labels: Labels; count: number }>();
  for (const run of runs) {
    const labels = labelsOf(run);
    const key = Object.values(labels).join('/');
    counts.set(key, { labels, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  for (const { labels, count } of counts.values()) set(labels, count);
}

function tellReady({ instances, storages, schedules }: Caches, set: Tell): void {
  for (const { kind, metadata, status } of [...instances.list(), ...storages.list(), ...schedules.list()]) {
    const { namespace, name } = metadata;
    set({ namespace, kind, name }, isTrue(status?.conditions, 'Ready') ? 1 : 0);
  }
}
