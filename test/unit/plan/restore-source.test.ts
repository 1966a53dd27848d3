// SPDX-License-Identifier: Apache-2.0
// A restore that names a schedule: which backup that means, and that it means the same one for ever.
import { describe, expect, it } from 'vitest';
import type { MilvusBackup, MilvusRestore } from '../../../src/api/index.ts';
import { isReadBy } from '../../../src/plan/expiry.ts';
import { newestOf } from '../../../src/plan/restore-source.ts';
import { backupOf, restoreOf } from './job-samples.ts';
import { finish, finishedBackup, messageOf, restoreModel, said, settle, suffixes } from './run-model.ts';

const uid = '11111111-2222-4333-8444-555555555555';
const schedule = {
  metadata: { name: 'nightly', namespace: 'team', uid, generation: 1 },
} as unknown as Schedule;
type Schedule = Parameters<typeof newestOf>[1] & object;
const label = 'milvusbackup.dev/schedule-uid';

type Over = {
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  phase?: string;
  going?: boolean;
};

function made(name: string, hour: number, over: Over = {}): MilvusBackup {
  const backup = backupOf({}, name);
  const { labels = { [label]: uid }, annotations, phase = 'Succeeded', going } = over;
  backup.metadata = {
    ...backup.metadata,
    labels,
    ...(annotations ? { annotations } : {}),
    ...(going ? { deletionTimestamp: '2026-01-03T00:00:00Z' } : {}),
  };
  backup.status = { phase, completionTime: `2026-01-02T${String(hour).padStart(2, '0')}:00:00Z` };
  return backup;
}

function restoreOfSchedule(at?: string): MilvusRestore {
  const restore = restoreOf({
    source: { scheduleRef: { name: 'nightly', ...(at === undefined ? {} : { at }) } },
  });
  return restore;
}

function found(
  backups: MilvusBackup[],
  at?: string,
  known: Schedule | undefined = schedule,
): string | undefined {
  return newestOf(restoreOfSchedule(at), known, backups)?.metadata.name;
}

const namespace = restoreOf().metadata.namespace;
const importedFrom = (source: object): Over => ({
  labels: {},
  annotations: {
    'milvusbackup.dev/imported': JSON.stringify({ path: 'x/', fingerprint: 'f'.repeat(64), ...source }),
  },
});

describe('the backup of a schedule', () => {
  it.each<[string, MilvusBackup[], string | undefined, string | undefined]>([
    ['is the newest', [made('a', 1), made('c', 3), made('b', 2)], undefined, 'c'],
    [
      'is the newest not after a time',
      [made('a', 1), made('b', 2), made('c', 3)],
      '2026-01-02T02:30:00Z',
      'b',
    ],
    ['may be of that very time', [made('a', 1), made('b', 2)], '2026-01-02T02:00:00Z', 'b'],
    ['is named in another zone as well', [made('a', 1), made('b', 2)], '2026-01-02T03:30:00+02:00', 'a'],
    ['is none before the first', [made('a', 1)], '2026-01-02T00:59:59Z', undefined],
    ['is the later slot of two that ended at once', [made('n-1', 1), made('n-2', 1)], undefined, 'n-2'],
    [
      'is one that succeeded',
      [
        made('a', 1),
        ...['Failed', 'PartiallyFailed', 'Canceled', 'Running', 'Expired', 'Deleting'].map((phase) =>
          made(phase, 5, { phase }),
        ),
      ],
      undefined,
      'a',
    ],
    ['is none that is going', [made('a', 1), made('b', 2, { going: true })], undefined, 'a'],
    [
      'is none whose time is over',
      [
        made('a', 1),
        made('b', 2, {
          labels: { [label]: uid },
          annotations: { 'milvusbackup.dev/expired-by': 'keepLast' },
        }),
      ],
      undefined,
      'a',
    ],
    [
      'is no other schedule’s',
      [made('a', 1, { labels: { [label]: 'other' } }), made('b', 2, { labels: {} })],
      undefined,
      undefined,
    ],
    [
      'may have been found in a bucket, by UID',
      [made('a', 1, importedFrom({ scheduleUID: uid }))],
      undefined,
      'a',
    ],
    [
      'may have been found in a bucket, by name',
      [made('a', 1, importedFrom({ schedule: 'nightly', namespace }))],
      undefined,
      'a',
    ],
    [
      'is none found that is of another namespace',
      [made('a', 1, importedFrom({ schedule: 'nightly', namespace: 'elsewhere' }))],
      undefined,
      undefined,
    ],
    [
      'is none of which nonsense is said',
      [made('a', 1, { labels: {}, annotations: { 'milvusbackup.dev/imported': '{"schedule":' } })],
      undefined,
      undefined,
    ],
  ])('%s', (_name, backups, at, name) => {
    expect(found(backups, at)).toBe(name);
    expect(found(backups.toReversed(), at)).toBe(name);
  });

  it('is known without the schedule only by what was found in a bucket', () => {
    const backups = [made('mine', 5), made('found', 1, importedFrom({ schedule: 'nightly', namespace }))];
    expect(newestOf(restoreOfSchedule(), undefined, backups)?.metadata.name).toBe('found');
  });
});

describe('a restore of a schedule', () => {
  const source = { scheduleRef: { name: 'nightly' } };

  it('names what it found, begins only then, and never looks again', () => {
    const model = restoreModel({ source });
    model.reconcile();
    expect(model.object?.status).toMatchObject({
      backup: 'nightly',
      instance: 'milvus',
      backupName: 'nightly_00000000',
    });
    expect(model.made).toEqual([]);
    const newer = finishedBackup();
    newer.metadata.name = 'newer';
    newer.status.backupName = 'newer_1';
    settle(model);
    model.world.backup = newer;
    finish(model);
    expect(model.object?.status).toMatchObject({
      phase: 'Succeeded',
      backup: 'nightly',
      backupName: 'nightly_00000000',
    });
    expect(suffixes(model)).toEqual(['1']);
  });

  it('waits for the first success', () => {
    const model = restoreModel({ source });
    const backup = model.world.backup;
    model.world.backup = undefined;
    settle(model);
    expect(said(model)).toContain('Reconciling=True/BackupNotReady');
    expect(messageOf(model, 'Ready')).toContain('MilvusBackupSchedule nightly');
    model.world.backup = backup;
    finish(model);
    expect(model.object?.status.phase).toBe('Succeeded');
  });

  it('keeps its backup from expiring', () => {
    const restore = restoreOf({ source });
    const backup = made('a', 1);
    expect(isReadBy(backup, restore)).toBe(false);
    restore.status = { ...restore.status, backup: 'a' };
    expect(isReadBy(backup, restore)).toBe(true);
    expect(isReadBy(made('b', 1), restore)).toBe(false);
  });
});
