// SPDX-License-Identifier: Apache-2.0
// Schedules in numbers, all of them from their status and spec: whether backups come, and when the next one should.
import type { Registry } from '@prometheus-io/client';
import { isTrue, type MilvusBackupSchedule } from '../api/index.ts';
import { timeMs } from '../plan/moment.ts';
import { parseCron } from '../plan/schedule/cron.ts';
import type { Caches } from './caches.ts';
import { addState, addTotal, type Tell } from './metrics-series.ts';

type Of = (schedule: MilvusBackupSchedule) => number | undefined;

export function addScheduleMetrics(registry: Registry, { schedules }: Caches): void {
  const labelNames = ['namespace', 'schedule', 'instance'];
  const each =
    (of: Of) =>
    (tell: Tell): void => {
      for (const schedule of schedules.list()) {
        const value = of(schedule);
        if (value !== undefined) tell(labelsOf(schedule), value);
      }
    };
  const about = (name: string, help: string) => ({ name: `schedule_${name}`, help, labelNames });
  for (const [name, help, of] of states) addState(registry, about(name, help), each(of));
  const missed = 'Times of a schedule that had no backup of their own, as its status counts them.';
  addTotal(
    registry,
    about('missed_total', missed),
    each(({ status }) => status?.missedCount ?? 0),
  );
}

const states: readonly [name: string, help: string, of: Of][] = [
  [
    'last_success_timestamp_seconds',
    'When the latest backup of a schedule that succeeded was complete.',
    ({ status }) => secondsOf(status?.lastSuccessfulTime),
  ],
  [
    'last_slot_timestamp_seconds',
    'The latest time of a schedule that was dealt with.',
    ({ status }) => secondsOf(status?.lastScheduleTime),
  ],
  [
    'next_timestamp_seconds',
    'The next time of a schedule, before jitter; nothing while it is suspended.',
    ({ status }) => secondsOf(status?.nextScheduleTimes?.[0]),
  ],
  [
    'expected_interval_seconds',
    'The longest pause between two times of a schedule.',
    ({ spec }) => {
      const parsed = parseCron(spec.cron, spec.timeZone);
      return 'cron' in parsed ? parsed.cron.intervalMs / 1000 : undefined;
    },
  ],
  [
    'overdue',
    'Whether a backup of a schedule is overdue: 1 or 0.',
    ({ status }) => Number(isTrue(status?.conditions, 'Overdue')),
  ],
  ['suspended', 'Whether a schedule is suspended: 1 or 0.', ({ spec }) => Number(spec.suspend)],
  [
    'active_backups',
    'Backups of a schedule that have not ended.',
    ({ status }) => status?.active?.length ?? 0,
  ],
  [
    'consecutive_failures',
    'Backups of a schedule in a row that did not succeed, up to the last that ended.',
    ({ status }) => status?.consecutiveFailures ?? 0,
  ],
];

function labelsOf({ metadata: { namespace, name }, spec }: MilvusBackupSchedule): Record<string, string> {
  return { namespace, schedule: name, instance: spec.template.spec.instanceRef.name };
}

function secondsOf(time: string | undefined): number | undefined {
  const ms = timeMs(time);
  return ms === undefined ? undefined : ms / 1000;
}
