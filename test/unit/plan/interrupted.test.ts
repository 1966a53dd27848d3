// SPDX-License-Identifier: Apache-2.0
// An engine that is told to stop knows no more than that: who stopped it is seen from outside.
import { expect, it } from 'vitest';
import { backupModel, settle, start } from './run-model.ts';

const stopped = { outcome: 'Failed', reason: 'Interrupted', message: 'stopped by SIGTERM' } as const;

it.each([
  ['its Job', /^Job nightly-\w+-1 was deleted: stopped by SIGTERM$/],
  ['its pod', /^pod nightly-\w+-1-\w+ was deleted: stopped by SIGTERM$/],
  ['nobody', /^stopped by SIGTERM$/],
] as const)('says of an attempt that was stopped when %s was deleted', (what, says) => {
  const model = backupModel();
  start(model);
  const [name = ''] = model.made;
  const pod = model.podOf(name);
  if (what === 'its pod') pod.metadata.deletionTimestamp = '2026-01-02T00:00:00Z';
  model.tell(pod, stopped, 1);
  if (what === 'its Job') model.jobs.delete(name);
  settle(model);
  expect(model.object?.status.attempts?.[0]).toMatchObject({
    reason: 'Interrupted',
    message: expect.stringMatching(says),
  });
});
