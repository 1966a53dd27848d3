// SPDX-License-Identifier: Apache-2.0
// When the data of a backup go by themselves: by spec.ttl, or because somebody has marked the object, as retention does.
// spec.hold keeps them, and so does a restore that has not ended.
import type { MilvusBackup, MilvusRestore } from '../api/index.ts';
import { cutMessage } from '../contract/cut.ts';
import { durationMs } from './duration.ts';
import type { Errand } from './errand.ts';
import type { Built } from './jobs.ts';
import { scheduleLabel } from './labels.ts';
import { timeMs } from './moment.ts';
import type { ObservedBackup } from './observed.ts';
import { hasEnded } from './run-state.ts';
import { isFound } from './sync/imported.ts';

/** Of a MilvusBackup that has ended: its data are to go, for the rule that is the value. */
export const expiredBy = 'milvusbackup.dev/expired-by';

export type Expiry = {
  /** By spec.ttl, milliseconds; undefined: never, or while it is held. */
  time: number | undefined;
  /** What lets the data go, and from when on; undefined: nothing does, or it is held. */
  due: Due | undefined;
  /** The same in a word, held or not. */
  rule: string;
  /** Restores that have not ended and read it. */
  readers: readonly string[];
  /** The object goes with its data: a schedule made it, and makes others. */
  takesObject: boolean;
  /** Removes the data. */
  errand: Errand;
};

export type Due = { rule: string; at: number };

/** A deletion that has failed for good is tried again: a lock ends, a right is given. */
const persistMs = 3_600_000;

const longestRule = 64;

type Phased = { phase?: string | undefined };

/** Whatever its phase says: whether its data are gone, or on their way. */
export function hasLostData({ phase }: Phased): boolean {
  return phase === 'Expired' || isRemoving({ phase });
}

/** Whether the removal of the data has begun: nothing takes that back. */
export function isRemoving({ phase }: Phased): boolean {
  return phase === 'Deleting' || phase === 'DeleteFailed';
}

export function expirationOf(
  { ttl, hold }: Pick<MilvusBackup['spec'], 'ttl' | 'hold'>,
  completion: number | undefined,
): number | undefined {
  return ttl === undefined || hold || completion === undefined ? undefined : completion + durationMs(ttl);
}

/** Undefined also for what is held, and for a run that has not ended. */
export function dueOf(backup: MilvusBackup): Due | undefined {
  return backup.spec.hold || !hasEnded(backup) ? undefined : claimOf(backup);
}

/** What lets the data go, held or not. */
export function claimOf({ metadata, spec, status }: MilvusBackup): Due | undefined {
  const mark = metadata.annotations?.[expiredBy];
  if (mark) return { rule: cutMessage(mark, longestRule), at: Number.NEGATIVE_INFINITY };
  const at = expirationOf({ ...spec, hold: false }, timeMs(status.completionTime));
  return at === undefined ? undefined : { rule: 'spec.ttl', at };
}

export function expiryOf(
  { object, restores }: Pick<ObservedBackup, 'object' | 'restores'>,
  build: Record<'delete' | 'cleanup', (number: number) => Built>,
): Expiry {
  const { metadata, spec, status } = object;
  const isWhole = status.manifestDigest !== undefined || isFound(object);
  const command = isWhole ? 'delete' : 'cleanup';
  return {
    time: expirationOf(spec, timeMs(status.completionTime)),
    due: dueOf(object),
    rule: claimOf(object)?.rule ?? 'a rule that is not there any more',
    readers: readersOf(object, restores),
    takesObject: metadata.labels?.[scheduleLabel] !== undefined,
    errand: { role: 'delete', command, since: 0, build: build[command], persistMs },
  };
}

/** Whether a restore is of this backup: by its object, by its name in the storage, or by what it has found. */
export function isReadBy(backup: MilvusBackup, restore: MilvusRestore): boolean {
  if (restore.metadata.namespace !== backup.metadata.namespace) return false;
  const { source } = restore.spec;
  if (source.backupRef) return source.backupRef.name === backup.metadata.name;
  if (source.scheduleRef) return restore.status.backup === backup.metadata.name;
  const { backupName, storageFingerprint } = backup.status;
  const storage = source.storageRef?.name;
  const isNamed = storage === backup.spec.storageRef.name && source.backupName === backupName;
  const isFound =
    restore.status.backupName === backupName && restore.status.storageFingerprint === storageFingerprint;
  return backupName !== undefined && (isNamed || isFound);
}

/** Names of the restores that have not ended and are of this backup. */
export function readersOf(backup: MilvusBackup, restores: readonly MilvusRestore[]): string[] {
  return restores
    .filter((restore) => !hasEnded(restore) && isReadBy(backup, restore))
    .map(({ metadata }) => metadata.name);
}
