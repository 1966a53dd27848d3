// SPDX-License-Identifier: Apache-2.0
// Data that go by themselves: by ttl, by a mark, and what keeps them, delays them or stands in their way.
import { describe, expect, it } from 'vitest';
import type { MilvusBackup } from '../../../src/api/index.ts';
import type { Result } from '../../../src/contract/result.ts';
import { expiredBy } from '../../../src/plan/expiry.ts';
import { scheduleLabel } from '../../../src/plan/labels.ts';
import { restoreOf, storageOf } from './job-samples.ts';
import {
  backupModel,
  fail,
  finish,
  finishedBackup,
  hour,
  messageOf,
  minute,
  restoreModel,
  said,
  second,
  settle,
  start,
  suffixes,
  wait,
  type RunModel,
} from './run-model.ts';

type Model = RunModel<MilvusBackup>;
const whole: Partial<Result> = { manifestDigest: 'a'.repeat(64), size: { bytes: 10, objects: 2 } };

/** A success of which the data have been there for a while. */
function done(spec: Partial<MilvusBackup['spec']> = {}, result = whole): Model {
  const model = backupModel(spec);
  finish(model, result);
  model.now += minute;
  settle(model);
  return model;
}

function mark(model: Model, rule = 'noKeepRule'): void {
  const { metadata } = model.object!;
  metadata.annotations = { ...metadata.annotations, [expiredBy]: rule };
  model.touch();
  settle(model);
}

function change(model: Model, spec: Partial<MilvusBackup['spec']>): void {
  Object.assign(model.object!.spec, spec);
  model.object!.metadata.generation += 1;
  model.touch();
  settle(model);
}

/** As a schedule makes them. */
function ofSchedule(model: Model): Model {
  model.object!.metadata.labels = { [scheduleLabel]: 'a-schedule' };
  return model;
}

function phase({ object }: Model): string | undefined {
  return object?.status.phase;
}

function lastCommand(model: Model): string {
  const job = model.jobs.get(model.made.at(-1)!)!;
  const template = job.spec['template'] as { spec: { containers: { args: string[] }[] } };
  const { args } = template.spec.containers[0]!;
  return `${args[0]}${args.includes('--data') ? ' --data' : ''}`;
}

describe('a backup with ttl', () => {
  it('says when it expires, from the moment it is done', () => {
    const model = backupModel({ ttl: '24h' });
    finish(model, whole);
    const { completionTime, expirationTime } = model.object!.status;
    expect(Date.parse(expirationTime!) - Date.parse(completionTime!)).toBe(24 * hour);
    expect(phase(model)).toBe('Succeeded');
  });

  it('keeps its data until then, and is looked at again by then', () => {
    const model = done({ ttl: '50m' });
    expect(model.requeueAt).toBe(Date.parse(model.object!.status.expirationTime!));
    model.now = model.requeueAt! - second;
    settle(model);
    expect(phase(model)).toBe('Succeeded');
    expect(suffixes(model)).toEqual(['1']);
  });

  it('loses them then, by a Job, and stays itself', () => {
    const model = done({ ttl: '50m' });
    wait(model);
    expect(phase(model)).toBe('Deleting');
    expect(said(model)).toContain('Reconciling=True/InProgress');
    expect(model.object!.metadata.finalizers).toHaveLength(1);
    expect(suffixes(model)).toEqual(['1', 'c1']);
    finish(model, { message: 'deleted backup nightly: 2 objects, 10 bytes' });
    expect(phase(model)).toBe('Expired');
    expect(said(model)).toEqual([
      'Ready=True/Completed',
      'Succeeded=True/Completed',
      'Verified=True/Completed',
    ]);
    expect(messageOf(model, 'Ready')).toBe(
      'expired by spec.ttl, its data are gone: deleted backup nightly: 2 objects, 10 bytes',
    );
    expect(model.object!.metadata.finalizers).toEqual([]);
    expect(model.object!.status).not.toHaveProperty('restoreCommand');
    expect(model.news.slice(-2)).toEqual(['Normal CleaningUp', 'Normal Cleaned']);
  });

  it('wants nothing more once it is Expired, whatever is changed of it', () => {
    const model = done({ ttl: '50m' });
    wait(model);
    finish(model);
    const { statusWrites } = model;
    model.now += 1000 * hour;
    settle(model);
    expect(model.statusWrites).toBe(statusWrites);
    change(model, { hold: true });
    change(model, { hold: false, ttl: '1s', deletionPolicy: 'Delete' });
    model.now += hour;
    settle(model);
    expect(suffixes(model)).toEqual(['1', 'c1']);
    expect([phase(model), model.object!.metadata.finalizers]).toEqual(['Expired', []]);
    model.deleteObject();
    expect(model.object).toBeUndefined();
  });

  it.each<[string, Partial<MilvusBackup['spec']>, string | undefined]>([
    ['longer', { ttl: '2h' }, '2h'],
    ['shorter', { ttl: '55m' }, '55m'],
    ['taken away', { ttl: undefined } as never, undefined],
    ['held', { hold: true }, undefined],
  ])('may be %s', (_, spec, expires) => {
    const model = done({ ttl: '1h' });
    change(model, spec);
    const { completionTime, expirationTime } = model.object!.status;
    const ms =
      expirationTime === undefined ? undefined : Date.parse(expirationTime) - Date.parse(completionTime!);
    expect(ms).toBe(expires === undefined ? undefined : { '2h': 2 * hour, '55m': 55 * minute }[expires]);
    expect(phase(model)).toBe('Succeeded');
  });

  it('that is shorter than its age goes at once', () => {
    const model = done();
    model.now += hour;
    change(model, { ttl: '1m' });
    expect(phase(model)).toBe('Deleting');
  });

  it.each(['Retain', 'DeleteOnFailure', 'Delete'] as const)('goes under %s too', (deletionPolicy) => {
    const model = done({ ttl: '1m', deletionPolicy });
    expect(phase(model)).toBe('Deleting');
    finish(model);
    expect(phase(model)).toBe('Expired');
    expect(model.object!.metadata.finalizers).toEqual([]);
  });

  it('whose clock goes back stays', () => {
    const model = done({ ttl: '1h' });
    model.now -= 24 * hour;
    settle(model);
    expect(phase(model)).toBe('Succeeded');
    expect(model.requeueAt).toBe(model.now + hour);
  });
});

describe('a backup that is marked', () => {
  it('goes as one whose ttl is over', () => {
    const model = done();
    mark(model, 'maxAge');
    finish(model);
    expect(phase(model)).toBe('Expired');
    expect(messageOf(model, 'Ready')).toContain('expired by maxAge, its data are gone');
  });

  it('goes once it has ended, not before', () => {
    const model = backupModel();
    start(model);
    mark(model);
    expect(phase(model)).toBe('Running');
    model.tell(model.podOf(model.made.at(-1)!), whole, 0);
    settle(model);
    model.now += second;
    settle(model);
    expect(phase(model)).toBe('Deleting');
  });

  it('goes with its object where a schedule made it', () => {
    const model = ofSchedule(done());
    mark(model);
    finish(model);
    expect(model.object).toBeUndefined();
    expect(model.news.at(-1)).toBe('Normal Cleaned');
  });

  it('is cut in what is said of it', () => {
    const model = done();
    mark(model, 'x'.repeat(10_000));
    expect(messageOf(model, 'Ready').length).toBeLessThan(200);
  });
});

describe('what keeps it', () => {
  it('hold, also from a mark', () => {
    const model = done({ hold: true, ttl: '1m' });
    mark(model);
    model.now += hour;
    settle(model);
    expect([phase(model), suffixes(model)]).toEqual(['Succeeded', ['1']]);
    change(model, { hold: false });
    expect(phase(model)).toBe('Deleting');
  });

  it('[FM-33] hold that is set while it waits', () => {
    const model = done();
    model.world.others = [restoreOf()];
    mark(model);
    expect(said(model)).toContain('Reconciling=True/InProgress');
    change(model, { hold: true });
    expect(said(model)).not.toContain('Reconciling=True/InProgress');
    model.world.others = [];
    settle(model);
    expect([phase(model), suffixes(model)]).toEqual(['Succeeded', ['1']]);
  });

  it('[FM-33] hold that is set during the deletion comes too late, and is told so', () => {
    const model = done();
    mark(model);
    change(model, { hold: true });
    expect(messageOf(model, 'Ready')).toContain('Too late for spec.hold');
    finish(model);
    expect(phase(model)).toBe('Expired');
  });

  it.each<[string, Parameters<typeof restoreOf>[0], boolean]>([
    ['by the object', {}, true],
    [
      'by its name in the storage',
      { source: { storageRef: { name: 'store' }, backupName: 'nightly_3f2a9c1b' } },
      true,
    ],
    ['of another name', { source: { storageRef: { name: 'store' }, backupName: 'other' } }, false],
    ['of another storage', { source: { storageRef: { name: 'x' }, backupName: 'nightly_3f2a9c1b' } }, false],
    ['of another object', { source: { backupRef: { name: 'other' } } }, false],
  ])('a restore that names it %s', (_, spec, isKept) => {
    const model = done();
    model.world.others = [restoreOf(spec)];
    mark(model);
    expect(phase(model)).toBe(isKept ? 'Succeeded' : 'Deleting');
    if (!isKept) return;
    expect(messageOf(model, 'Reconciling')).toBe(
      'expired by noKeepRule: its data go once MilvusRestore again has ended',
    );
    expect(messageOf(model, 'Ready')).toBe('done');
    model.world.others[0]!.status.phase = 'Failed';
    settle(model);
    expect(phase(model)).toBe('Deleting');
  });

  it('a restore that has found it otherwise', () => {
    const model = done();
    const restore = restoreOf({ source: {} });
    const { backupName, storageFingerprint } = model.object!.status;
    restore.status = { backupName: backupName!, storageFingerprint: storageFingerprint! };
    model.world.others = [restore];
    mark(model);
    expect(phase(model)).toBe('Succeeded');
  });
});

describe('a run that did not succeed', () => {
  it('loses by ttl what it left, and stays what it was', () => {
    const model = backupModel({ ttl: '1h', retry: { limit: 1, minBackoff: '1s', maxBackoff: '1s' } });
    fail(model);
    finish(model);
    expect(phase(model)).toBe('Failed');
    const before = said(model);
    expect(lastCommand(model)).toBe('cleanup');
    model.now += hour;
    settle(model);
    expect([phase(model), lastCommand(model)]).toEqual(['Deleting', 'cleanup --data']);
    finish(model, { message: 'removed the unfinished backup' });
    expect(phase(model)).toBe('Expired');
    expect(said(model)).toEqual(before);
    expect(messageOf(model, 'Ready')).toContain('its data are gone: removed the unfinished backup');
  });

  it('has nothing to lose where it never began', () => {
    const model = backupModel({ cancel: true, ttl: '1h' });
    settle(model);
    expect(phase(model)).toBe('Canceled');
    model.now += hour;
    settle(model);
    expect([phase(model), suffixes(model)]).toEqual(['Expired', []]);
  });

  it('says again that it is stalled when nothing is waited for any more', () => {
    const model = backupModel({ ttl: '1h', retry: { limit: 1, minBackoff: '1s', maxBackoff: '1s' } });
    fail(model);
    finish(model);
    const before = said(model);
    model.world.others = [restoreOf()];
    model.now += hour;
    settle(model);
    expect(said(model)).toContain('Reconciling=True/InProgress');
    change(model, { hold: true });
    expect(said(model)).toEqual(before);
  });

  it('goes with its object where a schedule made it', () => {
    const model = ofSchedule(backupModel({ retry: { limit: 1, minBackoff: '1s', maxBackoff: '1s' } }));
    fail(model);
    finish(model);
    mark(model, 'failedHistory');
    finish(model);
    expect(model.object).toBeUndefined();
  });
});

describe('what stands in the way', () => {
  it.each<[string, Model['world']['storage'], string]>([
    ['the storage is gone', undefined, 'StorageNotFound'],
    ['the storage is ReadOnly', storageOf({ accessMode: 'ReadOnly' }), 'TargetReadOnly'],
    ['the storage is another place', storageOf({ bucket: 'other' }), 'StorageMismatch'],
  ])('%s: nothing has begun, and the backup is what it was', (_, storage, reason) => {
    const model = done();
    model.world.storage = storage;
    mark(model);
    expect([phase(model), suffixes(model)]).toEqual(['Succeeded', ['1']]);
    expect(said(model)).toContain(`Reconciling=True/${reason}`);
    expect(said(model)).toContain('Ready=True/Completed');
    expect(messageOf(model, 'Reconciling')).toMatch(
      /^expired by noKeepRule, and its data cannot be removed: /,
    );
    expect(model.requeueAt).toBeLessThanOrEqual(model.now + hour);
    const { statusWrites } = model;
    wait(model);
    expect(model.statusWrites).toBe(statusWrites);
    model.world.storage = storageOf();
    settle(model);
    expect(phase(model)).toBe('Deleting');
    finish(model);
    expect(phase(model)).toBe('Expired');
  });

  it('a Secret is missing', () => {
    const model = done();
    model.keys = new Map([['Secret/keys', 'missing']]);
    mark(model);
    expect(phase(model)).toBe('Succeeded');
    expect(said(model)).toContain('Reconciling=True/SecretNotFound');
    model.keys = new Map();
    wait(model);
    expect(phase(model)).toBe('Deleting');
  });

  it('[FM-24] its objects are locked: that is said, and tried again every hour until it is done', () => {
    const model = done();
    mark(model);
    fail(model, 'ObjectLocked', 3);
    expect(phase(model)).toBe('DeleteFailed');
    expect(said(model)).toContain('Stalled=True/ObjectLocked');
    expect(messageOf(model, 'Ready')).toContain('It is tried again every hour');
    expect(model.object!.metadata.finalizers).toHaveLength(1);
    const { statusWrites } = model;
    model.now += 59 * minute;
    settle(model);
    expect(suffixes(model)).toEqual(['1', 'c1']);
    model.now += minute;
    settle(model);
    expect([phase(model), suffixes(model)]).toEqual(['DeleteFailed', ['1', 'c1', 'c2']]);
    expect(model.statusWrites).toBe(statusWrites);
    change(model, { hold: true });
    fail(model, 'ObjectLocked', 3);
    expect(messageOf(model, 'Ready')).toContain('Too late for spec.hold');
    model.now += hour;
    settle(model);
    finish(model);
    expect(phase(model)).toBe('Expired');
  });

  it('the store does not answer: as often as retry allows, then every hour', () => {
    const model = done({ retry: { limit: 2, minBackoff: '30s', maxBackoff: '10m' } });
    mark(model);
    fail(model, 'StoreError');
    expect([phase(model), suffixes(model)]).toEqual(['Deleting', ['1', 'c1']]);
    wait(model);
    expect(suffixes(model)).toEqual(['1', 'c1', 'c2']);
    fail(model, 'StoreError');
    expect(phase(model)).toBe('DeleteFailed');
    model.now += hour;
    settle(model);
    finish(model);
    expect(phase(model)).toBe('Expired');
  });

  it('the storage goes while the deletion is at work', () => {
    const model = done();
    mark(model);
    fail(model, 'StoreError');
    model.world.storage = undefined;
    wait(model);
    expect(phase(model)).toBe('DeleteFailed');
    expect(said(model)).toContain('Stalled=True/StorageNotFound');
    model.world.storage = storageOf();
    settle(model);
    finish(model);
    expect(phase(model)).toBe('Expired');
  });

  it('the Job is deleted by hand: another one is sent', () => {
    const model = done();
    mark(model);
    model.deleteJob(model.made.at(-1)!);
    settle(model);
    settle(model);
    finish(model);
    expect(phase(model)).toBe('Expired');
  });

  it('its Job is refused: waited for, without writing it again and again', () => {
    const model = done();
    model.refusal = { status: 403, reason: 'Forbidden', message: 'exceeded quota: pods' };
    mark(model);
    expect(said(model)).toContain('Reconciling=True/PodRefused');
    const { statusWrites } = model;
    wait(model);
    expect(model.statusWrites).toBe(statusWrites);
    model.refusal = undefined;
    wait(model);
    finish(model);
    expect(phase(model)).toBe('Expired');
  });

  it.each([
    ['before anything began', false],
    ['after it failed', true],
  ])('the annotation lets the data be, %s', (_, hasBegun) => {
    const model = done();
    if (hasBegun) {
      mark(model);
      fail(model, 'ObjectLocked', 3);
    }
    model.object!.metadata.annotations = { 'milvusbackup.dev/skip-cleanup': 'true' };
    mark(model);
    expect(phase(model)).toBe('Expired');
    expect(messageOf(model, 'Ready')).toContain('its data stay: annotation milvusbackup.dev/skip-cleanup');
    expect(model.object!.metadata.finalizers ?? []).toEqual([]);
    expect(model.news.at(-1)).toBe('Warning CleanupFailed');
  });
});

describe('an object that is deleted', () => {
  it('while its data are being removed waits for that, whatever the policy says', () => {
    const model = done();
    mark(model);
    start(model);
    model.now += minute;
    model.deleteObject();
    settle(model);
    model.now += minute;
    finish(model);
    expect(suffixes(model)).toEqual(['1', 'c1']);
    expect(model.object).toBeUndefined();
  });

  it('after its data could not be removed is tried once more, and goes after deletionTimeout', () => {
    const model = done();
    mark(model);
    fail(model, 'ObjectLocked', 3);
    model.now += minute;
    model.deleteObject();
    settle(model);
    expect(suffixes(model)).toEqual(['1', 'c1', 'c2']);
    fail(model, 'ObjectLocked', 3);
    wait(model);
    expect(model.object).toBeUndefined();
    expect(model.news.at(-1)).toContain('Warning DeletionTimedOut');
  });

  it('with a ttl that has not passed goes as its policy says', () => {
    const model = done({ ttl: '24h' });
    model.deleteObject();
    expect([model.object, suffixes(model)]).toEqual([undefined, ['1']]);
  });
});

describe('an operator that dies', () => {
  it.each([false, true])('after any write comes to the same end, of a schedule: %s', (isScheduled) => {
    for (let k = 0; k < 12; k++) {
      const model = done({ ttl: '1h' });
      if (isScheduled) ofSchedule(model);
      model.now += hour;
      model.reconcile({ writes: k });
      settle(model);
      model.startPod(model.podOf(model.made.at(-1)!));
      model.tell(model.podOf(model.made.at(-1)!), {}, 0);
      model.controlJobs();
      model.reconcile({ writes: k });
      settle(model);
      expect(suffixes(model), `killed after ${k}`).toEqual(['1', 'c1']);
      expect(phase(model), `killed after ${k}`).toBe(isScheduled ? undefined : 'Expired');
    }
  });

  it('sees nothing begun where its status stands and its Job does not: the Job is made', () => {
    const model = done({ ttl: '1h' });
    model.now += hour;
    model.reconcile({ writes: 2 });
    expect([phase(model), suffixes(model)]).toEqual(['Deleting', ['1']]);
    settle(model);
    expect(suffixes(model)).toEqual(['1', 'c1']);
  });
});

describe('a restore from a backup without its data', () => {
  it.each(['Expired', 'Deleting', 'DeleteFailed'])('waits where it is %s, and says why', (phase) => {
    const model = restoreModel();
    const backup = finishedBackup();
    const message = 'expired by spec.ttl, its data are gone: deleted';
    backup.status = {
      ...backup.status,
      phase,
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'Completed',
          message,
          lastTransitionTime: '2026-01-01T00:00:00Z',
        },
      ],
    };
    model.world.backup = backup;
    settle(model);
    expect(said(model)).toContain('Reconciling=True/BackupNotReady');
    expect(messageOf(model, 'Ready')).toBe(
      `MilvusBackup nightly is ${phase}, there is nothing to restore from: ${message}`,
    );
    expect(suffixes(model)).toEqual([]);
  });
});
