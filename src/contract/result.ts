// SPDX-License-Identifier: Apache-2.0
// How a command ended: the termination message of a Job's pod, at most 4000 bytes, and the exit code.
import type { Reason } from '../base/reason.ts';
import type { ListName, Warning } from './event.ts';

export type Outcome = 'Succeeded' | 'PartiallyFailed' | 'Failed';

export type CollectionFailure = { name: string; reason: Reason; message: string };

/** A list that was said on stdout as `item` events: how many, and the SHA-256 over their lines, newline after each. */
export type ListDigest = { count: number; sha256: string };

export type Result = {
  v: 1;
  command: string;
  outcome: Outcome;
  reason: Reason;
  /** At most 512 characters. */
  message: string;
  runId?: string;
  attempt?: number;
  backupName?: string;
  /** Of the backup: its folder below the bucket, with a trailing slash. */
  path?: string;
  /** SHA-256 in hex of milvusbackup.dev/manifest.json. */
  manifestDigest?: string;
  collections?: { total: number; succeeded: number; dropped: number; skipped: number; failed: number };
  failures?: CollectionFailure[];
  /** What was not counted is left out. */
  rows?: { planned?: number; imported?: number; live?: number };
  /** Of a restore that only looked: nothing was touched. */
  dryRun?: boolean;
  /** What such a restore would drop: how many collections, and the digest of drops.ts. */
  drops?: ListDigest;
  size?: { bytes: number; objects: number };
  milvusVersion?: string;
  /** Version of our manifest; left out for a backup without one. */
  formatVersion?: string;
  engineVersion: string;
  /** Hybrid timestamp as decimal text. */
  consistencyTimestamp?: string;
  /** RFC 3339. */
  startTime?: string;
  endTime?: string;
  warnings?: Warning[];
  /** Import jobs that Milvus goes on with although the run was ended: they cannot be recalled. */
  runningImports?: string[];
  lists?: Partial<Record<ListName, ListDigest>>;
  /** Of check: whether Milvus writes where the configuration says; left out where it could not be asked. */
  storageMatches?: 'True' | 'False' | 'Unknown';
  /** Of check: whether backups can be written; left out where that was not tried. */
  isWritable?: boolean;
  /** Of check: complete backups in their store, and the bytes they say that they take. */
  backups?: { count: number; bytes: number };
  /** Of list --newest: complete backups, others of ours or of the established tool, and complete ones that are not listed. */
  inventory?: { found: number; incomplete: number; leftOut: number };
};
