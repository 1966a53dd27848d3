// SPDX-License-Identifier: Apache-2.0
// Which backups of a schedule are kept, as its spec asks for it and as its status tells it.
import { amount, flag, integer, list, object, text, withDefaults, type Schema } from './schema.ts';
import { duration } from './shapes.ts';

const count = (description: string): Schema => integer(description, { min: 0, max: 10_000 });
const age = (description: string): Schema => duration(description, { min: '1m', max: '876000h' });

export const retention: Schema = withDefaults(
  object('Which backups are kept: what any rule names. Without a rule all that succeeded stay.', {
    keepLast: count('The newest so many.'),
    keepHourly: count('The newest backup of each of the newest so many hours that have one.'),
    keepDaily: count('The same of days, in timeZone.'),
    keepWeekly: count('The same of weeks, from Monday.'),
    keepMonthly: count('The same of months.'),
    keepYearly: count('The same of years.'),
    keepWithin: age('Whatever is at most that old.'),
    maxAge: age('Nothing that is older, whatever rules name it; but see minSuccessful.'),
    minSuccessful: integer('The newest so many that succeeded stay, whatever else is said.', {
      min: 1,
      max: 10_000,
      standard: 1,
    }),
    failedHistory: integer('How many of each stay that ended as Failed, Canceled or PartiallyFailed.', {
      min: 0,
      max: 100,
      standard: 3,
    }),
    dryRun: flag('status.retention says what would go, and nothing goes.', false),
  }),
);

/** A rule is named by its field; an annotation may name any word. */
const rule = text('Its name.', 64);

export const retentionStatus: Schema = object('What the retention says of the backups that have ended.', {
  kept: list(
    'Those that stay, newest first; at most 100 are named.',
    object(
      'One that stays.',
      { name: text('Its MilvusBackup.', 253), rules: list('By which rules.', rule, 16) },
      { required: ['name', 'rules'] },
    ),
    100,
  ),
  going: list(
    'Those that go, oldest first; at most 100 are named.',
    object('One that goes.', { name: text('Its MilvusBackup.', 253), rule }, { required: ['name', 'rule'] }),
    100,
  ),
  keptCount: amount('How many stay.'),
  goingCount: amount('How many go.'),
});
