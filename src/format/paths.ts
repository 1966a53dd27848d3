// SPDX-License-Identifier: Apache-2.0
// Where things lie in a backup and in the target bucket of a restore (docs/backup-format.md 1). Keys are plain texts
// with `/`; a folder ends with it. Keys inside a backup are relative to its folder unless said otherwise.
import { OperatorError } from '../base/error.ts';
import { elementProblem, folder } from './guards.ts';

/** Relative to the backup's folder; in the order in which they are written, `full` last: it is the commit. */
export const metaFiles = {
  backup: 'meta/backup_meta.json',
  collection: 'meta/collection_meta.json',
  partition: 'meta/partition_meta.json',
  segment: 'meta/segment_meta.json',
  full: 'meta/full_meta.json',
} as const;

export const metaFolder = 'meta/';
export const binlogsFolder = 'binlogs/';

/** Everything of ours in a backup: nothing of it may lie below `binlogs/`, which Milvus imports as it stands. */
export const ownFolder = 'milvusbackup.dev/';

export const ownFiles = {
  ledger: `${ownFolder}ledger.json`,
  manifest: `${ownFolder}manifest.json`,
  deleting: `${ownFolder}deleting.json`,
} as const;

/** Part `number` (from 1) of the manifest's object list. */
export function objectsPartKey(number: number): string {
  return `${ownFolder}objects-${String(number).padStart(5, '0')}.ndjson`;
}

/** The plan of one collection while its backup runs. */
export function planKey(collectionId: bigint): string {
  return `${ownFolder}plan/${collectionId}.json`;
}

/** The folder of the backup `name` below `root`, with its trailing slash: a clean join of both. */
export function backupDir(root: string, name: string): string {
  const problem = elementProblem(name);
  if (problem !== undefined) {
    throw new OperatorError('InvalidConfiguration', `the backup name ${JSON.stringify(name)} ${problem}`);
  }
  return `${rootDir(root)}${name}/`;
}

/** The folder below which the backups lie; '' when they lie at the top of the bucket. */
export function rootDir(root: string): string {
  if (root.split('/').includes('..')) {
    throw new OperatorError('InvalidConfiguration', `the prefix ${JSON.stringify(root)} may not hold '..'`);
  }
  return folder(root);
}

/** One log of a segment. */
export type LogRef = {
  collection: bigint;
  /** -1: deletes of all partitions. */
  partition: bigint;
  segment: bigint;
  log: bigint;
} & ({ kind: 'insert'; field: bigint } | { kind: 'delta' });

/** `group_id` as this version writes it: the segment's own id, but 0 where there is no partition (1.1). */
export function groupOf(partition: bigint, segment: bigint): bigint {
  return partition === -1n ? 0n : segment;
}

/**
 * The key of a log in a backup. `group` comes from the meta of a backup of others; ours is `groupOf`.
 * Deletes of partition -1 have no group element.
 */
export function binlogKey(ref: LogRef, group: bigint = groupOf(ref.partition, ref.segment)): string {
  const dir = groupDir(ref.kind, { ...ref, group });
  return ref.kind === 'insert'
    ? `${dir}${ref.segment}/${ref.field}/${ref.log}`
    : `${dir}${ref.segment}/${ref.log}`;
}

/** Where a group's logs lie; the folders that are handed to Milvus for import. `undefined`: the whole partition. */
export function groupDir(
  kind: LogRef['kind'],
  at: { collection: bigint; partition: bigint; group?: bigint | undefined },
): string {
  const dir = `${binlogsFolder}${kind}_log/${at.collection}/${at.partition}/`;
  const ungrouped = at.group === undefined || (kind === 'delta' && at.partition === -1n);
  return ungrouped ? dir : `${dir}${at.group}/`;
}

/** Where the deletes of an L0 segment lie, of one partition or of all: right only while group = segment (1.2). */
export function l0Dir(at: { collection: bigint; partition: bigint; segment: bigint }): string {
  return `${binlogsFolder}delta_log/${at.collection}/${at.partition}/${at.segment}/`;
}

/** What the restore of run `runId` keeps in the target bucket, outside of Milvus's root path. */
export function restoreKeys(runId: string): { folder: string; ledger: string; stage: string } {
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/.test(runId)) {
    const what = `the run id ${JSON.stringify(runId)} may hold only letters, digits, '-' and '_', at most 128`;
    throw new OperatorError('InvalidConfiguration', what);
  }
  const dir = `${restoresFolder}${runId}/`;
  return { folder: dir, ledger: `${dir}ledger.json`, stage: `${dir}stage/` };
}

/** Holds one folder for each restore that ran into this bucket. */
export const restoresFolder = `${ownFolder}restores/`;
