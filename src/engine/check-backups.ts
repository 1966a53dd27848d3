// SPDX-License-Identifier: Apache-2.0
// The part of a check that is about the place of the backups: whether it answers, can be written, and what it holds.
import { hasReason } from '../base/error.ts';
import { rootDir } from '../format/paths.ts';
import { listFolders, type BackupFolder } from './catalog.ts';
import { say, warn, type Check } from './check-account.ts';
import { mapConcurrent } from './concurrent.ts';
import type { Engine } from './engine.ts';
import { probeBackupStore, type Probed } from './probe.ts';
import { readSmallMeta } from './scalars.ts';
import type { Sample } from './storage-match.ts';

/** `sample` is an object of Milvus's bucket to try a copy with; 'none' where that bucket is not looked at. */
export async function checkBackupStore(
  check: Check,
  sample: Sample | 'none' | undefined,
  readOnly: boolean,
): Promise<void> {
  const { engine } = check;
  const store = engine.backupStore();
  await store.check(engine.signal);
  if (!readOnly) check.found.isWritable = false;
  const object = sample === 'none' ? sample : sample?.log;
  const probed = readOnly ? undefined : await probeBackupStore(engine, object);
  if (!readOnly) check.found.isWritable = true;
  const { count, bytes, unfinished } = await countBackups(engine);
  check.found.backups = { count, bytes };
  const backups = `${count} backups${unfinished > 0 ? ` and ${unfinished} unfinished` : ''}`;
  const prefix = JSON.stringify(rootDir(engine.config.backup.storage.rootPath).replace(/\/$/, ''));
  const access = probed ? `writable, ${backups}; ${describeProbe(probed)}` : `readable, ${backups}`;
  say(check, 'Backups', `${store.label}, prefix ${prefix}: ${access}`);
  if (probed?.conditions === 'ignored') {
    const message = `${store.label} ignores conditional writes: two runs of one name may not notice each other`;
    warn(check, { reason: 'StoreError', message });
  }
}

function describeProbe({ conditions, copy }: Probed): string {
  const conditional = { refused: 'honoured', ignored: 'IGNORED', 'not offered': 'not offered' }[conditions];
  const how = {
    server: '; data are copied by the store itself',
    'through this process': '; data are copied through this process',
    untried: '; data are to be copied by the store itself (not tried: no small object to try it with)',
    'not asked': '',
  }[copy];
  return `conditional writes ${conditional}${how}`;
}

const readAtOnce = 8;

/** One backup after the other: a small document each, whatever its size. Complete ones are counted, others only named. */
async function countBackups(engine: Engine): Promise<{ count: number; bytes: number; unfinished: number }> {
  const total = { count: 0, bytes: 0, unfinished: 0 };
  const sized = mapConcurrent(listFolders(engine), readAtOnce, async (folder) => ({
    state: folder.state,
    size: folder.state === 'Complete' ? await sizeOf(engine, folder) : 0,
  }));
  for await (const { state, size } of sized) {
    if (state === 'Complete') total.count++;
    if (state === 'Incomplete' || state === 'Deleting') total.unfinished++;
    total.bytes = Math.min(total.bytes + size, Number.MAX_SAFE_INTEGER);
  }
  return total;
}

/** Nothing for a backup whose small document is damaged: reading the large one is too much for a check. */
async function sizeOf(engine: Engine, folder: BackupFolder): Promise<number> {
  try {
    return (await readSmallMeta(engine, folder)).size;
  } catch (error) {
    if (hasReason(error, 'BackupUnreadable')) return 0;
    throw error;
  }
}
