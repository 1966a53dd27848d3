// SPDX-License-Identifier: Apache-2.0
// Which of a schedule's backups stay and which go: told in the status and done by marks from one and the same judgement.
// A mark is put on the version that was judged; the data are removed by the backup's own controller.
import type { MilvusBackup, MilvusBackupSchedule } from '../../api/index.ts';
import { candidatesOf } from '../retention/candidates.ts';
import { listedRetention, planRetention } from '../retention/retention.ts';
import type { Mark, ObservedSchedule } from './observed.ts';

export type Keeping = {
  status: NonNullable<MilvusBackupSchedule['status']['retention']>;
  marks: Mark[];
};

/** At a time: each mark wakes the schedule, which then sees to the next ones. */
const mostMarks = 20;

export function keepingOf(
  { object: { spec }, readers, now }: ObservedSchedule,
  backups: readonly MilvusBackup[],
): Keeping {
  const { retention, timeZone } = spec;
  const candidates = candidatesOf(backups, readers, now);
  const planned = planRetention({ backups: candidates, policy: retention, timeZone, now });
  const byName = new Map(backups.map((backup) => [backup.metadata.name, backup]));
  const marks = planned.marks.slice(0, mostMarks).flatMap(({ name, rule }) => {
    const metadata = byName.get(name)?.metadata;
    return metadata ? [{ name, uid: metadata.uid, resourceVersion: metadata.resourceVersion, rule }] : [];
  });
  return { status: listedRetention(planned), marks };
}
