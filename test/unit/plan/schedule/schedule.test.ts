// SPDX-License-Identifier: Apache-2.0
// A schedule through its days: which backups it makes, which it leaves out, and what it says of itself meanwhile.
import { describe, expect, it } from 'vitest';
import { at, hour, minute, ScheduleModel, slots, start } from './schedule-model.ts';

const never = { takes: Infinity };

describe('by the clock', () => {
  it('one backup for each slot, from the first after its creation', () => {
    const model = new ScheduleModel();
    model.run(at('13:30'));
    expect(slots(model)).toEqual(['1100', '1200', '1300']);
    expect(model.status).toMatchObject({
      lastScheduleTime: '2026-03-02T13:00:00Z',
      nextScheduleTimes: ['2026-03-02T14:00:00Z', '2026-03-02T15:00:00Z', '2026-03-02T16:00:00Z'],
      lastBackup: 'nightly-20260302130000',
      lastSuccessfulBackup: 'nightly-20260302130000',
      lastSuccessfulTime: '2026-03-02T13:05:00Z',
      active: [],
      missedCount: 0,
      consecutiveFailures: 0,
    });
    expect(model.condition('Ready')).toBe('True Completed');
    expect(model.condition('LastBackupSucceeded')).toBe('True Completed');
    expect(model.condition('Overdue')).toBe('False Completed');
  });

  it('is made from the template, with our marks and none of the schedule', () => {
    const model = new ScheduleModel();
    model.object.metadata.labels = { 'argocd.argoproj.io/instance': 'app' };
    model.object.metadata.annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{}' };
    model.object.spec.template.metadata = {
      labels: { team: 'search', 'milvusbackup.dev/schedule-uid': 'forged' },
      annotations: { note: 'hourly' },
    };
    model.object.spec.template.spec.include = ['shop.*'];
    model.run(at('11:01'));
    const { metadata, spec } = model.backups.get('nightly-20260302110000')!;
    expect(metadata.labels).toEqual({ team: 'search', 'milvusbackup.dev/schedule-uid': 'uid-of-nightly' });
    expect(metadata.annotations).toEqual({
      note: 'hourly',
      'milvusbackup.dev/schedule': 'nightly',
      'milvusbackup.dev/slot': '2026-03-02T11:00:00Z',
    });
    expect(metadata.ownerReferences).toBeUndefined();
    expect(spec).toEqual({ ...model.object.spec.template.spec, cancel: false, hold: false });
  });

  it('belongs to the schedule where that is asked for', () => {
    const model = new ScheduleModel({ ownership: 'Schedule' });
    model.run(at('11:01'));
    expect(model.backups.get('nightly-20260302110000')?.metadata.ownerReferences).toEqual([
      {
        apiVersion: 'milvusbackup.dev/v1alpha1',
        kind: 'MilvusBackupSchedule',
        name: 'nightly',
        uid: 'uid-of-nightly',
        controller: true,
      },
    ]);
  });

  it('an edited template holds from the next backup on', () => {
    const model = new ScheduleModel();
    model.run(at('11:30'));
    const template = structuredClone(model.object.spec.template);
    model.edit({ template: { spec: { ...template.spec, include: ['other'] } } });
    model.run(at('12:30'));
    expect(model.backups.get('nightly-20260302110000')?.spec.include).toBeUndefined();
    expect(model.backups.get('nightly-20260302120000')?.spec.include).toEqual(['other']);
  });

  it('in its zone', () => {
    const model = new ScheduleModel({ cron: '30 13 * * *', timeZone: 'Europe/Berlin' });
    model.run(at('1T13:00'));
    expect(slots(model)).toEqual(['1230', '03T1230']);
  });

  it('later than its slot by the jitter, under the name of the slot', () => {
    const model = new ScheduleModel({ jitter: '30m' });
    model.reconcile();
    const began: number[] = [];
    while (model.now < at('13:59')) {
      model.now += minute;
      model.reconcile();
      if (model.made.length > began.length) {
        began.push(model.now);
        model.end(model.made.at(-1)!);
      }
    }
    expect(slots(model)).toEqual(['1100', '1200', '1300']);
    const delays = began.map((time, i) => time - at(`${11 + i}:00`));
    expect(new Set(delays).size).toBe(1);
    expect(delays[0]).toBeGreaterThan(0);
    expect(delays[0]).toBeLessThanOrEqual(30 * minute);
    expect(model.condition('Overdue')).toBe('False Completed');
  });

  it('a jitter that is set later moves no slot that was dealt with', () => {
    const model = new ScheduleModel();
    model.run(at('11:02'));
    model.edit({ jitter: '24h' });
    model.run(at('11:30'));
    expect(model.status.nextScheduleTimes?.[0]).toBe('2026-03-02T12:00:00Z');
    model.edit({ jitter: '1s' });
    model.run(at('12:30'));
    expect(slots(model)).toEqual(['1100', '1200']);
  });

  it('writes nothing where nothing happens', () => {
    const model = new ScheduleModel({ cron: '0 3 * * *' });
    model.run(at('10:20'));
    const writes = model.statusWrites;
    model.run(at('22:00'));
    expect(model.statusWrites).toBe(writes);
  });
});

describe('[FM-03] when the operator was away', () => {
  it.each([
    ['RunOnce', 1, '12:30', ['1100', '1200'], 0],
    ['RunOnce', 3, '14:30', ['1100', '1400'], 2],
    ['Skip', 1, '12:30', ['1100'], 1],
    ['Skip', 3, '14:30', ['1100'], 3],
  ] as const)('%s after %i slots', (missedRuns, _, back, made, missed) => {
    const model = new ScheduleModel({ missedRuns });
    model.run(at('11:30'));
    model.now = at(back);
    model.run(model.now + 10 * minute);
    expect(slots(model)).toEqual(made);
    expect(model.status.missedCount).toBe(missed);
    model.run(model.now + hour);
    expect(slots(model)).toHaveLength(made.length + 1);
    expect(model.status.missedCount).toBe(missed);
  });

  it.each(['RunOnce', 'Skip'] as const)('%s after 1500 slots, counted at once', (missedRuns) => {
    const model = new ScheduleModel({ cron: '* * * * *', missedRuns });
    model.run(start + 1000, { takes: 10_000 });
    const before = model.made.length;
    model.now = start + 1500 * minute + 59_000;
    // Punctual is whatever comes within a minute of its slot.
    const began = performance.now();
    model.reconcile();
    expect(performance.now() - began).toBeLessThan(1000);
    expect(model.made.length - before).toBe(1);
    expect(model.status.missedCount).toBe(1499);
    expect(model.news).toContainEqual(
      expect.stringContaining('Warning Missed: 1499 times of the schedule passed'),
    );
    model.reconcile();
    expect(model.made.length - before).toBe(1);
  });

  it('what is later than startingDeadline is left out', () => {
    const model = new ScheduleModel({ startingDeadline: '20m' });
    model.run(at('10:50'));
    model.now = at('11:25');
    model.run(at('11:30'));
    expect(slots(model)).toEqual([]);
    expect(model.status.missedCount).toBe(1);
    model.now = at('12:15');
    model.run(at('12:20'));
    expect(slots(model)).toEqual(['1200']);
    expect(model.status.missedCount).toBe(1);
  });

  it('from before its creation nothing is due', () => {
    const model = new ScheduleModel();
    model.now = at('10:59');
    model.reconcile();
    expect(model.made).toEqual([]);
  });
});

describe('a name that is taken', () => {
  it('by somebody else: told, and the slot is left out', () => {
    const model = new ScheduleModel();
    model.foreign('nightly-20260302110000');
    model.run(at('12:30'));
    expect(slots(model)).toEqual(['1200']);
    expect(model.status.missedCount).toBe(1);
    expect(model.news).toContainEqual(
      'Warning BackupExists: no backup for 2026-03-02T11:00:00Z: a MilvusBackup nightly-20260302110000 is there that this schedule did not make: none is made in its place. Delete or rename it.',
    );
    expect(model.backups.get('nightly-20260302110000')?.metadata.labels).toBeUndefined();
  });

  it('by a schedule of the same name that was deleted: left alone too', () => {
    const old = new ScheduleModel();
    old.run(at('11:01'));
    const model = new ScheduleModel();
    model.object.metadata.uid = 'another';
    for (const [name, backup] of old.backups) model.backups.set(name, backup);
    model.run(at('11:30'));
    expect(model.made).toEqual([]);
    expect(model.status.missedCount).toBe(1);
  });

  it('by itself, when the operator died before it said so: taken over', () => {
    const model = new ScheduleModel();
    model.reconcile();
    model.now = at('11:00');
    expect(model.reconcile({ writes: 1 })).toBe(1);
    expect(model.status.lastBackup).toBeUndefined();
    model.run(at('11:30'));
    expect(slots(model)).toEqual(['1100']);
    expect(model.status).toMatchObject({ lastBackup: 'nightly-20260302110000', missedCount: 0 });
    expect(model.condition('LastBackupSucceeded')).toBe('True Completed');
  });

  it('even if it failed meanwhile, and other slots have passed', () => {
    const model = new ScheduleModel();
    model.reconcile();
    model.now = at('11:00');
    model.reconcile({ writes: 1 });
    model.end('nightly-20260302110000', 'Failed');
    model.now = at('13:10');
    model.reconcile();
    expect(slots(model)).toEqual(['1100', '1300']);
    expect(model.status).toMatchObject({ missedCount: 1, consecutiveFailures: 1 });
  });
});

describe('killed after each write of each reconcile', () => {
  it.each(['Forbid', 'Allow', 'Replace'] as const)('%s: one backup for each slot', (concurrencyPolicy) => {
    for (const killAt of [0, 1, 2]) {
      const model = new ScheduleModel({ concurrencyPolicy, trigger: 'a', immediate: true });
      for (let time = start; time < at('14:30'); time += minute) {
        model.now = time;
        model.reconcile({ writes: killAt });
        // Restarted at once, with what the cache of the new process holds.
        model.reconcile();
        for (const { metadata } of model.backups.values()) {
          if (Date.parse(metadata.creationTimestamp) + 4 * minute === time) model.end(metadata.name);
        }
      }
      expect(new Set(model.made).size).toBe(model.made.length);
      expect(slots(model).filter((slot) => slot.endsWith('00'))).toEqual(['1100', '1200', '1300', '1400']);
      expect(model.made).toHaveLength(6);
      expect(model.status.missedCount).toBe(0);
    }
  });

  it('a cache that lags makes nothing twice, not even what is gone since', () => {
    const model = new ScheduleModel();
    model.reconcile();
    const stale = model.cache();
    model.now = at('11:00');
    model.reconcile();
    expect(slots(model)).toEqual(['1100']);
    model.reconcile({ stale });
    model.backups.clear();
    model.reconcile({ stale });
    expect(slots(model)).toEqual(['1100']);
  });

  it('a backup that the cache has not heard of yet counts as active', () => {
    const model = new ScheduleModel({ trigger: 'a' });
    model.reconcile();
    expect(model.made).toHaveLength(1);
    const { object } = model.cache();
    model.edit({ trigger: 'b' });
    const lagging = { object: { ...structuredClone(model.object) }, backups: [] };
    expect(object.status.active).toEqual(model.made);
    model.reconcile({ stale: lagging });
    expect(model.made).toHaveLength(1);
    expect(model.status.active).toEqual(model.made);
  });
});

describe('[FM-17] suspended', () => {
  it('makes nothing, and nothing of what passed meanwhile', () => {
    const model = new ScheduleModel();
    model.run(at('11:30'));
    model.edit({ suspend: true });
    model.run(at('14:30'));
    expect(model.status.nextScheduleTimes).toBeUndefined();
    expect(model.condition('Overdue')).toBe('Unknown Suspended');
    expect(model.condition('Ready')).toBe('True Completed');
    model.edit({ suspend: false });
    model.run(at('15:30'));
    expect(slots(model)).toEqual(['1100', '1500']);
    expect(model.status.missedCount).toBe(0);
    expect(model.condition('Overdue')).toBe('False Completed');
  });

  it('CatchUp: one backup for all that passed', () => {
    const model = new ScheduleModel({ resumePolicy: 'CatchUp' });
    model.run(at('11:30'));
    model.edit({ suspend: true });
    model.run(at('14:30'));
    model.edit({ suspend: false });
    model.run(at('15:30'));
    expect(slots(model)).toEqual(['1100', '1400', '1500']);
    expect(model.status.missedCount).toBe(2);
  });

  it('nobody was there to see it end: what passed before is still left out', () => {
    const model = new ScheduleModel();
    model.edit({ suspend: true });
    model.run(at('11:30'));
    model.now = at('13:45');
    model.edit({ suspend: false });
    model.now = at('14:15');
    model.run(at('14:20'));
    expect(slots(model)).toEqual([]);
  });

  it('switched on and off around a slot: it is made once or not at all', () => {
    for (const [off, on] of [
      ['10:59:30', '11:00:30'],
      ['10:59:30', '10:59:40'],
      ['11:00:10', '11:00:20'],
    ] as const) {
      const model = new ScheduleModel();
      model.run(at(off));
      model.edit({ suspend: true });
      model.reconcile();
      model.run(at(on));
      model.edit({ suspend: false });
      model.run(at('11:30'));
      expect(slots(model), `${off} ${on}`).toEqual(off < '11:00' && on > '11:00' ? [] : ['1100']);
    }
  });

  it('a backup at work goes on, and its end is told', () => {
    const model = new ScheduleModel();
    model.run(at('11:01'), never);
    model.edit({ suspend: true });
    model.now = at('11:05');
    model.end('nightly-20260302110000');
    model.reconcile();
    expect(model.status).toMatchObject({ active: [], lastSuccessfulBackup: 'nightly-20260302110000' });
  });

  it('does not keep a person from triggering', () => {
    const model = new ScheduleModel({ suspend: true });
    model.reconcile();
    model.edit({ trigger: 'now' });
    model.reconcile();
    expect(model.made).toHaveLength(1);
  });
});

describe('[FM-17] an edited cron or zone', () => {
  it.each([
    ['later, before it came', '10:50', '30 * * * *', 'UTC', ['1130', '1230']],
    ['earlier, and past already', '10:50', '40 * * * *', 'UTC', ['1140', '1240']],
    ['just after a slot, to a minute later', '11:00:30', '1 * * * *', 'UTC', ['1100', '1101', '1201']],
    ['just after a slot, to a minute earlier', '11:00:30', '59 * * * *', 'UTC', ['1100', '1159']],
    ['a zone half an hour ahead', '10:50', '0 * * * *', 'Asia/Kolkata', ['1130', '1230']],
    ['the same slots written otherwise', '11:00:30', '0 0-23 * * *', 'UTC', ['1100', '1200']],
    ['more often', '11:02', '*/20 * * * *', 'UTC', ['1100', '1120', '1140', '1200', '1220', '1240']],
  ] as const)('%s', (_, time, cron, timeZone, made) => {
    const model = new ScheduleModel();
    model.run(at(time));
    model.edit({ cron, timeZone });
    model.run(at('12:55'));
    expect(slots(model)).toEqual(made);
    expect(model.status.missedCount).toBe(0);
  });

  it('loses no slot that had come before it was seen, and makes none of the past', () => {
    const model = new ScheduleModel();
    model.run(at('10:50'));
    // The slot of 11:00 comes, and nobody looks before the edit.
    model.now = at('11:00:01');
    model.edit({ cron: '55 * * * *' });
    model.run(at('11:50'));
    expect(slots(model)).toEqual(['1100']);
    expect(model.status.nextScheduleTimes?.[0]).toBe('2026-03-02T11:55:00Z');
  });

  it('after an outage: one for the slots of before', () => {
    const model = new ScheduleModel();
    model.run(at('10:50'));
    model.now = at('13:10');
    model.edit({ cron: '45 * * * *' });
    model.run(at('14:00'));
    expect(slots(model)).toEqual(['1300', '1345']);
    expect(model.status.missedCount).toBe(2);
  });
});

describe('a spec that cannot be carried out', () => {
  it.each([
    ['31 February', { cron: '0 0 31 2 *' }],
    ['an unknown zone', { timeZone: 'Europe/Atlantis' }],
    ['seconds', { cron: '0 0 * * * *' }],
    ['a zone in the expression', { cron: 'TZ=UTC 0 * * *' }],
    ['a minute that is none', { cron: '61 * * * *' }],
  ])('%s', (_, spec) => {
    const model = new ScheduleModel();
    model.run(at('11:30'));
    model.edit(spec);
    model.run(at('14:30'));
    expect(model.condition('Ready')).toBe('False InvalidConfiguration');
    expect(model.condition('Stalled')).toBe('True InvalidConfiguration');
    expect(model.status.nextScheduleTimes).toBeUndefined();
    expect(model.status.observedGeneration).toBe(2);
    expect(slots(model)).toEqual(['1100']);
    model.edit({ cron: '0 * * * *', timeZone: 'UTC' });
    model.run(at('15:30'));
    expect(model.condition('Ready')).toBe('True Completed');
    expect(model.condition('Stalled')).toBeUndefined();
    expect(slots(model)).toEqual(['1100', '1500']);
  });

  it('a backup at work is told of all the same', () => {
    const model = new ScheduleModel();
    model.run(at('11:01'), never);
    model.edit({ timeZone: 'Nowhere' });
    model.end('nightly-20260302110000', 'Failed');
    model.reconcile();
    expect(model.condition('LastBackupSucceeded')).toBe('False Unreachable');
  });
});

describe('[FM-15] the clock of the machine', () => {
  it('a day ahead and back: no burst, waits, and goes on', () => {
    const model = new ScheduleModel();
    model.run(at('11:30'));
    model.now = at('1T11:30');
    model.run(model.now + 10 * minute);
    expect(slots(model)).toEqual(['1100', '03T1100']);
    model.now = at('11:45');
    model.run(at('13:30'));
    expect(slots(model)).toEqual(['1100', '03T1100']);
    expect(model.condition('Reconciling')).toBe('True ClockSkew');
    expect(model.condition('Overdue')).toBe('Unknown ClockSkew');
    expect(model.condition('Ready')).toBe('True Completed');
    model.run(at('1T12:30'));
    expect(slots(model)).toEqual(['1100', '03T1100', '03T1200']);
    expect(model.condition('Reconciling')).toBeUndefined();
  });

  it('a few seconds back: nothing is said, and nothing is made twice', () => {
    const model = new ScheduleModel();
    model.run(at('11:00'), never);
    expect(slots(model)).toEqual(['1100']);
    model.now = at('10:59:30');
    model.reconcile();
    expect(model.condition('Reconciling')).toBeUndefined();
    model.run(at('11:20'));
    expect(slots(model)).toEqual(['1100']);
  });
});

describe('at once', () => {
  it('immediate: once, and beside the slots', () => {
    const model = new ScheduleModel({ immediate: true });
    model.run(at('12:30'));
    expect(slots(model)).toEqual(['1010', '1100', '1200']);
  });

  it('immediate, made suspended: not when it is resumed', () => {
    const model = new ScheduleModel({ immediate: true, suspend: true });
    model.run(at('10:30'));
    model.edit({ suspend: false });
    model.run(at('11:30'));
    expect(slots(model)).toEqual(['1100']);
  });

  it('trigger: once for each word', () => {
    const model = new ScheduleModel({ cron: '0 3 * * *' });
    model.run(at('10:20'));
    for (const trigger of ['one', 'one', 'two', 'one']) {
      model.edit({ trigger });
      model.run(model.now + 10 * minute);
    }
    expect(model.made).toHaveLength(2);
    expect(model.status.lastTrigger).toBe('one');
    expect(model.made.every((name) => /^nightly-t[0-9a-f]{8}$/.test(name))).toBe(true);
    expect(model.status.lastScheduleTime).toBeUndefined();
  });

  it('trigger: answered once the backup before it is over', () => {
    const model = new ScheduleModel();
    model.run(at('11:01'), never);
    model.edit({ trigger: 'now' });
    model.reconcile();
    expect(model.made).toHaveLength(1);
    expect(model.status.lastTrigger).toBeUndefined();
    model.end('nightly-20260302110000');
    model.reconcile();
    expect(model.made).toHaveLength(2);
    expect(model.status.lastTrigger).toBe('now');
  });
});

describe('an earlier backup that is not over', () => {
  it('Forbid: waited for, then one for all slots that passed', () => {
    const model = new ScheduleModel();
    model.run(at('13:30'), never);
    expect(slots(model)).toEqual(['1100']);
    expect(model.condition('Overdue')).toBe('True Queued');
    expect(model.condition('Ready')).toBe('True Completed');
    expect(model.status.nextScheduleTimes?.[0]).toBe('2026-03-02T12:00:00Z');
    model.end('nightly-20260302110000');
    model.run(at('13:40'));
    expect(slots(model)).toEqual(['1100', '1300']);
    expect(model.status.missedCount).toBe(1);
  });

  it('Forbid with Skip: what cannot begin at its time is left out', () => {
    const model = new ScheduleModel({ missedRuns: 'Skip' });
    model.run(at('13:30'), { takes: 150 * minute });
    expect(slots(model)).toEqual(['1100']);
    model.run(at('14:10'), { takes: 150 * minute });
    expect(slots(model)).toEqual(['1100', '1400']);
    expect(model.status.missedCount).toBe(2);
  });

  it('Allow: beside it, but never two that have not begun', () => {
    const model = new ScheduleModel({ concurrencyPolicy: 'Allow' });
    model.run(at('12:30'), never);
    expect(slots(model)).toEqual(['1100']);
    model.begin('nightly-20260302110000');
    model.run(at('12:40'), never);
    expect(slots(model)).toEqual(['1100', '1200']);
    expect(model.status.active).toEqual(['nightly-20260302110000', 'nightly-20260302120000']);
  });

  it('Replace: canceled, and the record stays', () => {
    const model = new ScheduleModel({ concurrencyPolicy: 'Replace' });
    model.run(at('12:00'), never);
    expect(slots(model)).toEqual(['1100', '1200']);
    expect(model.backups.get('nightly-20260302110000')?.spec.cancel).toBe(true);
    expect(model.backups.get('nightly-20260302120000')?.spec.cancel).toBe(false);
    model.end('nightly-20260302110000', 'Canceled');
    model.reconcile();
    expect(model.condition('LastBackupSucceeded')).toBe('False Canceled');
    expect(model.status.active).toEqual(['nightly-20260302120000']);
  });

  it("another schedule's, or one made by hand, is no reason to wait", () => {
    const model = new ScheduleModel();
    model.foreign('by-hand');
    model.run(at('11:30'));
    expect(slots(model)).toEqual(['1100']);
  });
});

describe('a restore on its Milvus', () => {
  it('is waited for; then one backup for all slots that passed', () => {
    const model = new ScheduleModel();
    const restore = model.restore('back');
    model.run(at('11:00:30'));
    expect(model.condition('Overdue')).toBe('False InstanceBusy');
    model.run(at('13:30'));
    expect(slots(model)).toEqual([]);
    expect(model.condition('Overdue')).toBe('True InstanceBusy');
    expect(model.condition('Ready')).toBe('True Completed');
    expect(model.condition('Reconciling')).toBeUndefined();
    restore.status.phase = 'Succeeded';
    restore.status.completionTime = '2026-03-02T13:30:00Z';
    model.run(at('13:40'));
    expect(slots(model)).toEqual(['1300']);
    expect(model.status.missedCount).toBe(2);
    expect(model.condition('Overdue')).toBe('False Completed');
  });

  it.each([
    ['elsewhere', (model: ScheduleModel) => (model.restore('r').spec.instanceRef = { name: 'other' })],
    [
      'that lacks what it needs',
      (model: ScheduleModel) =>
        (model.restore('r', false).status.conditions = [
          {
            type: 'Reconciling',
            status: 'True',
            reason: 'BackupNotReady',
            message: 'm',
            lastTransitionTime: '2026-03-02T10:00:00Z',
          },
        ]),
    ],
  ])('%s is not', (_, prepare) => {
    const model = new ScheduleModel();
    prepare(model);
    model.run(at('11:30'));
    expect(slots(model)).toEqual(['1100']);
  });
});

describe('what the template names', () => {
  it.each([
    ['hasInstance', 'InstanceNotFound'],
    ['hasStorage', 'StorageNotFound'],
  ] as const)('is not there (%s)', (field, reason) => {
    const model = new ScheduleModel({ immediate: true });
    model[field] = false;
    model.run(at('13:30'));
    expect(model.made).toEqual([]);
    expect(model.condition('Ready')).toBe(`False ${reason}`);
    expect(model.condition('Reconciling')).toBe(`True ${reason}`);
    expect(model.condition('Overdue')).toBe(`True ${reason}`);
    model[field] = true;
    model.run(at('13:40'));
    expect(slots(model)).toEqual(['1300']);
    expect(model.condition('Ready')).toBe('True Completed');
    expect(model.condition('Reconciling')).toBeUndefined();
  });
});

describe('how backups end', () => {
  it('changes nothing of Ready, Reconciling and Stalled', () => {
    const model = new ScheduleModel();
    model.run(at('15:30'), { phase: 'Failed' });
    expect(slots(model)).toHaveLength(5);
    expect(model.condition('Ready')).toBe('True Completed');
    expect(model.condition('Reconciling')).toBeUndefined();
    expect(model.condition('Stalled')).toBeUndefined();
    expect(model.condition('LastBackupSucceeded')).toBe('False Unreachable');
    expect(model.condition('Overdue')).toBe('True Unreachable');
    expect(model.status.consecutiveFailures).toBe(5);
    expect(model.status.lastSuccessfulTime).toBeUndefined();
    model.run(at('16:30'));
    expect(model.status.consecutiveFailures).toBe(0);
    expect(model.condition('LastBackupSucceeded')).toBe('True Completed');
    expect(model.condition('Overdue')).toBe('False Completed');
  });

  it.each(['PartiallyFailed', 'Canceled', 'Failed'])('%s is no success', (phase) => {
    const model = new ScheduleModel();
    model.run(at('11:30'), { phase });
    expect(model.status.consecutiveFailures).toBe(1);
    expect(model.status.lastSuccessfulBackup).toBeUndefined();
    expect(model.condition('LastBackupSucceeded')?.startsWith('False')).toBe(true);
  });

  it('is counted once, and stays counted when the objects are gone', () => {
    const model = new ScheduleModel();
    model.run(at('12:30'), { phase: 'Failed' });
    model.backups.clear();
    model.run(at('12:50'));
    expect(model.status.consecutiveFailures).toBe(2);
    expect(model.condition('LastBackupSucceeded')).toBe('False Unreachable');
  });

  it('one that was deleted while it was at work counts as nothing', () => {
    const model = new ScheduleModel();
    model.run(at('11:01'), never);
    model.backups.clear();
    model.run(at('11:30'));
    expect(model.status).toMatchObject({ active: [], consecutiveFailures: 0 });
    expect(model.condition('LastBackupSucceeded')).toBe('Unknown InProgress');
    expect(slots(model)).toEqual(['1100']);
  });

  it('a status that was lost is made up again from what is there', () => {
    const model = new ScheduleModel();
    model.run(at('13:30'));
    model.object = { ...model.object, status: { observedGeneration: -1 } };
    model.reconcile();
    expect(model.status).toMatchObject({
      lastSuccessfulBackup: 'nightly-20260302130000',
      consecutiveFailures: 0,
      lastScheduleTime: '2026-03-02T13:00:00Z',
      missedCount: 0,
    });
    expect(slots(model)).toEqual(['1100', '1200', '1300']);
  });
});

describe('a server that refuses the backup', () => {
  it.each([
    [{ status: 403, reason: 'Forbidden', message: 'exceeded quota' }, 'Forbidden', 'True Completed'],
    [
      { status: 422, reason: 'Invalid', message: 'spec.include: Too many' },
      'InvalidConfiguration',
      'False InvalidConfiguration',
    ],
  ])('%j', (refusal, reason, ready) => {
    const model = new ScheduleModel();
    model.reconcile();
    model.refusal = refusal;
    model.now = at('11:00');
    model.reconcile();
    expect(model.desired?.requeueAt).toBe(at('11:00') + 30_000);
    model.now = at('11:02');
    model.reconcile();
    expect(model.condition('Ready')).toBe(ready);
    expect(model.condition('Overdue')?.endsWith(reason)).toBe(true);
    expect(model.status.nextScheduleTimes?.[0] ?? '2026-03-02T11:00:00Z').toBe('2026-03-02T11:00:00Z');
    model.refusal = undefined;
    model.run(at('11:30'));
    expect(slots(model)).toEqual(['1100']);
    expect(model.condition('Ready')).toBe('True Completed');
  });

  it('in a namespace that goes away says nothing', () => {
    const model = new ScheduleModel();
    model.reconcile();
    model.now = at('11:00');
    const message = 'unable to create new content in namespace ns because it is being terminated';
    model.refusal = { status: 403, reason: 'Forbidden', message };
    const writes = model.statusWrites;
    model.reconcile();
    expect(model.statusWrites).toBe(writes);
  });
});

it('one that is being deleted does nothing', () => {
  const model = new ScheduleModel();
  model.run(at('10:30'));
  model.object = {
    ...model.object,
    metadata: { ...model.object.metadata, deletionTimestamp: '2026-03-02T10:30:00Z' },
  };
  model.run(at('12:30'));
  expect(model.made).toEqual([]);
});

it('two schedules for one Milvus in one minute each make their own', () => {
  const [one, other] = [new ScheduleModel({}, 'one'), new ScheduleModel({}, 'other')];
  for (const model of [one, other]) model.run(at('11:30'));
  expect([...one.made, ...other.made]).toEqual(['one-20260302110000', 'other-20260302110000']);
});
