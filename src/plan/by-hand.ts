// SPDX-License-Identifier: Apache-2.0
// How to get a backup back when this operator, or its cluster, is no more: one line that a person can type.
import type { MilvusBackup, MilvusBackupStorage } from '../api/index.ts';
import { backupNameOf } from './names.ts';
import { placeOf } from './place.ts';

/**
 * The command, for `status.restoreCommand`. It says where the backup lies; which Milvus it goes to and both logins stand
 * in the backup.yaml of whoever types it, or in variables of the environment: no secret is part of it.
 */
export function restoreCommand(
  backup: MilvusBackup,
  storage: Pick<MilvusBackupStorage, 'spec'>,
  about: { isPartial?: boolean } = {},
): string {
  const { provider, address, port, region, useSSL, addressing, bucketName, rootPath } = placeOf(
    storage.spec,
    storage.spec.prefix,
  );
  const where: Record<string, string> = {
    provider,
    address,
    ...(address === '' ? {} : { port: String(port) }),
    ...(region === '' ? {} : { region }),
    useSSL: String(useSSL),
    ...(addressing === 'Auto' ? {} : { addressing }),
    bucketName,
    rootPath,
  };
  return [
    'milvus-backup restore --config backup.yaml',
    `--name ${backup.status.backupName ?? backupNameOf(backup)}`,
    ...(about.isPartial ? ['--allow-partial'] : []),
    ...Object.entries(where).map(([key, value]) => `--set ${quoted(`backup.storage.${key}=${value}`)}`),
  ].join(' ');
}

/** As a shell takes it for one word. */
function quoted(word: string): string {
  return /^[-\w.,:=/@%+]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
