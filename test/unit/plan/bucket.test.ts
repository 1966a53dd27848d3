// SPDX-License-Identifier: Apache-2.0
// A bucket that is not there: nothing lies in it, so nothing is waited for.
import { expect, it } from 'vitest';
import { backupModel, fail, finish, minute, said, suffixes } from './run-model.ts';

it('leaves nothing to put away after a run that found no bucket', () => {
  const model = backupModel();
  fail(model, 'BucketNotFound', 3);
  fail(model, 'BucketNotFound', 3);
  expect(suffixes(model)).toEqual(['1', 'c1']);
  expect(said(model)).toEqual([
    'Ready=False/BucketNotFound',
    'Stalled=True/BucketNotFound',
    'Succeeded=False/BucketNotFound',
  ]);
});

it('does not hold a backup whose data went with it', () => {
  const model = backupModel({ deletionPolicy: 'Delete' });
  finish(model);
  model.now += minute;
  model.deleteObject();
  fail(model, 'BucketNotFound', 3);
  expect(model.object).toBeUndefined();
  expect(model.news.at(-1)).toContain('Warning CleanupFailed');
});
