// SPDX-License-Identifier: Apache-2.0
// Names of the backups that a schedule makes. A name follows from what asked for the backup (a slot, a
// trigger), so that whoever decides again, after whatever crash, looks for the same one.
import { createHash } from 'node:crypto';
import type { MilvusBackupSchedule } from '../../api/index.ts';
import { scheduleLabel } from '../labels.ts';
import { timeText } from '../moment.ts';

type Named = { metadata: { name: string; uid: string } };

const longestName = 253;
const hashLength = 8;

/** The run of a slot: `<schedule>-<yyyymmddhhmmss>`, in UTC. */
export function slotName(schedule: Named, slot: number): string {
  return nameWith(schedule, timeText(slot).replaceAll(/[^0-9]/g, ''));
}

/** The run that a trigger asks for. A schedule that was made anew answers the same word again. */
export function triggerName(schedule: Named, token: string): string {
  return nameWith(schedule, `t${hashOf(`${schedule.metadata.uid}/${token}`)}`);
}

/** Whether it was this schedule, and not one of the same name, that made it. */
export function isMadeBy(
  { metadata: { labels } }: { metadata: { labels?: Record<string, string> } },
  { metadata: { uid } }: Pick<MilvusBackupSchedule, 'metadata'>,
): boolean {
  return labels?.[scheduleLabel] === uid;
}

/** A name that would be too long is cut, and says by a hash what it was. */
function nameWith({ metadata: { name } }: Named, suffix: string): string {
  const room = longestName - suffix.length - 1;
  if (name.length <= room) return `${name}-${suffix}`;
  const cut = name.slice(0, room - hashLength - 1).replaceAll(/[^a-z0-9]+$/g, '');
  return `${cut}-${hashOf(name)}-${suffix}`;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, hashLength);
}
