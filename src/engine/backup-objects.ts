// SPDX-License-Identifier: Apache-2.0
// The manifest's lists of objects, made from one last listing of everything below binlogs/: what is listed there must be
// exactly what was planned, so that Milvus, which imports whatever lies in a folder, will import just that.
import { OperatorError } from '../base/error.ts';
import { writeObjectParts } from '../format/manifest-parts.ts';
import type { Manifest, ManifestObject } from '../format/manifest.ts';
import { binlogsFolder } from '../format/paths.ts';
import { once, type Head } from './backup-documents.ts';
import type { DocumentWriter } from './backup-writer.ts';
import type { BackupRun } from './backup-run.ts';

export type ObjectLists = Manifest['objects'];

export async function writeObjectLists(
  run: BackupRun,
  writer: DocumentWriter,
  heads: readonly Head[],
): Promise<ObjectLists> {
  const lists: ObjectLists = { parts: [], count: 0, bytes: 0 };
  for await (const { part, body, bytes } of writeObjectParts(listedObjects(run))) {
    await writer.put(part.path, await run.spool.write(part.path, once(body)));
    lists.parts.push(part);
    lists.count += part.lines;
    lists.bytes += bytes;
  }
  assertPlanned(run, heads, lists);
  return lists;
}

async function* listedObjects(run: BackupRun): AsyncGenerator<ManifestObject> {
  const { place, engine, checksums } = run;
  for await (const entry of place.store.list(place.dir + binlogsFolder, {}, engine.signal)) {
    if (entry.kind !== 'object') continue;
    const key = entry.key.slice(place.dir.length);
    const listed = entry.contentHash === undefined ? undefined : `md5:${entry.contentHash}`;
    const checksum = checksums.get(key) ?? listed;
    yield { key, size: entry.size, ...(checksum === undefined ? {} : { checksum }) };
  }
}

function assertPlanned(run: BackupRun, heads: readonly Head[], lists: ObjectLists): void {
  const objects = heads.reduce((sum, h) => sum + h.objects, 0);
  const bytes = heads.reduce((sum, h) => sum + h.bytes, 0);
  if (objects === lists.count && bytes === lists.bytes) return;
  throw new OperatorError(
    'ObjectMissing',
    `${run.place.dir}${binlogsFolder} of ${run.place.store.label} lists ${lists.count} objects with ${lists.bytes} bytes, ` +
      `but ${objects} with ${bytes} were planned and proven. Something else writes or removes there; the backup was not finished.`,
  );
}
