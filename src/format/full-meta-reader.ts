// SPDX-License-Identifier: Apache-2.0
// Reads full_meta.json as a stream. The file names its collections before its size, version and format, so the header
// comes last.
import { checkHeader, createCollectionCheck } from './consistency.ts';
import { decode } from './codec.ts';
import { parseJson } from './json.ts';
import { backupScalarsMessage, type BackupScalars } from './messages.ts';
import type { BackupMeta } from './meta.ts';
import { MetaMachine } from './meta-machine.ts';
import type { ReadBackup, ReadCollection, ReadOptions } from './read-model.ts';
import { backupRole, type Role } from './roles.ts';
import { createTokenizer } from './tokens.ts';

export type FullMetaItem =
  | { kind: 'collection'; collection: ReadCollection }
  /** Exactly once, at the end. A reader that stops before has not seen whether the file is whole. */
  | { kind: 'header'; header: BackupMeta };

/** Yields each collection when it is complete and the header last; anything wrong is BackupUnreadable. */
export async function* readFullMeta(
  chunks: AsyncIterable<Uint8Array>,
  options: ReadOptions,
): AsyncGenerator<FullMetaItem> {
  const check = createCollectionCheck(options.file);
  for await (const [role, message] of readMessages(chunks, backupRole, options)) {
    if (role === backupRole) {
      const header = message as BackupMeta;
      checkHeader(header, options.file);
      yield { kind: 'header', header };
    } else {
      const collection = message as ReadCollection;
      check(collection);
      yield { kind: 'collection', collection };
    }
  }
}

/** Reads all of it; with `segments: 'summary'` that is small however many binlogs there are. */
export async function collectFullMeta(
  chunks: AsyncIterable<Uint8Array>,
  options: ReadOptions,
): Promise<ReadBackup> {
  const collections: ReadCollection[] = [];
  let header: BackupMeta | undefined;
  for await (const item of readFullMeta(chunks, options)) {
    if (item.kind === 'collection') collections.push(item.collection);
    else header = item.header;
  }
  return { header: header as BackupMeta, collections };
}

/** Reads backup_meta.json, which is small: what `list` shows of a backup. Does not judge its format. */
export function readBackupMeta(content: string, file: string): BackupScalars {
  return decode(backupScalarsMessage, parseJson(content, file), file);
}

/** The messages in the lists of a file's root as they complete, then the root itself. */
export async function* readMessages(
  chunks: AsyncIterable<Uint8Array>,
  root: Role,
  options: ReadOptions,
): AsyncGenerator<[Role, object]> {
  let ready: [Role, object][] = [];
  const machine = new MetaMachine(root, options, (role, message) => ready.push([role, message]));
  const tokenizer = createTokenizer(options.file, (token) => {
    machine.take(token);
  });
  for await (const chunk of chunks) {
    tokenizer.write(chunk);
    yield* ready;
    ready = [];
  }
  tokenizer.end();
  yield* ready;
}
