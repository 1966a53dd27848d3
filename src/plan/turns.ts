// SPDX-License-Identifier: Apache-2.0
// Whose turn it is on a Milvus. A restore runs alone there: no other restore, no backup. Backups run up to
// maxConcurrentBackups. Strictly oldest first: nothing younger starts before an older one that waits for its turn.
import { findCondition } from '../api/index.ts';
import { hasBegun } from './attempts.ts';
import type { Run } from './observed.ts';
import type { Problem } from './run-kind.ts';

/** What keeps `run` from starting on its instance, and how many go first; undefined: it is its turn. */
export function turnOf(
  run: Run,
  siblings: readonly Run[],
  instance: { name: string; maxConcurrentBackups: number },
): (Problem & { position: number }) | undefined {
  const others = siblings.filter(
    (other) => other.metadata.uid !== run.metadata.uid && instanceOf(other, siblings) === instance.name,
  );
  const running = others.filter(hasBegun);
  const waiting = others.filter((other) => !hasBegun(other) && waitsForTurn(other) && isOlder(other, run));
  const ahead = [...running, ...waiting];
  if (!isHeld(run, ahead, instance.maxConcurrentBackups)) return undefined;
  const position = ahead.length;
  const busy = running.find((other) => isRestore(run) || isRestore(other));
  if (busy) {
    const why = isRestore(busy) ? 'nothing else runs beside a restore' : 'a restore runs alone';
    return {
      reason: 'InstanceBusy',
      message: `${nameOf(busy)} runs on MilvusInstance ${instance.name}, and ${why}; ${goFirst(position)}`,
      position,
    };
  }
  const first = ahead.map(nameOf).slice(0, 3).join(', ');
  return {
    reason: 'Queued',
    message: `waits on MilvusInstance ${instance.name} for ${first}; ${goFirst(position)}`,
    position,
  };
}

function goFirst(position: number): string {
  return position === 1 ? '1 goes first' : `${position} go first`;
}

function isHeld(run: Run, ahead: readonly Run[], maxConcurrentBackups: number): boolean {
  if (isRestore(run)) return ahead.length > 0;
  return ahead.some(isRestore) || ahead.length >= maxConcurrentBackups;
}

/** The Milvus that a run holds: of a restore the target. Of one that takes it from its backup, as it has said itself. */
export function instanceOf(run: Run, siblings: readonly Run[] = []): string | undefined {
  if (run.kind === 'MilvusBackup') return run.spec.instanceRef.name;
  const { instanceRef, source } = run.spec;
  const backup = siblings.find(
    (other) => other.kind === 'MilvusBackup' && other.metadata.name === source.backupRef?.name,
  );
  return instanceRef?.name ?? run.status.instance ?? (backup && instanceOf(backup));
}

const missing = [
  'InstanceNotFound',
  'StorageNotFound',
  'SecretNotFound',
  'SecretKeyMissing',
  'ConfigMapNotFound',
  'ConfigMapKeyMissing',
  'BackupNotReady',
];

/** One that lacks something, or is about to end, stands in nobody's way. */
function waitsForTurn({ metadata, spec, status }: Run): boolean {
  const reason = findCondition(status.conditions, 'Reconciling')?.reason;
  return metadata.deletionTimestamp === undefined && !spec.cancel && !missing.includes(reason ?? '');
}

/** By creation, then by name; a backup before a restore of the same second and name. */
function isOlder(one: Run, other: Run): boolean {
  const a = [one.metadata.creationTimestamp, one.metadata.name, one.kind];
  const b = [other.metadata.creationTimestamp, other.metadata.name, other.kind];
  const differs = a.findIndex((value, i) => value !== b[i]);
  return differs >= 0 && a[differs]! < b[differs]!;
}

function isRestore({ kind }: Run): boolean {
  return kind === 'MilvusRestore';
}

function nameOf({ kind, metadata }: Run): string {
  return `${kind} ${metadata.name}`;
}
