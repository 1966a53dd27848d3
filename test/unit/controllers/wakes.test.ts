// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { createCaches, type Caches } from '../../../src/controllers/caches.ts';
import { Line } from '../../../src/controllers/line.ts';
import { connectWakes, type Queues } from '../../../src/controllers/wakes.ts';
import { WorkQueue } from '../../../src/kube/queue.ts';
import type { KubeObject } from '../../../src/kube/resource.ts';
import type { Rest } from '../../../src/kube/rest.ts';
import type { Store } from '../../../src/kube/store.ts';
import { settings } from '../plan/job-samples.ts';

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const names = ['instances', 'storages', 'backups', 'restores', 'schedules'] as const;
let caches: Caches;
let queues: Queues;
let line: Line;
let version = 0;
beforeEach(() => {
  caches = createCaches({ rest: {} as Rest, clock: systemClock, log, namespaces: [] });
  queues = Object.fromEntries(
    names.map((name) => [name, new WorkQueue({ name, clock: systemClock })]),
  ) as Queues;
  line = new Line(caches, settings);
  connectWakes(caches, queues, line);
});

/** Everybody who was woken since it was last asked. */
async function woken(): Promise<string[]> {
  // The line is looked at once for all that happens in one turn of the loop.
  await new Promise((resolve) => setImmediate(resolve));
  const all: string[] = [];
  for (const name of names) {
    while (queues[name].depth > 0) {
      const key = (await queues[name].take()) ?? '';
      all.push(`${name}:${key}`);
      queues[name].done(key);
    }
  }
  return all.sort();
}

type Made = KubeObject & { spec?: object; status?: object };

function object(
  kind: string,
  name: string,
  more: { spec?: object; status?: object; metadata?: object } = {},
): Made {
  const { spec = {}, status = {}, metadata = {} } = more;
  version += 1;
  return {
    apiVersion: 'milvusbackup.dev/v1alpha1',
    kind,
    metadata: { namespace: 'ns', name, uid: `uid-${name}`, resourceVersion: String(version), ...metadata },
    spec,
    status,
  };
}

/** As the watch would. */
function put(made: Made): void {
  const stores: Record<string, unknown> = {
    MilvusInstance: caches.instances.cache.store,
    MilvusBackupStorage: caches.storages.cache.store,
    MilvusBackup: caches.backups.cache.store,
    MilvusRestore: caches.restores.cache.store,
    MilvusBackupSchedule: caches.schedules.cache.store,
    Job: caches.jobs.store,
    Pod: caches.pods.store,
  };
  (stores[made.kind] as Store<Made>).put(made);
}

const refs = { instanceRef: { name: 'i' }, storageRef: { name: 's' }, cancel: false };
const waiting = (reason: string) => ({
  phase: 'Queued',
  conditions: [{ type: 'Reconciling', status: 'True', reason }],
});
const running = { phase: 'Running', attempts: [{ number: 1 }] };
const done = { phase: 'Succeeded', completionTime: '2026-11-20T15:00:00Z', attempts: [{ number: 1 }] };
const backup = (name: string, status: object = {}, spec: object = {}): Made =>
  object('MilvusBackup', name, { spec: { ...refs, ...spec }, status });
const restore = (name: string, spec: object, status: object = {}): Made =>
  object('MilvusRestore', name, { spec: { cancel: false, ...spec }, status });
const mark = (uid: string): { labels: Record<string, string> } => ({
  labels: { 'milvusbackup.dev/uid': uid },
});

async function given(...objects: Made[]): Promise<void> {
  objects.forEach(put);
  await woken();
}

describe('an object', () => {
  it('wakes itself when it appears and when its wish changes, not by a status of ours', async () => {
    put(backup('b'));
    expect(await woken()).toEqual(['backups:ns/b']);
    const status = { phase: 'Pending' };
    caches.backups.expect({ namespace: 'ns', name: 'b' }, status);
    put(backup('b', status));
    expect(await woken()).toEqual([]);
    put({ ...backup('b', status), metadata: { ...backup('b').metadata, generation: 2 } });
    expect(await woken()).toEqual(['backups:ns/b']);
  });

  it('does not wake itself when only a finalizer comes or goes', async () => {
    await given(backup('b'));
    put(object('MilvusBackup', 'b', { spec: refs, metadata: { finalizers: ['x'] } }));
    expect(await woken()).toEqual([]);
  });

  it('wakes itself when somebody else writes its status', async () => {
    await given(backup('b', { phase: 'Pending' }));
    put(backup('b', { phase: 'Running' }));
    expect(await woken()).toContain('backups:ns/b');
  });
});

describe('a Job and a pod', () => {
  it.each(['Job', 'Pod'])('%s: wake the object whose UID they carry', async (kind) => {
    await given(backup('b'), restore('r', { source: {} }), object('MilvusInstance', 'i'));
    put(object(kind, 'x', { metadata: mark('uid-b') }));
    expect(await woken()).toEqual(['backups:ns/b']);
    put(object(kind, 'y', { metadata: mark('uid-i') }));
    expect(await woken()).toEqual(['instances:ns/i']);
    put(object(kind, 'z', { metadata: mark('uid-of-nobody') }));
    expect(await woken()).toEqual([]);
  });

  it('whose mark was changed wake the former object too', async () => {
    await given(backup('a'), backup('b'), object('Job', 'x', { metadata: { uid: 'x', ...mark('uid-a') } }));
    put(object('Job', 'x', { metadata: { uid: 'x', ...mark('uid-b') } }));
    expect(await woken()).toEqual(['backups:ns/a', 'backups:ns/b']);
  });
});

describe('an instance', () => {
  it('wakes the runs that name it and have not ended, those by way of their backup too', async () => {
    await given(
      backup('named'),
      backup('elsewhere', {}, { instanceRef: { name: 'other' } }),
      backup('done', done),
      restore('direct', { source: {}, instanceRef: { name: 'i' } }),
      restore('indirect', { source: { backupRef: { name: 'done' } } }),
      restore('away', { source: { backupRef: { name: 'elsewhere' } } }),
    );
    put(object('MilvusInstance', 'i'));
    expect(await woken()).toEqual([
      'backups:ns/named',
      'instances:ns/i',
      'restores:ns/direct',
      'restores:ns/indirect',
    ]);
  });

  it('that was checked again with the same outcome wakes nobody', async () => {
    const ready = { conditions: [{ type: 'Ready', status: 'True' }] };
    await given(object('MilvusInstance', 'i', { status: ready }), backup('b'));
    caches.instances.expect({ namespace: 'ns', name: 'i' }, { ...ready, lastCheckTime: 'now' });
    put(object('MilvusInstance', 'i', { status: { ...ready, lastCheckTime: 'now' } }));
    expect(await woken()).toEqual([]);
  });

  it('whose place changes wakes the storages beside it', async () => {
    await given(
      object('MilvusInstance', 'i', { spec: { storage: { rootPath: 'a' } } }),
      object('MilvusBackupStorage', 's'),
    );
    const metadata = { generation: 2 };
    put(object('MilvusInstance', 'i', { spec: { storage: { rootPath: 'b' } }, metadata }));
    expect(await woken()).toEqual(['instances:ns/i', 'storages:ns/s']);
  });
});

describe('a storage', () => {
  it('wakes the runs that name it', async () => {
    await given(
      backup('named'),
      backup('elsewhere', {}, { storageRef: { name: 'other' } }),
      restore('direct', { source: { storageRef: { name: 's' }, backupName: 'x' } }),
      restore('indirect', { source: { backupRef: { name: 'named' } } }),
    );
    put(object('MilvusBackupStorage', 's'));
    expect(await woken()).toEqual([
      'backups:ns/named',
      'restores:ns/direct',
      'restores:ns/indirect',
      'storages:ns/s',
    ]);
  });
});

describe('a run', () => {
  const others = [
    backup('waits', waiting('Queued')),
    backup('runs', running),
    restore('lines-up', { source: {} }),
  ];

  it.each<[string, Made, Made, boolean]>([
    ['ends', backup('x', running), backup('x', done), true],
    ['starts', backup('x', waiting('Queued')), backup('x', running), true],
    ['lacks something now', backup('x', waiting('Queued')), backup('x', waiting('SecretNotFound')), true],
    ['is canceled', backup('x', running), backup('x', running, { cancel: true }), true],
    ['only waits', backup('x'), backup('x', waiting('Queued')), false],
    ['goes on', backup('x', running), backup('x', { ...running, phase: 'Verifying' }), false],
  ])('that %s', async (_what, before, after, wakes) => {
    await given(...others, before);
    put({ ...after, metadata: { ...after.metadata, resourceVersion: String((version += 1)) } });
    const expected = wakes ? ['backups:ns/waits', 'restores:ns/lines-up'] : [];
    const own = ['backups:ns/x', 'storages:ns/s'];
    expect((await woken()).filter((key) => !own.includes(key))).toEqual(expected);
  });

  it('that is gone wakes those that wait', async () => {
    await given(...others, backup('x', running));
    caches.backups.cache.store.remove(backup('x') as never);
    expect(await woken()).toEqual(['backups:ns/waits', 'backups:ns/x', 'restores:ns/lines-up']);
  });

  it('that ends wakes its storage, which has one more to count', async () => {
    await given(backup('x', running));
    put(backup('x', done));
    expect(await woken()).toEqual(['backups:ns/x', 'storages:ns/s']);
    put(backup('x', { ...done, duration: '3m' }));
    expect(await woken()).not.toContain('storages:ns/s');
  });

  it('of another namespace wakes those to whom it may leave its place', async () => {
    const far = (status: object): Made => {
      const made = backup('x', status);
      return { ...made, metadata: { ...made.metadata, namespace: 'far' } };
    };
    await given(...others, far(running));
    put(far(done));
    expect(await woken()).toEqual([
      'backups:far/x',
      'backups:ns/waits',
      'restores:ns/lines-up',
      'storages:far/s',
    ]);
  });

  it('that the server refuses again and again wakes those behind it', async () => {
    const stuck = backup('x', waiting('Queued'));
    await given(...others, stuck);
    for (let i = 0; i < 3; i++) {
      expect(await woken()).toEqual([]);
      const desired = { status: {}, deleteJobs: [], createJobs: [], expireJobs: [], news: [] };
      const act = line.act(stuck as never, desired, () => Promise.reject(new Error('no')));
      await expect(act).rejects.toThrow('no');
    }
    expect(await woken()).toEqual(['backups:ns/waits', 'restores:ns/lines-up']);
  });

  it('wakes nobody who was told already what is to be told', async () => {
    const told = (name: string, position: number): object => {
      const message = `waits on MilvusInstance i for MilvusBackup runs${name}; place ${position} in line`;
      const reconciling = { type: 'Reconciling', status: 'True', reason: 'Queued', message };
      return { phase: 'Queued', queuePosition: position, conditions: [reconciling] };
    };
    const late = (name: string, status: object, at: number): Made =>
      object('MilvusBackup', name, {
        spec: refs,
        status,
        metadata: { creationTimestamp: `2026-11-20T15:00:0${at}Z` },
      });
    await given(
      object('MilvusBackup', 'elsewhere', { spec: { ...refs, instanceRef: { name: 'j' } }, status: running }),
      late('runs', running, 0),
      late('a', told('', 1), 1),
      late('b', told(', MilvusBackup a', 2), 2),
      late('c', told(', MilvusBackup a, MilvusBackup b', 3), 3),
    );
    put(object('MilvusBackup', 'elsewhere', { spec: { ...refs, instanceRef: { name: 'j' } }, status: done }));
    expect(await woken()).toEqual(['backups:ns/elsewhere', 'storages:ns/s']);
    put(late('a', done, 1));
    expect(await woken()).toEqual(['backups:ns/a', 'backups:ns/b', 'backups:ns/c', 'storages:ns/s']);
  });
});

describe('a backup', () => {
  it('wakes the restores that name it, at every change of it', async () => {
    await given(
      restore('r', { source: { backupRef: { name: 'b' } } }),
      restore('other', { source: {} }, running),
    );
    put(backup('b'));
    expect(await woken()).toEqual(['backups:ns/b', 'restores:ns/r']);
    put(backup('b', { ...running, progress: { percent: 5 } }));
    expect(await woken()).toContain('restores:ns/r');
  });
});

describe('a schedule', () => {
  const schedule = (name: string, template: object = {}): Made =>
    object('MilvusBackupSchedule', name, { spec: { template: { spec: { ...refs, ...template } } } });
  const made = (name: string, status: object = {}, annotations: object = {}): Made =>
    object('MilvusBackup', name, {
      spec: refs,
      status,
      metadata: { labels: { 'milvusbackup.dev/schedule-uid': 'uid-m' }, annotations },
    });
  const onlySchedules = async (): Promise<string[]> =>
    (await woken()).filter((key) => key.startsWith('schedules:'));
  beforeEach(() =>
    given(schedule('m'), schedule('away', { instanceRef: { name: 'x' }, storageRef: { name: 'y' } })),
  );

  it('wakes itself when it appears', async () => {
    put(schedule('new'));
    expect(await woken()).toEqual(['schedules:ns/new']);
  });

  it.each<[string, Made | undefined, Made, boolean]>([
    ['appears', undefined, made('b'), true],
    ['begins', made('b'), made('b', running), true],
    ['ends', made('b', running), made('b', done), true],
    ['is marked', made('b', done), made('b', done, { 'milvusbackup.dev/expired-by': 'keepLast' }), true],
    ['gets on', made('b', running), made('b', { ...running, progress: { percent: 3 } }), false],
  ])('is woken by its backup that %s', async (_, before, after, isWoken) => {
    if (before) await given(before);
    put(after);
    expect(await onlySchedules()).toEqual(isWoken ? ['schedules:ns/m'] : []);
  });

  it('is woken by what its template names coming and going', async () => {
    put(object('MilvusInstance', 'i'));
    expect(await onlySchedules()).toEqual(['schedules:ns/m']);
    put(object('MilvusBackupStorage', 's'));
    expect(await onlySchedules()).toEqual(['schedules:ns/m']);
    caches.storages.cache.store.remove(object('MilvusBackupStorage', 's') as never);
    expect(await onlySchedules()).toEqual(['schedules:ns/m']);
  });

  it('is woken by a restore on its Milvus that begins or ends', async () => {
    const spec = { source: {}, instanceRef: { name: 'i' } };
    put(restore('r', spec));
    expect(await onlySchedules()).toEqual(['schedules:ns/m']);
    put(restore('r', spec, running));
    expect(await onlySchedules()).toEqual(['schedules:ns/m']);
    put(restore('r', spec, { ...running, progress: { percent: 3 } }));
    expect(await onlySchedules()).toEqual([]);
    put(restore('r', spec, done));
    expect(await onlySchedules()).toEqual(['schedules:ns/m']);
  });
});
