// SPDX-License-Identifier: Apache-2.0
// The MilvusBackup that a schedule makes: its template as it stands now, and our marks. Of the schedule's own labels and
// annotations it gets none: a GitOps tool would take it for one of its own objects and remove it.
import { apiVersion, type MilvusBackupSchedule } from '../../api/index.ts';
import { timeText } from '../moment.ts';
import { scheduleAnnotation, scheduleLabel, slotAnnotation } from '../labels.ts';
import type { NewBackup } from './observed.ts';

/** `slot`: the time of the schedule that it is for; of a trigger the time at which it was answered. */
export function newBackup(schedule: MilvusBackupSchedule, name: string, slot: number): NewBackup {
  const { metadata, spec } = schedule;
  const given = spec.template.metadata;
  return {
    apiVersion,
    kind: 'MilvusBackup',
    metadata: {
      name,
      namespace: metadata.namespace,
      labels: { ...given?.labels, [scheduleLabel]: metadata.uid },
      annotations: {
        ...given?.annotations,
        [scheduleAnnotation]: metadata.name,
        [slotAnnotation]: timeText(slot),
      },
      ...(spec.ownership === 'Schedule' ? { ownerReferences: [ownerOf(schedule)] } : {}),
    },
    spec: spec.template.spec,
  };
}

function ownerOf({ metadata: { name, uid } }: MilvusBackupSchedule): {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller: boolean;
} {
  return { apiVersion, kind: 'MilvusBackupSchedule', name, uid, controller: true };
}
