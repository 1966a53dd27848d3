// SPDX-License-Identifier: Apache-2.0
// The status of a backup that was found in a bucket: as if its run had just been seen to end, with what is known of it.
// Nothing of it is proven here. Whoever restores from it reads it, and is refused if it is not whole.
import type { MilvusBackupStatus } from '../../api/index.ts';
import { bytesText } from '../../contract/amounts.ts';
import { durationText } from '../duration.ts';
import { defined } from '../fields.ts';
import { restoreCommand } from '../jobs.ts';
import { timeMs, timeText } from '../moment.ts';
import { backupNameOf } from '../names.ts';
import type { ObservedBackup } from '../observed.ts';
import { partialConditions, succeededConditions } from '../run-conditions.ts';
import type { Problem } from '../run-kind.ts';
import { importedOf, isImported, type Imported } from './imported.ts';

/** Undefined: it was not imported. A problem: it says that it was, and not from where. */
export function importedStatusOf(observed: ObservedBackup): MilvusBackupStatus | Problem | undefined {
  const { object } = observed;
  if (!isImported(object)) return undefined;
  const imported = importedOf(object);
  if (imported && imported !== 'unreadable') return statusOf(observed, imported);
  const message =
    'the annotation milvusbackup.dev/imported, by which a storage tells what it has found, cannot be read: ' +
    'delete this object, and change spec.sync.token of the storage to have it made again';
  return { reason: 'InvalidConfiguration', message };
}

function statusOf(observed: ObservedBackup, imported: Imported): MilvusBackupStatus {
  const { object, storage } = observed;
  const isPartial = (imported.skipped ?? 0) > 0;
  const { path, manifestDigest, formatVersion, milvusVersion, engineVersion, consistencyTimestamp } =
    imported;
  return {
    ...object.status,
    observedGeneration: object.metadata.generation,
    phase: isPartial ? 'PartiallyFailed' : 'Succeeded',
    backupName: backupNameOf(object),
    storageFingerprint: imported.fingerprint,
    path,
    ...defined({ manifestDigest, formatVersion, milvusVersion, engineVersion, consistencyTimestamp }),
    ...timesOf(imported, object.metadata.creationTimestamp),
    ...amountsOf(imported),
    ...(storage ? { restoreCommand: restoreCommand(object, storage, { isPartial }) } : {}),
    conditions: isPartial
      ? partialConditions(observed, {
          reason: imported.skippedFor ?? 'CollectionChanging',
          message: `${textOf(observed, imported)}; ${imported.skipped} of its collections were left out`,
        })
      : succeededConditions(observed, textOf(observed, imported)),
  };
}

function textOf({ object }: ObservedBackup, imported: Imported): string {
  const { madeBy, engineVersion, namespace, instance, path } = imported;
  const by = madeBy === undefined ? 'the established tool' : `milvus-backup ${engineVersion ?? ''}`.trimEnd();
  const of =
    instance === undefined
      ? ''
      : ` of MilvusInstance ${namespace === undefined ? '' : `${namespace}/`}${instance}`;
  return `imported: found at ${path} in MilvusBackupStorage ${object.spec.storageRef.name}, a backup${of} made by ${by}`;
}

/** When it was made, not when it was found: that is how old it is. */
function timesOf(
  { startTime, endTime }: Imported,
  found: string,
): Pick<MilvusBackupStatus, 'startTime' | 'completionTime' | 'duration'> {
  const [start, end] = [timeMs(startTime), timeMs(endTime)];
  return {
    completionTime: end === undefined ? found : timeText(end),
    ...(start === undefined ? {} : { startTime: timeText(start) }),
    ...(start === undefined || end === undefined ? {} : { duration: durationText(end - start) }),
  };
}

function amountsOf(imported: Imported): Pick<MilvusBackupStatus, 'rows' | 'size' | 'collections'> {
  const { rows, bytes, objects, total, succeeded, dropped, skipped } = imported;
  const summary = total === undefined || succeeded === undefined ? undefined : `${succeeded}/${total}`;
  return {
    ...(rows === undefined ? {} : { rows: { planned: rows } }),
    ...(bytes === undefined ? {} : { size: { bytes, ...defined({ objects }), summary: bytesText(bytes) } }),
    ...(total === undefined ? {} : { collections: defined({ total, succeeded, dropped, skipped, summary }) }),
  };
}
