// SPDX-License-Identifier: Apache-2.0
// What the parts of one backup share while it runs.
import type { Reason } from '../base/reason.ts';
import type { Warning } from '../contract/event.ts';
import type { CollectionFailure } from '../contract/result.ts';
import type { BackupLedger } from '../format/ledger.ts';
import type { MilvusClient } from '../milvus/contract.ts';
import type { ObjectStore } from '../store/contract.ts';
import type { Engine } from './engine.ts';
import type { LedgerFile } from './ledger-file.ts';
import type { Spool } from './objects.ts';
import type { CreateOptions } from './options.ts';
import type { Tally } from './tally.ts';

/** Where a backup lies: `dir` is its folder in the bucket, with a trailing slash. */
export type BackupPlace = { store: ObjectStore; dir: string; name: string };

export type BackupRun = {
  engine: Engine;
  options: CreateOptions;
  place: BackupPlace;
  /** The store Milvus writes to and the root path in it. */
  source: ObjectStore;
  milvus: MilvusClient;
  ledger: LedgerFile<BackupLedger>;
  spool: Spool;
  tally: Tally;
  /** Checksums of objects whose ETag is no content hash, by key below the backup's folder; see store/proof.ts. */
  checksums: Map<string, string>;
  failures: CollectionFailure[];
  warned: Set<Reason>;
  warnings: Warning[];
  warn(warning: Warning): void;
};

/** Names a collection as people do. */
export function fullName(collection: { database?: string; db?: string; name: string }): string {
  return `${collection.database ?? collection.db ?? 'default'}.${collection.name}`;
}
