// SPDX-License-Identifier: Apache-2.0
// What a person may say of a backup and of a restore alike.
import { jobOverrides } from './job-overrides.ts';
import { flag, text, withRules, type Properties, type Rule, type Schema } from './schema.ts';
import { duration, limits, retry } from './shapes.ts';

export const runSpec: Properties = {
  limits,
  retry,
  deadline: duration('When the run is given up, counted from the start of its first attempt.', {
    min: '1m',
    max: '720h',
    standard: '6h',
  }),
  // No default: for a run that waits for its turn it only counts where somebody set it.
  startDeadline: duration(
    'When a run that cannot start is given up, counted from creation. Left out: 1h for what is missing, and no limit for waiting in the queue.',
    { min: '10s', max: '720h' },
  ),
  deletionTimeout: duration(
    'How long cleaning up may hold the object, before it says what is left and ends.',
    {
      min: '10s',
      max: '24h',
      standard: '10m',
    },
  ),
  cancel: flag('Set it to true to end the run. It stays true.', false),
  job: jobOverrides,
};

export const cancelIsFinal: Rule = {
  rule: '!oldSelf.cancel || self.cancel',
  message: 'cancel cannot be taken back: make another object',
  reason: 'FieldValueForbidden',
  fieldPath: '.cancel',
};

/** The name of a backup, by the rules of the established tool. */
export function backupName(description: string): Schema {
  return withRules(text(description, 128, { minLength: 1 }), {
    rule: "self.matches('^[A-Za-z_][A-Za-z0-9_]*$')",
    message: "must hold only ASCII letters, digits and '_', and not begin with a digit",
  });
}
