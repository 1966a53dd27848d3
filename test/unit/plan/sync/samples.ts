// SPDX-License-Identifier: Apache-2.0
// Buckets as a listing tells of them, and objects as they stand after they were made.
import type { MilvusBackup, MilvusBackupStorage } from '../../../../src/api/index.ts';
import { folderHash } from '../../../../src/contract/folder-hash.ts';
import type { NewBackup } from '../../../../src/plan/desired.ts';
import type { Entry, Listing } from '../../../../src/plan/sync/listing.ts';
import { backupOf, storageOf } from '../job-samples.ts';

export const digest = 'd'.repeat(64);

export function syncingStorage(
  sync: Partial<MilvusBackupStorage['spec']['sync']> = {},
  more: Partial<MilvusBackupStorage['spec']> = {},
): MilvusBackupStorage {
  return storageOf({ sync: { mode: 'Import', interval: '1h', maxObjects: 500, ...sync }, ...more });
}

/** The first name is the newest. */
export function listingOfNames(names: readonly string[], over: Partial<Listing> = {}): Listing {
  const entries = names.map((name): Entry => ({ name, madeBy: 'run-1', instance: 'milvus', rows: 3 }));
  const folders = names.map(folderHash);
  return { entries, folders, found: names.length, incomplete: 0, leftOut: 0, ...over };
}

/** As the server returns it, before anything was said of it. */
export function stored({ metadata, spec }: NewBackup): MilvusBackup {
  const sample = backupOf({ ...spec }, metadata.name);
  return {
    ...sample,
    metadata: { ...sample.metadata, ...metadata, uid: `uid-of-${metadata.name}` },
    status: { observedGeneration: -1 },
  };
}

/** One that a run of this cluster has made. */
export function ownBackup(name: string, backupName: string, storageFingerprint: string): MilvusBackup {
  const sample = backupOf({ backupName }, name);
  const attempts = [{ number: 1, jobName: `${name}-1`, endTime: '2026-01-01T00:00:00Z' }];
  const status = {
    phase: 'Succeeded',
    completionTime: '2026-01-01T00:00:00Z',
    backupName,
    storageFingerprint,
  };
  return {
    ...sample,
    metadata: { ...sample.metadata, uid: `uid-of-${name}` },
    status: { ...status, attempts },
  };
}
