// SPDX-License-Identifier: Apache-2.0
// MilvusBackupSchedule: backups by the clock. Nothing here is immutable: what a person changes holds from then on.
import { backupTemplate } from './backup.schema.ts';
import { age, conditionColumn, type Column, type Kind } from './crd.ts';
import { amount, choice, flag, list, map, object, text, time, type Rule, type Schema } from './schema.ts';
import { retention, retentionStatus } from './retention-shapes.ts';
import { keysAreNames, labelValue } from './scheduling.ts';
import { duration } from './shapes.ts';
import { conditions, observedGeneration, status } from './status.ts';

const cronShape: Rule = {
  rule: String.raw`self.matches('^(@[a-z]+|\\s*\\S+(\\s+\\S+){4}\\s*)$')`,
  message:
    'must be five fields (minute, hour, day of month, month, day of week) or a macro such as @daily: no seconds, no TZ=; the zone is timeZone',
};

const zoneShape: Rule = {
  rule: "self.matches('^[A-Za-z][-A-Za-z0-9_+]*(/[-A-Za-z0-9_+]+)*$')",
  message: 'must be the name of a time zone of the IANA database, such as UTC or Europe/Berlin',
};

const oursAreOurs: Rule = {
  rule: "self.all(key, !key.contains('milvusbackup.dev/'))",
  message: 'keys of milvusbackup.dev/ are written by the operator: remove them',
  reason: 'FieldValueForbidden',
};

const template = object(
  'What each backup is made from, as it stands when the backup is made.',
  {
    metadata: object(
      'Labels and annotations of each backup. Those of the schedule itself are never passed on.',
      {
        labels: map('Labels, beside ours, which win.', labelValue('The value.'), 50, [
          oursAreOurs,
          keysAreNames,
        ]),
        annotations: map('Annotations, beside ours, which win.', text('The value.', 1024), 20, [
          oursAreOurs,
          keysAreNames,
        ]),
      },
    ),
    spec: backupTemplate,
  },
  { required: ['spec'] },
);

const whenIsIt: Record<string, Schema> = {
  cron: {
    ...text(
      'When: minute, hour, day of month, month and day of week, or @hourly, @daily, @weekly, @monthly, @yearly.',
      256,
      { minLength: 1 },
    ),
    'x-kubernetes-validations': [cronShape],
  },
  timeZone: {
    ...text('The zone that cron is read in, by its IANA name.', 64, { minLength: 1, default: 'UTC' }),
    'x-kubernetes-validations': [zoneShape],
  },
  jitter: duration(
    'Each backup begins later than its slot by a fixed part of this, made from the UID: so that a hundred schedules of midnight do not begin at once.',
    { min: '1s', max: '24h' },
  ),
  suspend: flag('The clock makes no backups while this is true. Those at work go on.', false),
  immediate: flag('One backup at once when the schedule is made, beside those of the clock.', false),
  trigger: text('Any word: whenever it becomes another one, one backup is made at once.', 253, {
    minLength: 1,
  }),
};

const whatIf: Record<string, Schema> = {
  concurrencyPolicy: choice(
    'When the time has come and an earlier backup of this schedule is not over. Forbid: wait for it. Allow: run beside it. Replace: cancel it.',
    ['Forbid', 'Allow', 'Replace'],
    'Forbid',
  ),
  startingDeadline: duration(
    'How late a backup may begin, counted from when it was due. Left out: no limit with RunOnce, one minute with Skip.',
    { min: '10s', max: '720h' },
  ),
  missedRuns: choice(
    'What of times at which nothing could begin. RunOnce: one backup for all of them, as soon as it can. Skip: none.',
    ['RunOnce', 'Skip'],
    'RunOnce',
  ),
  resumePolicy: choice(
    'What of the times that passed while suspended. NextSlot: nothing. CatchUp: as missedRuns says.',
    ['NextSlot', 'CatchUp'],
    'NextSlot',
  ),
  ownership: choice(
    'Schedule: the MilvusBackups go with the schedule when it is deleted (their data as deletionPolicy says). None: they stay.',
    ['None', 'Schedule'],
    'None',
  ),
};

const fields = object(
  'When backups are made, and of what.',
  { ...whenIsIt, ...whatIf, template, retention },
  { required: ['cron', 'template'] },
);

const columns: Column[] = [
  { name: 'Schedule', type: 'string', jsonPath: '.spec.cron', description: 'When.' },
  { name: 'Zone', type: 'string', jsonPath: '.spec.timeZone', description: 'In which zone.' },
  { name: 'Suspend', type: 'boolean', jsonPath: '.spec.suspend', description: 'Whether the clock stands.' },
  {
    name: 'Last',
    type: 'date',
    jsonPath: '.status.lastScheduleTime',
    description: 'The latest time that was dealt with.',
  },
  // Not as a date: of what lies ahead kubectl prints <invalid>.
  { name: 'Next', type: 'string', jsonPath: '.status.nextScheduleTimes[0]', description: 'The next time.' },
  conditionColumn('Succeeded', 'LastBackupSucceeded', 'How the last backup ended.'),
  age,
  { ...conditionColumn('Ready', 'Ready', 'Whether it can make backups.'), priority: 1 },
  { ...conditionColumn('Overdue', 'Overdue', 'Whether a success is overdue.'), priority: 1 },
  {
    name: 'Backup',
    type: 'string',
    jsonPath: '.status.lastBackup',
    description: 'The backup that was made last.',
    priority: 1,
  },
];

const name = (description: string): Schema => text(description, 253);

export const schedule: Kind = {
  kind: 'MilvusBackupSchedule',
  plural: 'milvusbackupschedules',
  shortName: 'mbs',
  description: 'Backups of a Milvus by the clock.',
  columns,
  spec: fields,
  status: status('Where this schedule stands.', {
    observedGeneration,
    conditions: conditions('Ready, Reconciling, Stalled, LastBackupSucceeded, Overdue'),
    lastScheduleTime: time(
      'The latest time of the schedule that was dealt with: by a backup or by leaving it out.',
    ),
    lastSuccessfulTime: time('When the latest backup that succeeded was complete.'),
    lastBackup: name('The MilvusBackup that was made last.'),
    lastSuccessfulBackup: name('The MilvusBackup that succeeded last.'),
    nextScheduleTimes: list(
      'The next three times, before jitter. One that has passed is waited for; left out while suspended.',
      time('A time of the schedule.'),
      3,
    ),
    active: list('MilvusBackups of this schedule that have not ended.', name('Name of one.'), 100),
    missedCount: amount(
      'Times of the schedule that had no backup of their own, in all. Not those while suspended.',
    ),
    consecutiveFailures: amount('Backups in a row that did not succeed, up to the last that ended.'),
    lastTrigger: name('The last trigger that was answered.'),
    retention: retentionStatus,
  }),
};
