// SPDX-License-Identifier: Apache-2.0
// Schedules with the real operator on a real API server: backups are made at their time, once, and whose they are is told
// by the garbage collector. What becomes of a slot is a table of unit tests; here it is that all of it holds together.
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import {
  findCondition,
  type MilvusBackup,
  type MilvusBackupSchedule,
  type MilvusRestore,
} from '../../../src/api/index.ts';
import { backupOf, patienceMs, scheduleOf, type ScheduleWish } from './support/bench.ts';
import { fails, succeeds, type Arguments } from './support/results.ts';
import { letCome, seen, slotName, untilDealtWith, untilMade } from './support/slots.ts';
import { Stage } from './support/stage.ts';
import { untilTold } from './support/told.ts';

vi.setConfig({ maxConcurrency: 20, testTimeout: 300_000 });
const plane = inject('controlPlane');
const kind = 'MilvusBackupSchedule';
const first = '2026-01-01T03:00:00Z';
const second = '2026-01-02T03:00:00Z';
const free = { storageRef: { name: 'free' } };
const third = '2026-01-03T03:00:00Z';
let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open(plane);
  await stage.instance('milvus');
  await stage.storage('store');
  // Where runs are waited for: elsewhere they go on, and so many may be at work for one storage.
  await stage.storage('free');
});
afterAll(() => stage?.close());

const make = (name: string, spec: ScheduleWish = {}): Promise<MilvusBackupSchedule> =>
  stage.bench.create<MilvusBackupSchedule>(scheduleOf(name, spec));
const until = (name: string, holds: (one: MilvusBackupSchedule) => boolean): Promise<MilvusBackupSchedule> =>
  stage.bench.until<MilvusBackupSchedule>(kind, name, holds, patienceMs);
const stateOf = ({ status }: MilvusBackupSchedule, type: string): string => {
  const found = findCondition(status.conditions, type);
  return `${found?.status} ${found?.reason}`;
};

describe.concurrent('a schedule', () => {
  it('makes a backup by the clock, which runs, and its success is told', async () => {
    // The next full minute, whichever that is.
    await make('clock', { cron: '* * * * *', concurrencyPolicy: 'Forbid', template: free });
    const begun = await until('clock', ({ status }) => status.lastBackup !== undefined);
    const name = begun.status.lastBackup!;
    const backup = await untilMade(stage.bench, name);
    expect(name).toBe(slotName('clock', begun.status.lastScheduleTime!));
    const late = Date.parse(backup.metadata.creationTimestamp) - Date.parse(begun.status.lastScheduleTime!);
    expect(late).toBeLessThan(20_000);
    const { pod, args } = await stage.pod(backup);
    await stage.kubelet.end(pod, succeeds(args));
    const done = await until('clock', ({ status }) => status.lastSuccessfulBackup === name);
    expect(stateOf(done, 'Ready')).toBe('True Completed');
    expect(stateOf(done, 'LastBackupSucceeded')).toBe('True Completed');
    expect(done.status.nextScheduleTimes).toHaveLength(3);
    await stage.bench.delete(kind, 'clock');
    await stage.bench.gone(kind, 'clock');
    // Nobody's: it stays.
    const kept = await stage.bench.get<MilvusBackup>('MilvusBackup', name);
    expect(kept.metadata.ownerReferences).toBeUndefined();
    expect(kept.metadata.deletionTimestamp).toBeUndefined();
  });

  it('takes its backups along where they are its own', async () => {
    await make('owner', { ownership: 'Schedule' });
    await letCome(stage.bench, 'owner', first);
    const backup = await untilMade(stage.bench, slotName('owner', first));
    await untilDealtWith(stage.bench, 'owner', first);
    await stage.bench.delete(kind, 'owner');
    await stage.bench.gone('MilvusBackup', backup.metadata.name);
  });

  it('passes nothing of its own on, and all of its template', async () => {
    const tracking = { 'argocd.argoproj.io/instance': 'app', 'app.kubernetes.io/instance': 'app' };
    const object = scheduleOf('template', { template: { include: ['shop.*'] } }) as MilvusBackupSchedule;
    object.metadata.labels = tracking;
    object.metadata.annotations = { 'argocd.argoproj.io/tracking-id': 'app:x' };
    object.spec.template.metadata = { labels: { team: 'search' } };
    await stage.bench.create(object);
    await letCome(stage.bench, 'template', first);
    const { metadata, spec } = await untilMade(stage.bench, slotName('template', first));
    expect(Object.keys(metadata.labels ?? {}).sort()).toEqual(['milvusbackup.dev/schedule-uid', 'team']);
    expect(Object.keys(metadata.annotations ?? {}).sort()).toEqual([
      'milvusbackup.dev/schedule',
      'milvusbackup.dev/slot',
    ]);
    expect(spec.include).toEqual(['shop.*']);
  });

  it('leaves alone what stands under the name of its slot, and says so', async () => {
    await stage.bench.create(backupOf(slotName('foreign', first)));
    const schedule = await make('foreign');
    await letCome(stage.bench, 'foreign', first);
    const passed = await untilDealtWith(stage.bench, 'foreign', first);
    expect(passed.status).toMatchObject({ missedCount: 1, active: [] });
    expect(passed.status.lastBackup).toBeUndefined();
    expect(await untilTold(stage.bench, schedule, 'BackupExists')).toContain(slotName('foreign', first));
    expect(await untilTold(stage.bench, schedule, 'Missed')).toContain(first);
  });

  it('makes one at its creation, and one for each new trigger', async () => {
    const { metadata } = await make('at-once', { immediate: true, trigger: 'a', concurrencyPolicy: 'Allow' });
    const own = slotName('at-once', metadata.creationTimestamp);
    stage.script(own, succeeds);
    await untilMade(stage.bench, own);
    const answered = await until('at-once', ({ status }) => status.lastTrigger === 'a');
    expect(answered.status.lastBackup).toMatch(/^at-once-t[0-9a-f]{8}$/);
  });

  it('waits for what its template names', async () => {
    await make('lacking', { immediate: true, template: { storageRef: { name: 'late-store' } } });
    const waiting = await until('lacking', (one) => stateOf(one, 'Ready') === 'False StorageNotFound');
    expect(stateOf(waiting, 'Reconciling')).toBe('True StorageNotFound');
    await stage.storage('late-store');
    const made = await until('lacking', ({ status }) => status.lastBackup !== undefined);
    expect(stateOf(made, 'Ready')).toBe('True Completed');
  });

  it('waits for a restore on its Milvus, and makes one backup then', async () => {
    await stage.instance('busy');
    const source = { ...free, backupName: 'nightly' };
    const restore = await stage.restore('busy-r', { source, instanceRef: { name: 'busy' } });
    const { pod, args } = await stage.pod(restore);
    await make('deferred', { template: { instanceRef: { name: 'busy' } } });
    await letCome(stage.bench, 'deferred', first, second);
    const waiting = await until('deferred', (one) => stateOf(one, 'Overdue').endsWith('InstanceBusy'));
    expect(waiting.status.lastBackup).toBeUndefined();
    await stage.kubelet.end(pod, succeeds(args));
    await stage.bench.phase<MilvusRestore>('MilvusRestore', 'busy-r', 'Succeeded');
    const made = await untilDealtWith(stage.bench, 'deferred', second);
    expect(made.status).toMatchObject({ lastBackup: slotName('deferred', second), missedCount: 1 });
  });

  // Invariant: what goes is what the status says, and the newest success stays.
  it('[FM-33] lets go what retention does not keep, with its object, and says by which rule', async () => {
    await make('keeping', { retention: { keepLast: 1, failedHistory: 0 }, template: free });
    const refused = (args: Arguments) =>
      fails(args, { reason: 'NothingMatches', message: 'nothing matches' }, 3);
    const ends = { [first]: succeeds, [second]: refused, [third]: succeeds };
    for (const [time, end] of Object.entries(ends)) {
      const backup = slotName('keeping', time);
      stage.script(backup, (args) => (args.command === 'create' ? end(args) : 'as usual'));
      await letCome(stage.bench, 'keeping', time);
      await untilMade(stage.bench, backup);
      await until('keeping', ({ status }) => status.lastBackup === backup && status.active?.length === 0);
    }
    for (const time of [first, second]) await stage.bench.gone('MilvusBackup', slotName('keeping', time));
    const kept = await until('keeping', ({ status }) => status.retention?.goingCount === 0);
    expect(kept.status.retention?.kept).toEqual([
      { name: slotName('keeping', third), rules: ['keepLast', 'minSuccessful'] },
    ]);
    expect(kept.status).toMatchObject({ consecutiveFailures: 0, missedCount: 0 });
  });

  it('cancels the one before where that is asked for', async () => {
    await make('replace', { concurrencyPolicy: 'Replace', template: free });
    await letCome(stage.bench, 'replace', first);
    const before = await untilMade(stage.bench, slotName('replace', first));
    await stage.pod(before);
    await letCome(stage.bench, 'replace', second);
    await untilMade(stage.bench, slotName('replace', second));
    await stage.bench.phase<MilvusBackup>('MilvusBackup', before.metadata.name, 'Canceled');
  });

  it.each([
    ['31 February', { cron: '0 0 31 2 *' }, '31 2'],
    ['a zone that nobody knows', { timeZone: 'Europe/Atlantis' }, 'Europe/Atlantis'],
  ])('says what is wrong: %s', async (_, spec, what) => {
    const name = `invalid-${Object.keys(spec)[0]!.toLowerCase()}`;
    await make(name, spec);
    const refused = await until(name, (one) => stateOf(one, 'Stalled') === 'True InvalidConfiguration');
    expect(findCondition(refused.status.conditions, 'Stalled')?.message).toContain(what);
    await stage.bench.patch(kind, name, { spec: { cron: '0 0 29 2 *', timeZone: 'UTC' } });
    const mended = await until(name, (one) => stateOf(one, 'Ready') === 'True Completed');
    expect(findCondition(mended.status.conditions, 'Stalled')).toBeUndefined();
  });

  // Invariant: neither lost nor made twice.
  it('[FM-17] keeps a slot that had come when it is edited, and suspends from when it is seen', async () => {
    await make('edited');
    await letCome(stage.bench, 'edited', first);
    await stage.bench.patch(kind, 'edited', { spec: { cron: '30 4 29 2 *', timeZone: 'Asia/Tokyo' } });
    await untilMade(stage.bench, slotName('edited', first));
    await stage.bench.patch(kind, 'edited', { spec: { suspend: true } });
    // What the test has written there goes in a second write.
    await until(
      'edited',
      (one) => stateOf(one, 'Overdue') === 'Unknown Suspended' && one.status.nextScheduleTimes === undefined,
    );
    await stage.bench.patch(kind, 'edited', { spec: { suspend: false } });
    const resumed = await until('edited', ({ status }) => status.nextScheduleTimes !== undefined);
    expect(resumed.status).toMatchObject({ lastBackup: slotName('edited', first), missedCount: 0 });
  });

  it('waits while the clock stands before what was dealt with, and says so', async () => {
    await make('skewed', { immediate: true });
    const { metadata } = await until('skewed', ({ status }) => status.lastBackup !== undefined);
    const lastScheduleTime = '2999-01-01T00:00:00Z';
    await stage.bench.patch(kind, 'skewed', { status: { lastScheduleTime } }, 'status');
    const waiting = await until('skewed', (one) => stateOf(one, 'Reconciling') === 'True ClockSkew');
    expect(stateOf(waiting, 'Ready')).toBe('True Completed');
    expect(waiting.status.lastBackup).toBe(slotName('skewed', metadata.creationTimestamp));
  });

  it('of 253 characters has backups too', async () => {
    const name = `${'a'.repeat(120)}.${'b'.repeat(132)}`;
    await make(name);
    await letCome(stage.bench, name, first);
    const made = await untilDealtWith(stage.bench, name, first);
    expect(made.status.lastBackup).toMatch(/^a{120}\.b+-[0-9a-f]{8}-20260101030000$/);
    expect(made.status.lastBackup).toHaveLength(253);
  });

  it('beside another one for the same Milvus in the same minute', async () => {
    for (const name of ['pair-a', 'pair-b']) await make(name);
    await Promise.all(['pair-a', 'pair-b'].map((name) => letCome(stage.bench, name, first)));
    for (const name of ['pair-a', 'pair-b']) await untilMade(stage.bench, slotName(name, first));
  });
});

it('nothing is written while nothing happens', async () => {
  await make('quiet');
  const before = await seen(stage.bench, 'quiet');
  await stage.bench.patch(kind, 'quiet', { metadata: { annotations: { touched: 'yes' } } });
  const after = await stage.bench.until<MilvusBackupSchedule>(
    kind,
    'quiet',
    ({ metadata }) => metadata.annotations?.['touched'] === 'yes',
  );
  expect(after.status).toEqual(before.status);
  expect(after.metadata.generation).toBe(1);
});
