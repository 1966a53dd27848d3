// SPDX-License-Identifier: Apache-2.0
// Labels by which we find our Jobs and pods again, and read what they were for. They hold UIDs, numbers and words of
// ours, never a name: names are longer than a label may be.
import type { Meta } from './kubernetes.ts';

export const uidLabel = 'milvusbackup.dev/uid';
export const roleLabel = 'milvusbackup.dev/role';
/** Number of an attempt, a cleanup, a deletion or a check among those of its role. */
export const attemptLabel = 'milvusbackup.dev/attempt';
/** Of a check or a listing: the generation of the object that it was about. */
export const generationLabel = 'milvusbackup.dev/generation';
/** Of a MilvusBackup that a schedule has made: the UID of the schedule. */
export const scheduleLabel = 'milvusbackup.dev/schedule-uid';
/** The same as an annotation: its name, for people and for the manifest, which is longer than a label may be. */
export const scheduleAnnotation = 'milvusbackup.dev/schedule';
/** And the time of the schedule that it was made for, RFC 3339. */
export const slotAnnotation = 'milvusbackup.dev/slot';
export const managedByLabel = 'app.kubernetes.io/managed-by';
export const managedByUs = 'milvus-backup-operator';

/** What a Job is for. Runs, cleanups and deletions are of a MilvusBackup or MilvusRestore, checks of the other two, listings of a storage. */
export const roles = ['run', 'cleanup', 'delete', 'check', 'sync'] as const;
export type Role = (typeof roles)[number];

type Labelled = { metadata: Pick<Meta, 'labels'> };

/** Undefined: none of ours. */
export function roleOf({ metadata }: Labelled): Role | undefined {
  return roles.find((role) => role === metadata.labels?.[roleLabel]);
}

/** Undefined where the label is not there or no number from 1. */
export function numberOf(job: Labelled): number | undefined {
  return wholeNumber(job, attemptLabel);
}

/** The generation that a check or a listing was about. */
export function generationOf(job: Labelled): number | undefined {
  return wholeNumber(job, generationLabel);
}

/** Whether a Job or pod is of this object, and not of another that had or has its name. */
export function isOurs({ metadata: { labels } }: Labelled, object: { metadata: { uid: string } }): boolean {
  return labels?.[managedByLabel] === managedByUs && labels[uidLabel] === object.metadata.uid;
}

function wholeNumber({ metadata }: Labelled, label: string): number | undefined {
  const text = metadata.labels?.[label] ?? '';
  return /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined;
}

export type LabelFacts = { uid: string; role: Role; number: number; generation?: number; version: string };

/** The labels that every Job of ours and its pod carry. */
export function ourLabels({ uid, role, number, generation, version }: LabelFacts): Record<string, string> {
  return {
    'app.kubernetes.io/name': 'milvus-backup',
    'app.kubernetes.io/component': role,
    'app.kubernetes.io/version': labelValue(version),
    [managedByLabel]: managedByUs,
    [uidLabel]: uid,
    [roleLabel]: role,
    [attemptLabel]: String(number),
    ...(generation === undefined ? {} : { [generationLabel]: String(generation) }),
  };
}

/** A version may hold `+`, a label may not. */
function labelValue(text: string): string {
  return text
    .replaceAll(/[^A-Za-z0-9._-]/g, '_')
    .slice(0, 63)
    .replaceAll(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '');
}
