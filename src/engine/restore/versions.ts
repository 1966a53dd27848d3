// SPDX-License-Identifier: Apache-2.0
// Which backups may be restored into which servers. The matrix is that of the established tool, and 2.2 and 2.3 into 2.3
// besides, which is tested on a real 2.3.5. Never into an older line: its reader does not know the newer files.
import type { Features, Version } from '../../milvus/features.ts';
import { fullName, type SourceCollection } from './source-collection.ts';

const linesFrom: Readonly<Record<string, readonly string[]>> = {
  '2.2': ['2.3', '2.4', '2.5', '2.6'],
  '2.3': ['2.3', '2.4', '2.5', '2.6'],
  '2.4': ['2.4', '2.5', '2.6'],
  '2.5': ['2.5', '2.6'],
  '2.6': ['2.6'],
};

export type VersionPair = {
  /** As written in the backup and as told by the server, for messages. */
  backup: string;
  server: string;
  from: Version | undefined;
  to: Version;
};

/** Why this pair is refused, or undefined. */
export function versionProblem(pair: VersionPair): string | undefined {
  if (!pair.from) {
    return `the backup does not say which Milvus it was taken from (milvus_version is "${pair.backup}")`;
  }
  const lines = linesFrom[lineOf(pair.from)];
  if (!lines) return `backups of Milvus ${pair.backup} are not known to this version`;
  if (lines.includes(lineOf(pair.to))) return undefined;
  return (
    `a backup of Milvus ${pair.backup} cannot be restored into Milvus ${pair.server}: ` +
    `it can be restored into ${lines.join(', ')}`
  );
}

const float16Vector = 102;

/** Why a server of these features cannot import a collection's data, up to the server's name; or undefined. */
export function importProblem(source: SourceCollection, features: Features): string | undefined {
  const field = source.meta.schema.fields.find((f) => f.data_type === float16Vector);
  if (!field || features.importFloat16) return undefined;
  return `the field ${field.name} of ${fullName(source)} is a Float16Vector, which can be stored but not imported by`;
}

function lineOf([major, minor]: Version): string {
  return `${major}.${minor}`;
}
