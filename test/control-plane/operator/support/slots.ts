// SPDX-License-Identifier: Apache-2.0
// Slots that come when a test wants them: a schedule's memory is what its status has announced, so a time that is written
// there, and has passed, is due at once.
import type { MilvusBackup, MilvusBackupSchedule } from '../../../../src/api/index.ts';
import { patienceMs, type Bench } from './bench.ts';

const kind = 'MilvusBackupSchedule';

/** Once the operator has seen it. */
export async function seen(bench: Bench, name: string): Promise<MilvusBackupSchedule> {
  return bench.until<MilvusBackupSchedule>(kind, name, ({ status }) => (status.observedGeneration ?? -1) > 0);
}

export async function letCome(bench: Bench, name: string, ...times: string[]): Promise<void> {
  await seen(bench, name);
  await bench.patch(kind, name, { status: { nextScheduleTimes: times } }, 'status');
}

export function slotName(schedule: string, time: string): string {
  return `${schedule}-${time.replaceAll(/\D/g, '')}`;
}

export async function untilMade(bench: Bench, name: string): Promise<MilvusBackup> {
  return bench.until<MilvusBackup>('MilvusBackup', name, () => true, patienceMs);
}

/** When it has been dealt with, by a backup or without. */
export async function untilDealtWith(
  bench: Bench,
  name: string,
  time: string,
): Promise<MilvusBackupSchedule> {
  return bench.until<MilvusBackupSchedule>(kind, name, ({ status }) => status.lastScheduleTime === time);
}
