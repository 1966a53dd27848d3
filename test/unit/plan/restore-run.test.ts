// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { createListDigest, encodeEvent } from '../../../src/contract/protocol.ts';
import type { Result } from '../../../src/contract/result.ts';
import type { MilvusRestore } from '../../../src/api/index.ts';
import { backupOf, instanceOf, storageOf } from './job-samples.ts';
import {
  attemptsOf,
  fail,
  finish,
  finishedBackup,
  messageOf,
  minute,
  restoreModel,
  said,
  settle,
  start,
  stopPods,
  suffixes,
  wait,
  type RunModel,
} from './run-model.ts';

type Model = RunModel<MilvusRestore>;

const whole: Partial<Result> = {
  path: 'team/nightly_00000000/',
  collections: { total: 3, succeeded: 2, dropped: 0, skipped: 1, failed: 0 },
  rows: { planned: 5, imported: 5, live: 4 },
  size: { bytes: 10, objects: 3 },
};

/** Lines as the engine says a list, and what its result tells of them. */
function listOf(
  items: Record<string, unknown>[],
  list: 'plan' | 'collections' = 'plan',
): {
  log: string;
  digest: { count: number; sha256: string };
} {
  const digest = createListDigest();
  const lines = items.map((item) => encodeEvent({ event: 'item', list, item }));
  lines.forEach((line) => digest.add(line));
  return { log: lines.map((line) => `${line}\n`).join(''), digest: digest.value() };
}

function planned(count: number): Record<string, unknown>[] {
  return Array.from({ length: count }, (_, i) => ({
    action: i % 3 === 0 ? 'skip' : 'create',
    source: `default.c${i}`,
    target: i === 1 ? 'default.renamed' : `default.c${i}`,
    bytes: 1,
    load: false,
  }));
}

describe('a restore', () => {
  it('goes from creation to Succeeded, into the instance that was backed up', () => {
    const model = restoreModel();
    settle(model);
    expect(model.object?.status).toMatchObject({
      instance: 'milvus',
      backupName: 'nightly_00000000',
      phase: 'Pending',
    });
    start(model);
    expect(model.object?.status.phase).toBe('Planning');
    finish(model, whole);
    expect(model.object?.status).toMatchObject({
      phase: 'Succeeded',
      path: 'team/nightly_00000000/',
      rows: { planned: 5, imported: 5, live: 4 },
      collectionCounts: { total: 3, succeeded: 2, skipped: 1, failed: 0, summary: '2/3' },
    });
    expect(said(model)).toEqual(['Ready=True/Completed', 'Succeeded=True/Completed']);
    expect(model.object?.metadata.finalizers).toEqual([]);
  });

  it('takes the result that an earlier attempt has stored', () => {
    const model = restoreModel();
    start(model);
    model.endPod(model.podOf(model.made[0]!), { exitCode: 0, message: 'cut off' });
    settle(model);
    expect(attemptsOf(model)).toEqual(['1 ResultUnreadable']);
    wait(model);
    finish(model, { ...whole, attempt: 1 });
    expect(model.object?.status.phase).toBe('Succeeded');
  });

  it('shows its plan, after a dry run that leaves nothing to put away', () => {
    const model = restoreModel({ dryRun: true });
    const { log, digest } = listOf(planned(6));
    start(model);
    model.logs.set(model.podOf(model.made[0]!).metadata.name, log);
    finish(model, { ...whole, lists: { plan: digest } });
    expect(model.object?.status.plan).toEqual({
      create: ['default.c1 -> default.renamed', 'default.c2', 'default.c4', 'default.c5'],
      skip: ['default.c0', 'default.c3'],
      bytes: 10,
    });
    const other = restoreModel({ dryRun: true });
    fail(other, 'TargetNotEmpty', 3);
    expect(other.object?.status.phase).toBe('Failed');
    expect(suffixes(other)).toEqual(['1']);
  });

  it('[FM-37] tells what became of each collection, up to 200 of them', () => {
    const model = restoreModel();
    const items = Array.from({ length: 300 }, (_, i) => ({
      name: `default.c${i}`,
      phase: i === 0 ? 'Skipped' : 'Restored',
      ...(i === 0 ? {} : { rows: i }),
    }));
    const { log, digest } = listOf(items, 'collections');
    start(model);
    model.logs.set(model.podOf(model.made[0]!).metadata.name, log);
    finish(model, { ...whole, formatVersion: '1', lists: { collections: digest } });
    expect(model.object?.status.collections).toHaveLength(200);
    expect(model.object?.status.collections?.slice(0, 2)).toEqual(items.slice(0, 2));
    expect(model.object?.status).toMatchObject({ phase: 'Succeeded', formatVersion: '1' });
  });

  it('[FM-37] bounds its plan and counts the rest', () => {
    const model = restoreModel({ dryRun: true });
    const { log, digest } = listOf(planned(900));
    start(model);
    model.logs.set(model.podOf(model.made[0]!).metadata.name, log);
    finish(model, { ...whole, lists: { plan: digest } });
    expect(model.object?.status.plan).toMatchObject({ unlisted: 500 });
    expect(model.object?.status.plan?.create).toHaveLength(200);
  });

  it.each([
    ['is not the one told of', (log: string) => log.replace('default.c4', 'default.x4')],
    ['lacks a line', (log: string) => log.slice(log.indexOf('\n') + 1)],
    ['cannot be read', () => undefined],
  ])('is tried again where the list of its plan %s', (_name, change) => {
    const model = restoreModel({ dryRun: true });
    const { log, digest } = listOf(planned(6));
    start(model);
    const pod = model.podOf(model.made[0]!);
    model.tell(pod, { ...whole, lists: { plan: digest } }, 0);
    const changed = change(log);
    if (changed === undefined) model.logs.delete(pod.metadata.name);
    else model.logs.set(pod.metadata.name, changed);
    settle(model);
    expect(attemptsOf(model)).toEqual(['1 ResultUnreadable']);
  });

  it.each<[string, string, (model: Model) => void]>([
    ['BackupNotReady', 'nothing is there', (m) => void (m.world.backup = undefined)],
    ['BackupNotReady', 'it is being made', (m) => void (m.world.backup = backupOf())],
    [
      'BackupNotReady',
      'it failed',
      (m) => {
        m.world.backup = backupOf();
        m.world.backup.status = { phase: 'Failed', completionTime: '2026-01-01T00:00:00Z' };
      },
    ],
    ['InstanceNotFound', 'there is no Milvus', (m) => void (m.world.instance = undefined)],
    ['StorageNotFound', 'there is no storage', (m) => void (m.world.storage = undefined)],
  ])('waits with %s where %s', (reason, _name, change) => {
    const model = restoreModel();
    const world = { ...model.world, backup: finishedBackup() };
    change(model);
    settle(model);
    expect(said(model)).toContain(`Reconciling=True/${reason}`);
    expect(model.made).toEqual([]);
    Object.assign(model.world, world);
    finish(model, whole);
    expect(model.object?.status.phase).toBe('Succeeded');
  });

  it('is refused where the storage of its backup has become another place', () => {
    const model = restoreModel();
    model.world.backup!.status = {
      ...finishedBackup().status,
      storageFingerprint: 'f'.repeat(64),
      attempts: [{ number: 1, startTime: '2026-01-01T00:00:00Z', endTime: '2026-01-01T01:00:00Z' }],
    };
    model.world.storage = storageOf({ bucket: 'other' });
    settle(model);
    expect(said(model)).toContain('Stalled=True/StorageMismatch');
  });

  it('reads a storage that is ReadOnly', () => {
    const model = restoreModel({
      source: { storageRef: { name: 'store' }, backupName: 'old' },
      instanceRef: { name: 'milvus' },
    });
    model.world.backup = undefined;
    model.world.storage = storageOf({ accessMode: 'ReadOnly' });
    finish(model, whole);
    expect(model.object?.status).toMatchObject({ phase: 'Succeeded', backupName: 'old' });
  });

  it('names the imports that go on when it is canceled', () => {
    const model = restoreModel();
    start(model);
    model.object!.spec.cancel = true;
    settle(model);
    stopPods(model);
    finish(model, { runningImports: ['7', '9'] });
    expect(model.object?.status.phase).toBe('Canceled');
    expect(messageOf(model, 'Ready')).toContain('cannot be recalled: 7, 9');
  });

  it('is deleted while it runs: what it began is put away', () => {
    const model = restoreModel();
    start(model);
    model.deleteObject();
    settle(model);
    stopPods(model);
    expect(suffixes(model)).toEqual(['1', 'c1']);
    finish(model);
    expect(model.object).toBeUndefined();
  });

  it('says that it could not put away what it began where its Milvus is no more', () => {
    const model = restoreModel({ retry: { limit: 1, minBackoff: '30s', maxBackoff: '10m' } });
    start(model);
    model.world.instance = undefined;
    fail(model);
    expect(model.object?.status.phase).toBe('Failed');
    expect(said(model)).toContain('Ready=False/CleanupFailed');
  });

  it('goes on restoring when its backup is being deleted', () => {
    const model = restoreModel();
    start(model);
    model.world.backup!.metadata.deletionTimestamp = '2026-01-02T00:00:00Z';
    model.now += minute;
    finish(model, whole);
    expect(model.object?.status.phase).toBe('Succeeded');
  });

  it('waits for its turn, and says how many go first', () => {
    const model = restoreModel();
    const other = backupOf({}, 'other');
    other.metadata = { ...other.metadata, uid: 'other', creationTimestamp: '2026-01-01T00:00:00Z' };
    other.status = { attempts: [{ number: 1 }] };
    model.world.others.push(other);
    model.world.instance = instanceOf({ maxConcurrentBackups: 5 });
    settle(model);
    expect(model.object?.status).toMatchObject({ phase: 'Queued', queuePosition: 1 });
    expect(said(model)).toContain('Reconciling=True/InstanceBusy');
    expect(messageOf(model, 'Ready')).toContain('MilvusBackup other');
    model.world.others.pop();
    settle(model);
    expect(model.object?.status.queuePosition).toBeUndefined();
    expect(suffixes(model)).toEqual(['1']);
  });

  it('waits for its turn without end, unless startDeadline was set', () => {
    for (const startDeadline of [undefined, '2h']) {
      const model = restoreModel(startDeadline === undefined ? {} : { startDeadline });
      const other = backupOf({}, 'other');
      other.metadata = { ...other.metadata, uid: 'other', creationTimestamp: '2026-01-01T00:00:00Z' };
      other.status = { attempts: [{ number: 1 }] };
      model.world.others.push(other);
      model.now += 120 * minute;
      settle(model);
      expect(model.object?.status.phase).toBe(startDeadline === undefined ? 'Queued' : 'Failed');
    }
  });
});
