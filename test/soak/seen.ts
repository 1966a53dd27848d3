// SPDX-License-Identifier: Apache-2.0
// What is seen of a scaled day: every MilvusBackup that was ever there, and what is left at the end.
import type { MilvusBackup, MilvusBackupSchedule } from '../../src/api/index.ts';
import { systemClock } from '../../src/base/clock.ts';
import { backups, schedules } from '../../src/controllers/resources.ts';
import { Cache } from '../../src/kube/cache.ts';
import { scheduleLabel, slotAnnotation, uidLabel } from '../../src/plan/labels.ts';
import type { Job } from '../../src/plan/kubernetes.ts';
import { isTerminal } from '../../src/plan/verdict.ts';
import { jobs, type Bench } from '../control-plane/operator/support/bench.ts';
import type { Day, SeenBackup } from './invariants.ts';

export type Watched = MilvusBackup & { isGone?: true; end?: SeenBackup['end'] };

/** Every MilvusBackup that was ever there, as it was last. */
export function watchBackups(bench: Bench, signal: AbortSignal): Map<string, Watched> {
  const seen = new Map<string, Watched>();
  const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };
  const cache = new Cache<MilvusBackup>({
    rest: bench.rest,
    resource: backups,
    namespaces: [bench.namespace],
    clock: systemClock,
    log: silent,
  });
  cache.store.subscribe(({ type, object }) => {
    const { uid } = object.metadata;
    const end = seen.get(uid)?.end ?? endOf(object);
    seen.set(uid, { ...object, ...(end ? { end } : {}), ...(type === 'deleted' ? { isGone: true } : {}) });
  });
  void cache.run(signal);
  return seen;
}
const ignore = (): void => undefined;

/** As it first ended: what lets it go later is another phase. */
function endOf({ status }: MilvusBackup): SeenBackup['end'] {
  const { phase = '', completionTime: time } = status ?? {};
  return time === undefined ? undefined : { phase, time };
}

type Remains = {
  bench: Bench;
  seen: Map<string, Watched>;
  memory: number[];
  end: number;
};

/** Everything that the invariants are about. */
export async function summary({ bench, seen, memory, end }: Remains): Promise<Day> {
  const { namespace } = bench;
  const all = (await bench.rest.list<MilvusBackupSchedule>(schedules, { namespace })).items;
  const left = (await bench.rest.list<Job>(jobs, { namespace })).items;
  const names = new Map(all.map(({ metadata }) => [metadata.uid, metadata.name]));
  return {
    end,
    memory,
    schedules: all.map(({ metadata, spec, status }) => ({
      name: metadata.name,
      cron: spec.cron,
      timeZone: spec.timeZone,
      from: Date.parse(metadata.creationTimestamp),
      until: status.lastScheduleTime === undefined ? undefined : Date.parse(status.lastScheduleTime),
      missed: status.missedCount ?? 0,
      retention: spec.retention,
    })),
    backups: [...seen.values()].map((one) => seenBackup(one, names)),
    jobs: left.map((job) => ({
      name: job.metadata.name,
      owner: job.metadata.labels?.[uidLabel] ?? '',
      isOver: isTerminal(job),
      hasTimeToLive: job.spec.ttlSecondsAfterFinished !== undefined,
    })),
  };
}

function seenBackup({ metadata, status, end, isGone }: Watched, names: Map<string, string>): SeenBackup {
  return {
    name: metadata.name,
    uid: metadata.uid,
    schedule: names.get(metadata.labels?.[scheduleLabel] ?? '') ?? '',
    slot: Date.parse(metadata.annotations?.[slotAnnotation] ?? ''),
    phase: status?.phase ?? '',
    hasDigest: status?.manifestDigest !== undefined,
    end,
    isThere: !isGone,
    isBeingDeleted: metadata.deletionTimestamp !== undefined,
  };
}
