// SPDX-License-Identifier: Apache-2.0
// Milvus imports and removes what lies below its root path, so nothing of a backup may be it, hold it or lie within it,
// and nothing there is ever deleted by us.
import { OperatorError } from '../base/error.ts';
import type { Config, StorageConfig } from '../contract/config.ts';
import { overlaps } from '../format/guards.ts';

/**
 * What is wrong with keeping backups below `dir` of the backup bucket, or undefined. Two addresses may be two names of
 * one server: `destructive` therefore goes by the bucket's name alone, where an error would cost data.
 */
export function overlapProblem(config: Config, dir: string, destructive: boolean): string | undefined {
  const milvus = config.milvus.storage;
  const backup = config.backup.storage;
  const isSame = destructive ? milvus.bucketName === backup.bucketName : isSameBucket(milvus, backup);
  if (!isSame || !overlaps(milvus.rootPath, dir)) return undefined;
  return (
    `${JSON.stringify(dir)} and Milvus's root path ${JSON.stringify(milvus.rootPath)} overlap in bucket ${backup.bucketName}: ` +
    'Milvus imports and removes what lies below its root path'
  );
}

function isSameBucket(one: StorageConfig, other: StorageConfig): boolean {
  const place = ({ address, port, bucketName }: StorageConfig): string =>
    `${address.toLowerCase()}:${port}/${bucketName}`;
  return place(one) === place(other);
}

/** Throws InvalidConfiguration if the prefix of all backups overlaps Milvus's root path. */
export function assertPrefixApart(config: Config): void {
  const problem = overlapProblem(config, config.backup.storage.rootPath, false);
  if (problem === undefined) return;
  throw new OperatorError(
    'InvalidConfiguration',
    `${problem}. Choose a backup.storage.rootPath outside of it, or another bucket.`,
  );
}

/** Throws InvalidConfiguration if deleting what lies below `dir` could touch Milvus's own data. */
export function assertDeletable(config: Config, dir: string): void {
  const problem = overlapProblem(config, dir, true);
  if (problem === undefined) return;
  throw new OperatorError('InvalidConfiguration', `${problem}. Nothing below ${dir} was deleted.`);
}
