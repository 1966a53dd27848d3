// SPDX-License-Identifier: Apache-2.0
// Of which run a folder's backup is: by its ledger, its manifest, or the mark of its deletion. Read loosely, because a
// manifest of another version says that as well.
import { OperatorError } from '../base/error.ts';
import { parseJson } from '../format/json.ts';
import { isRecord } from '../format/numeral.ts';
import { ownFiles } from '../format/paths.ts';
import type { BackupFolder } from './catalog.ts';
import type { Engine } from './engine.ts';
import { readKnownLedger } from './fence.ts';
import { readSmall } from './objects.ts';
import { readDeletingRun } from './removal.ts';

/** `run` is undefined for a deletion that does not say whose it is; 'Nobody': no run of ours made it. */
export type Owner = { run: string | undefined } | 'Nobody';

/** Throws BackupUnreadable for a manifest that names no run. */
export async function ownerOf(engine: Engine, folder: BackupFolder): Promise<Owner> {
  const { own } = folder.marks;
  const stored = own.has(ownFiles.ledger) ? await readKnownLedger(engine, folder) : undefined;
  if (stored) return { run: stored.ledger.runId };
  const run = own.has(ownFiles.manifest) ? await manifestRun(engine, folder) : undefined;
  if (run !== undefined) return { run };
  return own.has(ownFiles.deleting) ? { run: await readDeletingRun(engine, folder) } : 'Nobody';
}

/** Undefined if the manifest has gone since. */
async function manifestRun(engine: Engine, { store, dir }: BackupFolder): Promise<string | undefined> {
  const key = dir + ownFiles.manifest;
  const found = await readSmall(store, key, engine.signal);
  if (!found) return undefined;
  const manifest = parseJson(found.bytes.toString('utf8'), key);
  if (isRecord(manifest) && typeof manifest.runId === 'string') return manifest.runId;
  throw new OperatorError(
    'BackupUnreadable',
    `${key} in ${store.label} does not say which run made the backup. Nothing was deleted; without --run-id it would be.`,
  );
}
