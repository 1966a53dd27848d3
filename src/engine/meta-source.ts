// SPDX-License-Identifier: Apache-2.0
import { OperatorError } from '../base/error.ts';
import type { BackupFolder } from './catalog.ts';
import type { Engine } from './engine.ts';

/** One file of a backup as a stream; opened when it is first read. Throws BackupUnreadable if it is not there. */
export async function* metaChunks(
  engine: Engine,
  { store, dir }: BackupFolder,
  file: string,
): AsyncGenerator<Uint8Array> {
  const found = await store.get(dir + file, {}, engine.signal);
  if (!found) {
    throw new OperatorError(
      'BackupUnreadable',
      `${dir}${file} is not in ${store.label}: the backup is damaged, or somebody removes it`,
    );
  }
  for await (const chunk of found.body) yield chunk as Uint8Array;
}
