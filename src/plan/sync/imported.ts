// SPDX-License-Identifier: Apache-2.0
// What is known of a backup that was found in a bucket: an annotation, written when its object is made, and read by the
// controller of backups, which alone writes their status. Whoever may create a MilvusBackup may write one too, so it is
// read as what a stranger says: bounded and checked.
import type { MilvusBackup, MilvusRestore } from '../../api/index.ts';
import { isReason, type Reason } from '../../base/reason.ts';
import { count, record, text, type Check, type Checked } from '../../contract/check.ts';

export const importedAnnotation = 'milvusbackup.dev/imported';
const longest = 4096;

const dnsName = (max: number): Check<string> => text(max, /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/);
const time: Check<string> = (value) =>
  typeof value === 'string' && value.length <= 40 && !Number.isNaN(Date.parse(value)) ? value : undefined;
const reason: Check<Reason> = (value) => (typeof value === 'string' && isReason(value) ? value : undefined);
const hex = text(128, /^[0-9a-f]{64}$/);

/** Facts that an entry of a listing and the annotation have in common; those that do not fit are left out. */
export const factChecks = {
  /** Id of the run of ours that made it; without it the established tool did. */
  madeBy: text(128, /^[\w-]+$/),
  manifestDigest: hex,
  rows: count,
  bytes: count,
  objects: count,
  startTime: time,
  endTime: time,
  milvusVersion: text(64),
  engineVersion: text(64),
  formatVersion: text(64),
  consistencyTimestamp: text(20, /^\d+$/),
  total: count,
  succeeded: count,
  dropped: count,
  skipped: count,
  /** Why the first was left out, of a backup that is not whole. */
  skippedFor: reason,
  namespace: dnsName(63),
  instance: dnsName(253),
  schedule: dnsName(253),
  scheduleUID: text(36, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
};

export type Facts = { [K in keyof typeof factChecks]?: Checked<(typeof factChecks)[K]> };

/** What was said and fits; nothing that does not fit hides the rest. */
export function factsOf(said: Record<string, unknown>): Facts {
  const entries = Object.entries<Check<unknown>>(factChecks).flatMap(([key, check]) => {
    const value = Object.hasOwn(said, key) ? check(said[key]) : undefined;
    return value === undefined ? [] : [[key, value] as const];
  });
  return Object.fromEntries(entries) as Facts;
}

/** `path` below the bucket; `fingerprint` of the storage it was found in. */
export type Imported = Facts & { path: string; fingerprint: string };

const place = record({ path: text(1024, /\/$/), fingerprint: hex }, {});

export function importedText({ path, fingerprint, ...facts }: Imported): string {
  return JSON.stringify({ path, fingerprint, ...facts });
}

/** Undefined: it was not imported. */
export function importedOf({
  metadata,
}: Pick<MilvusBackup, 'metadata'>): Imported | 'unreadable' | undefined {
  const said = metadata.annotations?.[importedAnnotation];
  if (said === undefined) return undefined;
  const value = said.length <= longest ? parse(said) : undefined;
  const found = place(value);
  return found ? { ...factsOf(value as Record<string, unknown>), ...found } : 'unreadable';
}

/** Whether it was found in a bucket rather than made by its own run. */
export function isImported(backup: Pick<MilvusBackup, 'metadata' | 'status'>): boolean {
  return backup.metadata.annotations?.[importedAnnotation] !== undefined && !backup.status?.attempts?.length;
}

/** Whether what it stands for was there when it was imported: of no run, but whole. */
export function isFound(run: MilvusBackup | MilvusRestore): boolean {
  if (run.kind !== 'MilvusBackup' || !isImported(run)) return false;
  const imported = importedOf(run);
  return imported !== undefined && imported !== 'unreadable';
}

function parse(said: string): unknown {
  try {
    return JSON.parse(said);
  } catch {
    return undefined;
  }
}
