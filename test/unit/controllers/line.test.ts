// SPDX-License-Identifier: Apache-2.0
// That a run begins is seen by all others from the moment in which it was decided, however long its requests take.
import { beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { createCaches, type Caches } from '../../../src/controllers/caches.ts';
import { Line } from '../../../src/controllers/line.ts';
import { ApiError } from '../../../src/kube/api-error.ts';
import type { Rest } from '../../../src/kube/rest.ts';
import type { Desired } from '../../../src/plan/desired.ts';
import { turnOf } from '../../../src/plan/line.ts';
import type { Run } from '../../../src/plan/observed.ts';
import { backupOf, instanceOf, restoreOf, settings } from '../plan/job-samples.ts';

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const limits = { ...settings, maxJobs: 1 };
let caches: Caches;
let line: Line;
beforeEach(() => {
  caches = createCaches({ rest: {} as Rest, clock: systemClock, log, namespaces: [] });
  line = new Line(caches, limits);
});

function put(run: Run, namespace: string): Run {
  run.metadata = { ...run.metadata, namespace, uid: `${namespace}/${run.metadata.name}` };
  const { store } = run.kind === 'MilvusBackup' ? caches.backups.cache : caches.restores.cache;
  store.put(run as never);
  return run;
}

const decided = (status: object): Desired<Run> => ({
  status,
  deleteJobs: [],
  createJobs: [],
  expireJobs: [],
  news: [],
});
const begins = decided({ attempts: [{ number: 1 }] });
const mayBegin = (run: Run): boolean => turnOf(run, line.contenders(), limits) === undefined;

describe('a run that begins', () => {
  it('has its turn while its status is being written, in whatever namespace one asks', async () => {
    const [one, other] = [put(backupOf({}, 'a'), 'one'), put(backupOf({}, 'b'), 'other')];
    expect([mayBegin(one), mayBegin(other)]).toEqual([true, false]);
    const written = Promise.withResolvers<void>();
    const done = line.act(other, begins, () => written.promise);
    expect(mayBegin(one)).toBe(false);
    written.resolve();
    await done;
    // Nothing was written in truth.
    expect(mayBegin(one)).toBe(true);
  });

  it('gives it back when the server says no, and not when it says nothing', async () => {
    const [one, other] = [put(backupOf({}, 'a'), 'one'), put(backupOf({}, 'b'), 'other')];
    const conflict = new ApiError('x', { status: 409, reason: 'Conflict' });
    await expect(line.act(other, begins, () => Promise.reject(conflict))).rejects.toBe(conflict);
    expect(mayBegin(one)).toBe(true);
    const silence = new TypeError('terminated');
    await expect(line.act(other, begins, () => Promise.reject(silence))).rejects.toBe(silence);
    expect(mayBegin(one)).toBe(false);
    await line.act(other, decided({ phase: 'Queued' }), () => Promise.resolve());
    expect(mayBegin(one)).toBe(true);
  });
});

describe('a backup whose data go', () => {
  const leaves = decided({ phase: 'Deleting' });

  it('is on its way for every restore while that is being written, and not when it is refused', async () => {
    const backup = put(backupOf({}, 'a'), 'one') as ReturnType<typeof backupOf>;
    const seen = (): string | undefined => line.asDecided(backup).status.phase;
    const written = Promise.withResolvers<void>();
    const done = line.act(backup, leaves, () => written.promise);
    expect(seen()).toBe('Deleting');
    written.resolve();
    await done;
    // Nothing was written in truth.
    expect(seen()).toBeUndefined();
    const conflict = new ApiError('x', { status: 409, reason: 'Conflict' });
    await expect(line.act(backup, leaves, () => Promise.reject(conflict))).rejects.toBe(conflict);
    expect(seen()).toBeUndefined();
    await expect(line.act(backup, leaves, () => Promise.reject(new TypeError('x')))).rejects.toThrow('x');
    expect(seen()).toBe('Deleting');
  });
});

describe('a run that the server refuses', () => {
  const refused = new ApiError('x', { status: 403, reason: 'Forbidden' });
  const fail = async (run: Run, error = refused): Promise<void> => {
    await expect(line.act(run, begins, () => Promise.reject(error))).rejects.toBe(error);
  };

  it('lets others pass when that goes on, tells so once, and is in line again when it does not', async () => {
    const [first, second] = [put(backupOf({}, 'a'), 'one'), put(backupOf({}, 'b'), 'other')];
    let told = 0;
    line.whenStuck(() => told++);
    await fail(first);
    await fail(first);
    expect([mayBegin(second), told]).toEqual([false, 0]);
    await fail(first);
    await fail(first);
    expect([mayBegin(second), told]).toEqual([true, 1]);
    // It may begin itself as soon as it can.
    expect(mayBegin(first)).toBe(true);
    await line.act(first, decided({ phase: 'Queued' }), () => Promise.resolve());
    expect(mayBegin(second)).toBe(false);
  });

  it('keeps its place when somebody else wrote first, however often', async () => {
    const [first, second] = [put(backupOf({}, 'a'), 'one'), put(backupOf({}, 'b'), 'other')];
    const conflict = new ApiError('x', { status: 409, reason: 'Conflict' });
    for (let i = 0; i < 5; i++) await fail(first, conflict);
    expect(mayBegin(second)).toBe(false);
  });
});

describe('where a run takes places', () => {
  it('is where its backup was, for a restore that names neither', () => {
    caches.instances.cache.store.put({
      ...instanceOf({ maxConcurrentBackups: 4 }, 'i'),
      metadata: { ...instanceOf().metadata, namespace: 'n', name: 'i' },
    });
    put(backupOf({ instanceRef: { name: 'i' }, storageRef: { name: 's' } }, 'b'), 'n');
    put(restoreOf({ source: { backupRef: { name: 'b' } }, instanceRef: undefined } as never, 'r'), 'n');
    const found = line
      .contenders()
      .map(({ instance, storage, maxConcurrentBackups }) => [instance, storage, maxConcurrentBackups]);
    expect(found).toEqual([
      ['n/i', 'n/s', 4],
      ['n/i', 'n/s', 4],
    ]);
  });
});
