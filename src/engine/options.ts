// SPDX-License-Identifier: Apache-2.0
// What a caller may ask of each operation. Names follow the custom resources; cmd translates flags into these.
import type { RunIdentity } from './engine.ts';

/** Globs over `db.collection`; see format/selection.ts. Empty include: everything. */
export type SelectionOptions = { include: string[]; exclude: string[] };

export type CreateOptions = {
  run: RunIdentity;
  /** Checked by the name rules before anything is touched. */
  name: string;
  selection: SelectionOptions;
  /** Databases named without any collection (`db.` in the established tool's filter). */
  databasesOnly: string[];
  scope: 'Full' | 'MetadataOnly';
  flush: 'Auto' | 'Serial' | 'Skip';
  gcPause: 'BestEffort' | 'Off';
  verify: 'Standard' | 'Checksum';
  onCollectionError: 'Fail' | 'Skip';
};

export type RestoreOptions = {
  run: RunIdentity;
  name: string;
  /** Over the names in the backup. */
  selection: SelectionOptions;
  /** Over the names after renaming (the established tool's --filter at restore). */
  targetSelection: SelectionOptions;
  rename: { databases: Record<string, string>; collections: Record<string, string>; suffix: string };
  /** Drop: what stands there goes, once what takes its place is whole. */
  existing: 'Fail' | 'Skip' | 'Drop';
  /** With Drop: the digest of what may go. Anything else is refused; left out: whatever stands there may. */
  confirmedDrops?: string;
  /** The established tool's flag: import into what stands there. */
  skipCreateCollection: boolean;
  dropExistIndex: boolean;
  scope: 'Full' | 'MetadataOnly';
  indexes: 'AsInBackup' | 'AutoIndex' | 'None';
  load: 'AsInBackup' | 'All' | 'None';
  aliases: boolean;
  properties: boolean;
  allowPartial: boolean;
  versionCheck: 'Strict' | 'Warn';
  verify: 'Imported' | 'Count';
  onFailure: 'Keep' | 'RemoveCreated';
  dryRun: boolean;
};

/**
 * With `runId` only a backup of that run; what another has put there since is left alone. `madeBy` is that run where it is
 * another one than the one that asks; Nobody: no run of ours, but the established tool.
 */
export type DeleteOptions = { name: string; runId?: string; madeBy?: string };
/** One side alone, or everything that a backup needs. `readOnly`: nothing is written, not even a probe. */
export type CheckOptions = { only?: 'Instance' | 'Storage'; readOnly: boolean };
export type VerifyOptions = { name: string; mode: 'Standard' | 'Checksum' };
/**
 * Removes what an ended or canceled run left: `data` also removes the unfinished backup itself. `of` says what it was, and
 * spares looking into the other's bucket.
 */
export type CleanupOptions = { runId: string; name?: string; data: boolean; of?: 'Backup' | 'Restore' };
