// SPDX-License-Identifier: Apache-2.0
// MilvusBackups that a storage makes and removes for what it has found in its bucket. Made again they are found under
// their names; removed they carry the UID of what was seen.
import { forEachConcurrent } from '../base/backoff.ts';
import type { MilvusBackup } from '../api/index.ts';
import { isAlreadyExists, isConflict, isNotFound } from '../kube/api-error.ts';
import type { Log } from '../kube/log.ts';
import type { Desired, NewBackup } from '../plan/desired.ts';
import type { Kinds } from '../plan/observed.ts';
import { importedOf } from '../plan/sync/imported.ts';
import { backups, fieldManager } from './resources.ts';
import type { World } from './world.ts';

type Handling<T extends Kinds> = {
  world: World;
  desired: Desired<T>;
  object: T;
  log: Log;
  signal: AbortSignal;
};

/** Hundreds may be found at once, and nobody else of the cluster shall feel it. */
const atOnce = 5;

export async function makeAndRemoveBackups<T extends Kinds>(handling: Handling<T>): Promise<void> {
  const { createBackups = [], deleteBackups = [] } = handling.desired;
  await forEachConcurrent(createBackups, atOnce, (backup) => makeBackup(handling, backup));
  await forEachConcurrent(deleteBackups, atOnce, (one) => deleteBackup(handling, one));
}

async function makeBackup<T extends Kinds>(
  { world, log, signal }: Handling<T>,
  backup: NewBackup,
): Promise<void> {
  const { name } = backup.metadata;
  try {
    await world.rest.create(backups, backup, { fieldManager }, signal);
    log.info({ backup: name, path: placeOf(backup) }, 'backup imported');
  } catch (error) {
    if (!isAlreadyExists(error) || !(await stands(world, backup, signal))) throw error;
  }
}

/** Whether that of the same name was made for the same: else the cache did not know of it, and another name is found. */
async function stands(world: World, backup: NewBackup, signal: AbortSignal): Promise<boolean> {
  const { namespace, name } = backup.metadata;
  try {
    const found = await world.rest.get<MilvusBackup>(backups, { namespace, name }, signal);
    return placeOf(found) === placeOf(backup);
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

/** Of something that was not imported there is none. */
function placeOf(backup: Pick<NewBackup, 'metadata'> | MilvusBackup): string | undefined {
  const imported = importedOf(backup as Pick<MilvusBackup, 'metadata'>);
  return imported && imported !== 'unreadable' ? `${imported.fingerprint}/${imported.path}` : undefined;
}

async function deleteBackup<T extends Kinds>(
  { world, object, log, signal }: Handling<T>,
  { name, uid }: { name: string; uid: string },
): Promise<void> {
  const { namespace } = object.metadata;
  try {
    await world.rest.delete(backups, { namespace, name }, { propagation: 'Background', uid }, signal);
    log.info({ backup: name }, 'imported backup removed: its data are gone');
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}
