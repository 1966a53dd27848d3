// SPDX-License-Identifier: Apache-2.0
// What keeps a backup that is due from being made now. Whatever it is, the slot waits and nothing is lost by it: once
// the gate is open there is one backup for all that waited, or none, as missedRuns says.
import type { MilvusBackup, MilvusBackupSchedule } from '../../api/index.ts';
import { notThere } from '../backup.ts';
import type { Problem } from '../run-kind.ts';
import { hasBegun } from '../attempts.ts';
import { standsInLine } from '../line.ts';
import type { ObservedSchedule } from './observed.ts';

/** What the template names and is not there. */
export function missingReference({ object, hasInstance, hasStorage }: ObservedSchedule): Problem | undefined {
  const { instanceRef, storageRef } = object.spec.template.spec;
  if (!hasInstance) return notThere('InstanceNotFound', 'MilvusInstance', instanceRef.name);
  if (!hasStorage) return notThere('StorageNotFound', 'MilvusBackupStorage', storageRef.name);
  return undefined;
}

/** Undefined: the way is free. `active`: those of this schedule that have not ended. */
export function gateOf(observed: ObservedSchedule, active: readonly MilvusBackup[]): Problem | undefined {
  return missingReference(observed) ?? restoreGate(observed) ?? ownGate(observed.object, active);
}

/** One that lacks something may lack it for ever. */
function restoreGate({ object, restores }: ObservedSchedule): Problem | undefined {
  const { name } = object.spec.template.spec.instanceRef;
  const restore = restores.find((one) => hasBegun(one) || standsInLine(one));
  if (!restore) return undefined;
  const message = `MilvusRestore ${restore.metadata.name} is at work on MilvusInstance ${name} or waits for its turn there: backups are made when it has ended`;
  return { reason: 'InstanceBusy', message };
}

/** At most one backup of a schedule waits to begin, whatever its policy. */
function ownGate({ spec }: MilvusBackupSchedule, active: readonly MilvusBackup[]): Problem | undefined {
  const { concurrencyPolicy } = spec;
  if (concurrencyPolicy === 'Replace') return undefined;
  const before = concurrencyPolicy === 'Forbid' ? active[0] : active.find((one) => !hasBegun(one));
  if (!before) return undefined;
  const what = concurrencyPolicy === 'Forbid' ? 'has not ended' : 'has not begun';
  const message = `MilvusBackup ${before.metadata.name} ${what}, and concurrencyPolicy is ${concurrencyPolicy}: the next one is made after that`;
  return { reason: 'Queued', message };
}
