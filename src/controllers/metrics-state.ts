// SPDX-License-Identifier: Apache-2.0
// How things stand, in numbers: taken from the caches whenever somebody asks, so that they are right after a restart and
// gone with their objects.
import { Gauge, type Registry } from '@prometheus-io/client';
import { isTrue } from '../api/index.ts';
import type { Run } from '../plan/observed.ts';
import type { Caches } from './caches.ts';
import { placeLabels, prefix } from './metrics.ts';
import { bytesOf, endOf, latestSuccesses, placeOf } from './run-facts.ts';

type Set = (labels: Record<string, string>, value: number) => void;

export function addStateMetrics(registry: Registry, caches: Caches, version: string): void {
  const backups = (): Run[] => caches.backups.list();
  const runs = (): Run[] => [...backups(), ...caches.restores.list()];
  const state = (name: string, help: string, labelNames: string[], tell: (set: Set) => void): void =>
    addState(registry, { name: `${prefix}${name}`, help, labelNames }, tell);

  state('build_info', 'The version that runs; always 1.', ['version'], (set) => set({ version }, 1));
  state('runs', 'Runs there are, by phase.', ['namespace', 'kind', 'phase'], (set) =>
    tellPhases(runs(), set),
  );
  const since = 'When the latest run that succeeded ended, of those whose objects are there.';
  state('last_success_timestamp_seconds', since, placeLabels, (set) =>
    latestSuccesses(runs()).forEach((run) => set(placeOf(run), endOf(run))),
  );
  state('last_success_size_bytes', 'Bytes of the latest backup that succeeded.', placeLabels, (set) =>
    latestSuccesses(backups()).forEach((run) => set(placeOf(run), bytesOf(run))),
  );
  const ready = 'Whether an instance or a storage is Ready: 1 or 0.';
  state('ready', ready, ['namespace', 'kind', 'name'], (set) => tellReady(caches, set));
}

function addState(
  registry: Registry,
  about: { name: string; help: string; labelNames: string[] },
  tell: (set: Set) => void,
): void {
  void new Gauge<string>({
    ...about,
    registers: [registry],
    collect() {
      // What is no more must not be told any longer.
      this.reset();
      tell((labels, value) => this.set(labels, value));
    },
  });
}

function tellPhases(runs: readonly Run[], set: Set): void {
  const counts = new Map<string, { labels: Record<string, string>; count: number }>();
  for (const { kind, metadata, status } of runs) {
    const labels = { namespace: metadata.namespace, kind, phase: status?.phase ?? 'Pending' };
    const key = Object.values(labels).join('/');
    counts.set(key, { labels, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  for (const { labels, count } of counts.values()) set(labels, count);
}

function tellReady({ instances, storages }: Caches, set: Set): void {
  for (const { kind, metadata, status } of [...instances.list(), ...storages.list()]) {
    const { namespace, name } = metadata;
    set({ namespace, kind, name }, isTrue(status?.conditions, 'Ready') ? 1 : 0);
  }
}
