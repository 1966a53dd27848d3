// SPDX-License-Identifier: Apache-2.0
// What a schedule's retention does with its backups: judged, told and marked. What each rule keeps is tested beside it.
import { describe, expect, it } from 'vitest';
import type { MilvusBackupSchedule } from '../../../../src/api/index.ts';
import { at, hour, minute, ScheduleModel } from './schedule-model.ts';

type Retention = MilvusBackupSchedule['spec']['retention'];

const standard: Retention = { minSuccessful: 1, failedHistory: 3, dryRun: false };
const withRetention = (retention: Partial<Retention>): ScheduleModel =>
  new ScheduleModel({ retention: { ...standard, ...retention } });
const names = (...slots: string[]): string[] => slots.map((slot) => `nightly-20260302${slot}00`);

describe('the retention of a schedule', () => {
  it('marks what no rule keeps, and names the rules of what stays', () => {
    const model = withRetention({ keepLast: 2 });
    model.run(at('13:30'));
    expect(model.marks()).toEqual(['202603021100 noKeepRule']);
    const [latest, before] = names('1300', '1200');
    expect(model.status.retention).toEqual({
      kept: [
        { name: latest, rules: ['keepLast', 'minSuccessful'] },
        { name: before, rules: ['keepLast'] },
      ],
      going: [{ name: names('1100')[0], rule: 'noKeepRule' }],
      keptCount: 2,
      goingCount: 1,
    });
  });

  it('without a rule keeps every success, and of failures the newest three of each kind', () => {
    const model = new ScheduleModel();
    model.run(at('13:30'));
    model.run(at('17:30'), { phase: 'Failed' });
    model.run(at('21:30'), { phase: 'Canceled' });
    expect(model.marks()).toEqual(['202603021400 failedHistory', '202603021800 failedHistory']);
    expect(model.status.retention).toMatchObject({ keptCount: 9, goingCount: 2 });
  });

  it('dryRun: says the same, and marks nothing', () => {
    const model = withRetention({ keepLast: 1, dryRun: true });
    model.run(at('13:30'));
    expect(model.marks()).toEqual([]);
    expect(model.status.retention?.going?.map(({ name }) => name)).toEqual(names('1100', '1200'));
  });

  it('[FM-33] lets nothing go while only failures are newer, nor what is at work', () => {
    const model = withRetention({ keepLast: 1, failedHistory: 0, maxAge: '1m' });
    model.run(at('11:30'));
    model.run(at('14:30'), { phase: 'Failed' });
    model.run(at('15:30'), { takes: Infinity });
    expect(model.marks()).toEqual(['1200', '1300', '1400'].map((slot) => `20260302${slot} failedHistory`));
    expect(model.status.retention?.kept).toEqual([{ name: names('1100')[0], rules: ['minSuccessful'] }]);
    expect(model.status.active).toEqual(names('1500'));
  });

  it('[FM-33] keeps what is held, also when that comes in between', () => {
    const model = withRetention({ keepLast: 1 });
    model.run(at('11:30'));
    model.run(at('12:04'));
    const stale = model.cache();
    model.now = at('12:05');
    model.end(names('1200')[0]!);
    const held = model.backups.get(names('1100')[0]!)!;
    held.spec.hold = true;
    held.metadata.resourceVersion = '9999';
    stale.backups = [...model.cache().backups].map((backup) =>
      backup.metadata.name === held.metadata.name
        ? {
            ...backup,
            spec: { ...backup.spec, hold: false },
            metadata: { ...backup.metadata, resourceVersion: '2' },
          }
        : backup,
    );
    model.reconcile({ stale });
    expect(model.marks()).toEqual([]);
    model.reconcile();
    expect(model.marks()).toEqual([]);
    expect(model.status.retention?.kept?.at(-1)).toEqual({ name: held.metadata.name, rules: ['hold'] });
  });

  it('keeps what a restore reads', () => {
    const model = withRetention({ keepLast: 1 });
    const restore = model.restore('r', false);
    restore.spec.source = { backupRef: { name: names('1100')[0]! } };
    restore.spec.instanceRef = { name: 'elsewhere' };
    model.run(at('12:30'));
    expect(model.marks()).toEqual([]);
    expect(model.status.retention?.kept?.at(-1)?.rules).toEqual(['inUse']);
  });

  it('goes on by age while nothing else happens, an hour late at most', () => {
    const model = withRetention({ maxAge: '3h', minSuccessful: 1 });
    model.run(at('12:30'));
    model.edit({ suspend: true });
    model.run(at('14:04'));
    expect(model.marks()).toEqual([]);
    model.run(at('15:05') + minute);
    expect(model.marks()).toEqual(['202603021100 maxAge']);
    model.run(model.now + 24 * hour);
    expect(model.marks()).toEqual(['202603021100 maxAge']);
  });

  it('killed between status and marks, or between two of them: they follow', () => {
    for (const writes of [0, 1, 2]) {
      const model = withRetention({ keepLast: 1, dryRun: true });
      model.run(at('14:30'));
      model.edit({ retention: { ...standard, keepLast: 1 } });
      model.reconcile({ writes });
      model.reconcile();
      expect(model.marks()).toHaveLength(3);
    }
  });

  it('marks twenty at a time', () => {
    const model = new ScheduleModel({
      cron: '*/5 * * * *',
      retention: { ...standard, keepLast: 1, dryRun: true },
    });
    model.run(at('14:11'), { takes: minute });
    const count = model.status.retention!.goingCount!;
    expect(count).toBeGreaterThan(40);
    model.edit({ retention: { ...standard, keepLast: 1 } });
    model.reconcile();
    expect(model.marks()).toHaveLength(20);
    model.reconcile();
    model.reconcile();
    expect(model.marks()).toHaveLength(count);
  });

  it('a spec that cannot be carried out lets nothing go', () => {
    const model = withRetention({ dryRun: true, keepLast: 1 });
    model.run(at('13:30'));
    model.edit({ timeZone: 'Nowhere', retention: { ...standard, keepLast: 1 } });
    model.reconcile();
    expect(model.marks()).toEqual([]);
  });
});
