// SPDX-License-Identifier: Apache-2.0
// Writes the documents of the commit so that an attempt that was overtaken cannot replace those of the newer one: each
// write names the version that stood there while this attempt still owned the ledger.
import { OperatorError } from '../base/error.ts';
import { metaFolder, ownFolder } from '../format/paths.ts';
import type { Condition } from '../store/contract.ts';
import type { BackupRun } from './backup-run.ts';
import { digestOf, putSpooled, type Spooled } from './objects.ts';

/** Path below the backup's folder, size and SHA-256 in hex. */
export type Document = { path: string; size: number; sha256: string };

export type DocumentWriter = { put(path: string, spooled: Spooled): Promise<Document> };

/** Looks at what stands there first and only then asks for the ledger: whoever takes it later also writes later. */
export async function openDocuments(run: BackupRun): Promise<DocumentWriter> {
  const { place, engine } = run;
  const before = new Map<string, string>();
  for (const folder of [metaFolder, ownFolder]) {
    for await (const entry of place.store.list(place.dir + folder, {}, engine.signal)) {
      if (entry.kind === 'object') before.set(entry.key.slice(place.dir.length), entry.etag);
    }
  }
  await run.ledger.assertOwned();
  return {
    async put(path, spooled) {
      const condition = conditionOf(run, before.get(path));
      const options = { ...(condition ? { condition } : {}), signal: engine.signal };
      const outcome = await putSpooled(place.store, place.dir + path, spooled, options);
      if (!outcome.written) await judgeRefusal(run, path, spooled);
      return { path, size: spooled.size, sha256: spooled.sha256 };
    },
  };
}

function conditionOf(run: BackupRun, etag: string | undefined): Condition | undefined {
  if (!run.place.store.capabilities.conditionalWrites) return undefined;
  return etag === undefined ? { ifNoneMatch: '*' } : { ifMatch: etag };
}

/** Our own bytes there mean that only the answer was lost. */
async function judgeRefusal(run: BackupRun, path: string, spooled: Spooled): Promise<void> {
  const key = run.place.dir + path;
  if ((await digestOf(run.place.store, key, run.engine.signal))?.sha256 === spooled.sha256) return;
  await run.ledger.assertOwned();
  throw new OperatorError(
    'StoreError',
    `${key} in ${run.place.store.label} was changed by something else while this run wrote its backup. ` +
      'The backup was not finished; find out what writes there, then run again.',
  );
}
