// SPDX-License-Identifier: Apache-2.0
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MilvusBackup, MilvusBackupStorage } from '../../../../src/api/index.ts';
import { folderHash } from '../../../../src/contract/folder-hash.ts';
import { fingerprint } from '../../../../src/plan/jobs.ts';
import { importedOf } from '../../../../src/plan/sync/imported.ts';
import { judgeListing, type Judgement } from '../../../../src/plan/sync/judge.ts';
import { mostSeen } from '../../../../src/plan/sync/seen.ts';
import { storageOf } from '../job-samples.ts';
import { listingOfNames, ownBackup, stored, syncingStorage } from './samples.ts';

const here = fingerprint(syncingStorage());

function named({ make }: Judgement): (string | undefined)[] {
  return make.map(({ spec }) => spec.backupName);
}

/** What stands after it was done. */
function after(
  storage: MilvusBackupStorage,
  { make, remove, status }: Judgement,
  before: readonly MilvusBackup[] = [],
): { storage: MilvusBackupStorage; backups: MilvusBackup[] } {
  const gone = new Set(remove.map(({ uid }) => uid));
  const backups = [...before.filter(({ metadata }) => !gone.has(metadata.uid)), ...make.map(stored)];
  return { storage: { ...storage, status: { ...storage.status, sync: status } }, backups };
}

describe('what a listing leads to', () => {
  it('is an object for each backup, that says where it is and whose', () => {
    const { make, status } = judgeListing(syncingStorage(), listingOfNames(['nightly_1', 'Weekly']), []);
    expect(make[0]).toEqual({
      apiVersion: 'milvusbackup.dev/v1alpha1',
      kind: 'MilvusBackup',
      metadata: {
        name: 'nightly-1',
        namespace: 'team',
        annotations: { 'milvusbackup.dev/imported': expect.any(String) },
      },
      spec: {
        instanceRef: { name: 'milvus' },
        storageRef: { name: 'store' },
        backupName: 'nightly_1',
        deletionPolicy: 'Retain',
      },
    });
    expect(importedOf(stored(make[0]!))).toEqual({
      path: 'team/nightly_1/',
      fingerprint: here,
      madeBy: 'run-1',
      instance: 'milvus',
      rows: 3,
    });
    expect(make[1]!.metadata.name).toMatch(/^weekly-[0-9a-f]{8}$/);
    expect(status).toMatchObject({ found: 2, imported: 2, incomplete: 0, leftOut: 0 });
  });

  it('says of the established tool that its instance is not known, and lies at the top where there is no prefix', () => {
    const listing = listingOfNames([], {
      entries: [{ name: 'tool' }],
      folders: [folderHash('tool')],
      found: 1,
    });
    const [made] = judgeListing(syncingStorage({}, { prefix: '' }), listing, []).make;
    expect(made!.spec.instanceRef).toEqual({ name: 'unknown' });
    expect(importedOf(stored(made!))).toMatchObject({ path: 'tool/' });
  });

  it('carries the UID of the schedule that asked, by which that schedule keeps and forgets it', () => {
    const scheduleUID = '3f2a9c1b-7d41-4c55-9a2e-0c5b6d7e8f90';
    const entries = [{ name: 'nightly_1', schedule: 'nightly', scheduleUID }, { name: 'byhand' }];
    const { make } = judgeListing(
      syncingStorage(),
      { ...listingOfNames(['nightly_1', 'byhand']), entries },
      [],
    );
    expect(make.map(({ metadata }) => metadata.labels)).toEqual([
      { 'milvusbackup.dev/schedule-uid': scheduleUID },
      undefined,
    ]);
  });

  it('makes nothing twice, and nothing for what this namespace has made itself', () => {
    const own = ownBackup('nightly', 'nightly_1', here);
    const listing = listingOfNames(['nightly_1', 'theirs']);
    const first = judgeListing(syncingStorage(), listing, [own]);
    expect(named(first)).toEqual(['theirs']);
    const { storage, backups } = after(syncingStorage(), first, [own]);
    const second = judgeListing(storage, listing, backups);
    expect(second).toEqual({ make: [], remove: [], status: first.status });
  });

  it('knows a running backup of this namespace before anything stands in its status', () => {
    const pending = { ...ownBackup('nightly', 'nightly_1', here), status: {} };
    expect(judgeListing(syncingStorage(), listingOfNames(['nightly_1']), [pending]).make).toEqual([]);
  });

  it('[FM-34] does not bring back what somebody has deleted, theirs or own, until the token changes', () => {
    const own = ownBackup('nightly', 'nightly_1', here);
    const listing = listingOfNames(['nightly_1', 'theirs']);
    const { storage } = after(syncingStorage(), judgeListing(syncingStorage(), listing, [own]), [own]);
    expect(judgeListing(storage, listing, []).make).toEqual([]);
    const asked = { ...storage, spec: { ...storage.spec, sync: { ...storage.spec.sync, token: 'again' } } };
    const again = judgeListing(asked, listing, []);
    expect(named(again)).toEqual(['nightly_1', 'theirs']);
    const done = after(asked, again);
    expect(done.storage.status.sync?.token).toBe('again');
    // The same word, taken away and put back, is no news.
    expect(judgeListing(done.storage, listing, []).make).toEqual([]);
    const taken = { ...done.storage, spec: storage.spec };
    expect(after(taken, judgeListing(taken, listing, [])).storage.status.sync?.token).toBe('again');
  });

  it('[FM-34] removes what was imported from here and is gone, and nothing else', () => {
    const first = judgeListing(syncingStorage(), listingOfNames(['a', 'b']), []);
    const { storage, backups } = after(syncingStorage(), first);
    const own = ownBackup('own', 'own_1', here);
    const elsewhere = judgeListing(
      syncingStorage({}, { bucket: 'other' }),
      listingOfNames(['b']),
      [],
    ).make.map(stored);
    const foreign = elsewhere.map((one) => ({
      ...one,
      metadata: { ...one.metadata, name: 'b-elsewhere', uid: 'x' },
    }));
    const all = [...backups, own, ...foreign];
    const { remove, status } = judgeListing(storage, listingOfNames(['a']), all);
    expect(remove).toEqual([{ name: 'b', uid: 'uid-of-b' }]);
    expect(status.imported).toBe(1);
    expect(status.seen).toHaveLength(8);
    // A folder that is being deleted is still there.
    const going = listingOfNames(['a'], { folders: ['a', 'b'].map(folderHash), incomplete: 1 });
    expect(judgeListing(storage, going, all).remove).toEqual([]);
  });

  it('leaves an object alone that another storage of the namespace has made for the same place', () => {
    const twin = { ...storageOf(syncingStorage().spec, 'twin') };
    const first = judgeListing(syncingStorage(), listingOfNames(['a']), []);
    const backups = first.make.map(stored);
    expect(judgeListing(twin, listingOfNames(['a']), backups).make).toEqual([]);
    expect(judgeListing(twin, listingOfNames([]), backups).remove).toEqual([]);
  });

  it('takes another name where something else has it, and imports the same name from another bucket', () => {
    const own = ownBackup('theirs', 'mine', here);
    const [made] = judgeListing(syncingStorage(), listingOfNames(['theirs']), [own]).make;
    expect(made!.metadata.name).toMatch(/^theirs-[0-9a-f]{8}$/);
    const elsewhere = ownBackup('nightly', 'theirs', fingerprint(syncingStorage({}, { bucket: 'other' })));
    expect(named(judgeListing(syncingStorage(), listingOfNames(['theirs']), [elsewhere]))).toEqual([
      'theirs',
    ]);
  });

  it('[FM-34] makes the newest maxObjects of 5,000, and says how many are left out', () => {
    const names = Array.from({ length: 5000 }, (_, i) => `nightly_${5000 - i}`);
    const own = [ownBackup('own', 'nightly_5000', here)];
    const storage = syncingStorage({ maxObjects: 500 });
    const listed = listingOfNames(names);
    const listing = { ...listed, entries: listed.entries.slice(0, 501), leftOut: 4499 };
    const judgement = judgeListing(storage, listing, own);
    expect(named(judgement)).toEqual(names.slice(1, 501));
    expect(judgement.status).toMatchObject({ found: 5000, imported: 500, leftOut: 4499 });
    expect(judgement.status.seen).toHaveLength(501 * 8);
  });

  it('forgets the oldest where there are more than a status holds', () => {
    const names = Array.from({ length: mostSeen + 10 }, (_, i) => `n_${i}`);
    const { status } = judgeListing(syncingStorage({ maxObjects: names.length }), listingOfNames(names), []);
    expect(status.seen).toHaveLength(mostSeen * 8);
  });

  it('whatever comes and goes: each backup has one object at most, and none twice under one token', () => {
    const name = fc.integer({ min: 0, max: 9 }).map((i) => `n${i}`);
    const step = fc.oneof(
      fc.record({ kind: fc.constant('come' as const), name }),
      fc.record({ kind: fc.constant('go' as const), name }),
      fc.record({ kind: fc.constant('delete' as const), name }),
      fc.record({ kind: fc.constant('make' as const), name }),
      fc.record({ kind: fc.constant('sync' as const), name }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), (steps, maxObjects) => {
        let storage = syncingStorage({ maxObjects });
        let backups: MilvusBackup[] = [];
        const bucket = new Set<string>();
        /** Folders since they came, that had an object. */
        const had = new Set<string>();
        for (const { kind, name: folder } of steps) {
          if (kind === 'come') bucket.add(folder);
          if (kind === 'go') {
            bucket.delete(folder);
            backups = backups.filter(({ metadata }) => metadata.name !== `own-${folder}`);
          }
          if (kind === 'delete') backups = backups.filter(({ spec }) => spec.backupName !== folder);
          if (
            kind === 'make' &&
            !bucket.has(folder) &&
            !backups.some(({ spec }) => spec.backupName === folder)
          ) {
            bucket.add(folder);
            backups = [...backups, ownBackup(`own-${folder}`, folder, here)];
          }
          if (kind !== 'sync') continue;
          const listing = listingOfNames([...bucket].sort());
          const judgement = judgeListing(storage, listing, backups);
          for (const one of named(judgement)) {
            expect(bucket.has(one!)).toBe(true);
            expect(had.has(one!)).toBe(false);
            expect(backups.some(({ spec }) => spec.backupName === one)).toBe(false);
          }
          for (const { name: removed } of judgement.remove) expect(bucket.has(removed)).toBe(false);
          expect(judgement.make.length).toBeLessThanOrEqual(maxObjects);
          ({ storage, backups } = after(storage, judgement, backups));
          for (const one of had) if (!bucket.has(one)) had.delete(one);
          for (const { spec } of backups) if (bucket.has(spec.backupName!)) had.add(spec.backupName!);
          expect(judgeListing(storage, listing, backups)).toMatchObject({ make: [], remove: [] });
        }
      }),
      { numRuns: 300 },
    );
  });
});
