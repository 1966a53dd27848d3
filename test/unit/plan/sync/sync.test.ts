// SPDX-License-Identifier: Apache-2.0
// When a bucket is listed, what follows from how that ended, and what a crash in between changes: nothing.
import { describe, expect, it } from 'vitest';
import type { MilvusBackup, MilvusBackupStorage } from '../../../../src/api/index.ts';
import { folderHash, joinHashes } from '../../../../src/contract/folder-hash.ts';
import { createListDigest, encodeEvent } from '../../../../src/contract/protocol.ts';
import type { ListName } from '../../../../src/contract/event.ts';
import { planStorage, refusedStorage, wantedForStorage } from '../../../../src/plan/decisions.ts';
import type { ObservedStorage } from '../../../../src/plan/observed.ts';
import { fingerprint } from '../../../../src/plan/jobs.ts';
import type { PodTemplate } from '../job-samples.ts';
import { Model } from '../model.ts';
import { ownBackup, stored, syncingStorage } from './samples.ts';

const minute = 60_000;
const here = fingerprint(syncingStorage());

class Bucket extends Model<MilvusBackupStorage> {
  own: MilvusBackup[] = [];

  constructor(storage = syncingStorage()) {
    super(
      storage,
      {
        wanted: (o) => wantedForStorage(o as ObservedStorage),
        plan: (o) => planStorage(o as ObservedStorage),
        refused: (o, refusal) => refusedStorage(o as ObservedStorage, refusal),
      },
      () => ({ instances: [], backups: [...this.own, ...[...this.backups.values()].map(stored)] }),
    );
  }

  settle(): this {
    for (let i = 0; i < 20; i++) {
      this.controlJobs();
      // What is to be asked for first is looked at again at once.
      if (this.reconcile() === 0 && this.requeueAt !== this.now + 1) return this;
    }
    throw new Error('it does not settle');
  }

  jobsOf(letter: string): string[] {
    return this.made.filter((name) => new RegExp(`-${letter}\\d+$`).test(name));
  }

  /** Runs its check, after which it may list. */
  check(): this {
    this.settle();
    const pod = this.podOf(this.jobsOf('k').at(-1)!);
    this.startPod(pod);
    this.tell(pod, { isWritable: true, backups: { count: 1, bytes: 1 } }, 0);
    return this.settle();
  }

  /** Ends the listing that is at work as if the bucket held these, the newest first. */
  tellNames(names: string[], { damaged = false, kept = true } = {}): this {
    const pod = this.podOf(this.jobsOf('s').at(-1)!);
    this.startPod(pod);
    const lists: Partial<Record<ListName, { count: number; sha256: string }>> = {};
    let log = '';
    const say = (list: ListName, items: Record<string, unknown>[]): void => {
      const digest = createListDigest();
      for (const item of items) {
        const line = encodeEvent({ event: 'item', list, item });
        digest.add(line);
        log += `${line}\n`;
      }
      if (items.length > 0) lists[list] = digest.value();
    };
    if (names.length > 0) say('folders', [{ hashes: joinHashes(names.map(folderHash)) }]);
    say(
      'backups',
      names.map((name) => ({ name, state: 'Complete', madeBy: 'run-1' })),
    );
    if (kept) this.logs.set(pod.metadata.name, damaged ? log.split('\n').slice(1).join('\n') : log);
    this.tell(pod, { lists, inventory: { found: names.length, incomplete: 0, leftOut: 0 } }, 0);
    return this;
  }

  synced(): string {
    const found = this.object!.status.conditions?.find(({ type }) => type === 'Synced');
    return found ? `${found.status}/${found.reason}` : 'none';
  }

  names(): string[] {
    return [...this.backups.keys()].sort();
  }
}

describe('a storage that imports', () => {
  it('is listed once its check has found it Ready, and by its interval', () => {
    const bucket = new Bucket();
    bucket.settle();
    expect(bucket.jobsOf('s')).toEqual([]);
    bucket.check();
    expect(bucket.jobsOf('s')).toHaveLength(1);
    bucket.tellNames(['a', 'b']).settle();
    expect(bucket.synced()).toBe('True/Completed');
    expect(bucket.object!.status.sync).toMatchObject({
      found: 2,
      imported: 2,
      lastTime: '2026-01-02T00:00:00Z',
    });
    expect(bucket.names()).toEqual(['a', 'b']);
    expect(bucket.news).toEqual(['Normal Completed', 'Normal Completed']);
    bucket.now += 59 * minute;
    bucket.settle();
    expect(bucket.jobsOf('s')).toHaveLength(1);
    bucket.now += minute;
    bucket.settle();
    expect(bucket.jobsOf('s')).toHaveLength(2);
  });

  it('asks for what fits: maxObjects beside its own, and no older than since', () => {
    const bucket = new Bucket(syncingStorage({ maxObjects: 7, since: '24h' }));
    bucket.own = [ownBackup('own', 'own_1', here)];
    bucket.check();
    const job = bucket.jobs.get(bucket.jobsOf('s')[0]!)!;
    const { args } = (job.spec['template'] as PodTemplate).spec.containers[0];
    expect(args.slice(args.indexOf('--newest'))).toEqual([
      '--newest',
      '8',
      '--since',
      '2026-01-01T00:00:00Z',
      '--run-id',
      bucket.object!.metadata.uid,
    ]);
  });

  it('does nothing while it is Off, and stops a listing that it turns Off', () => {
    const off = new Bucket(syncingStorage({ mode: 'Off' })).check();
    expect(off.jobsOf('s')).toEqual([]);
    const bucket = new Bucket().check();
    bucket.object!.spec.sync.mode = 'Off';
    bucket.object!.metadata.generation++;
    bucket.settle();
    expect([...bucket.jobs.keys()].filter((name) => bucket.jobsOf('s').includes(name))).toEqual([]);
    expect(bucket.synced()).toBe('none');
  });

  it('is listed at once when the spec changes, 0s never again by itself', () => {
    const bucket = new Bucket(syncingStorage({ interval: '0s' })).check().tellNames([]).settle();
    bucket.now += 100 * 60 * minute;
    // The check has its own interval.
    bucket.check();
    expect(bucket.jobsOf('s')).toHaveLength(1);
    bucket.now += minute;
    bucket.object!.spec.sync.token = 'now';
    bucket.object!.metadata.generation++;
    bucket.check();
    expect(bucket.jobsOf('s')).toHaveLength(2);
    bucket.tellNames([]).settle();
    expect(bucket.object!.status.sync?.token).toBe('now');
  });

  it.each([
    ['its list is damaged', { damaged: true }],
    ['its log is gone', { kept: false }],
  ])('[FM-34] makes and removes nothing when %s, and lists again', (_name, how) => {
    const bucket = new Bucket().check().tellNames(['a']).settle();
    bucket.now += 60 * minute;
    bucket.check();
    bucket.tellNames(['b'], how).settle();
    expect(bucket.synced()).toBe('False/ResultUnreadable');
    expect(bucket.names()).toEqual(['a']);
    expect(bucket.object!.status.sync).toMatchObject({ found: 1, imported: 1 });
    expect(bucket.object!.status.conditions).toContainEqual(
      expect.objectContaining({ type: 'Ready', status: 'True' }),
    );
    bucket.now += 30_000;
    bucket.settle().tellNames(['b']).settle();
    expect(bucket.synced()).toBe('True/Completed');
    expect(bucket.names()).toEqual(['b']);
  });

  it('[FM-34] removes an object when its backup is gone, and does not make again what somebody deleted', () => {
    const bucket = new Bucket().check().tellNames(['a', 'b']).settle();
    bucket.backups.delete('a');
    bucket.now += 60 * minute;
    bucket.check();
    bucket.tellNames(['a']).settle();
    expect(bucket.names()).toEqual([]);
    expect(bucket.object!.status.sync).toMatchObject({ found: 1, imported: 0 });
  });

  it('is not checked anew for what was imported, whatever clock that was made by', () => {
    const bucket = new Bucket().check().tellNames(['a']).settle();
    const [made] = [...bucket.backups.values()].map(stored);
    made!.status = { phase: 'Succeeded', completionTime: '2027-01-01T00:00:00Z' };
    bucket.backups.clear();
    bucket.own = [made!];
    bucket.now += 10 * minute;
    bucket.settle();
    expect(bucket.jobsOf('k')).toHaveLength(1);
  });

  it('remembers a backup of its own as soon as it has ended', () => {
    const bucket = new Bucket().check().tellNames([]).settle();
    bucket.own = [ownBackup('own', 'own_1', here)];
    bucket.settle();
    expect(bucket.object!.status.sync?.seen).toHaveLength(8);
    bucket.own = [];
    bucket.now += 60 * minute;
    bucket.check();
    bucket.tellNames(['own_1']).settle();
    expect(bucket.names()).toEqual([]);
  });

  it('comes to the same wherever the operator dies', () => {
    for (let writes = 0; writes < 6; writes++) {
      const bucket = new Bucket().check().tellNames(['a', 'b', 'C']);
      bucket.controlJobs();
      bucket.reconcile({ writes });
      bucket.settle();
      expect(bucket.names()).toEqual(['a', 'b', expect.stringMatching(/^c-/)]);
      expect(bucket.object!.status.sync).toMatchObject({ found: 3, imported: 3 });
      expect(bucket.object!.status.sync!.seen).toHaveLength(24);
    }
  });

  it('says that its Job was refused, stays Ready, and asks again', () => {
    const bucket = new Bucket();
    bucket.settle();
    const pod = bucket.podOf(bucket.jobsOf('k')[0]!);
    bucket.startPod(pod);
    bucket.tell(pod, { isWritable: true }, 0);
    bucket.refusal = { status: 403, reason: 'Forbidden', message: 'exceeded quota: pods' };
    for (let i = 0; i < 6; i++) {
      bucket.controlJobs();
      bucket.reconcile();
    }
    expect(bucket.synced()).toBe('False/PodRefused');
    expect(bucket.jobsOf('s')).toEqual([]);
    bucket.refusal = undefined;
    bucket.now += 30_000;
    bucket.settle().tellNames([]).settle();
    expect(bucket.synced()).toBe('True/Completed');
  });

  it('gives up a listing that does not end', () => {
    const bucket = new Bucket().check();
    bucket.startPod(bucket.podOf(bucket.jobsOf('s')[0]!));
    bucket.now += 31 * minute;
    bucket.settle();
    expect(bucket.synced()).toBe('False/Unreachable');
  });
});
