// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { MilvusBackup } from '../../../../src/api/index.ts';
import { candidatesOf, planRetention } from '../../../../src/plan/retention/retention.ts';
import { restoreOf } from '../job-samples.ts';
import { finishedBackup, hour } from '../run-model.ts';

const now = Date.parse('2026-01-01T01:00:00Z') + hour;

type Change = {
  spec?: Partial<MilvusBackup['spec']>;
  status?: Partial<MilvusBackup['status']>;
  metadata?: Partial<MilvusBackup['metadata']>;
};

function backup({ spec, status, metadata }: Change = {}, name = 'nightly'): MilvusBackup {
  const one = finishedBackup();
  Object.assign(one.spec, spec);
  Object.assign(one.status, status);
  Object.assign(one.metadata, { name }, metadata);
  return one;
}

const mark = { annotations: { 'milvusbackup.dev/expired-by': 'maxAge' } };

describe('a candidate', () => {
  it('is a backup in five words', () => {
    expect(candidatesOf([backup()], [], now)).toEqual([
      {
        name: 'nightly',
        phase: 'Succeeded',
        completionTime: '2026-01-01T01:00:00Z',
        isHeld: false,
        isInUse: false,
      },
    ]);
  });

  it.each<[string, Change, string | undefined]>([
    ['ttl is over', { spec: { ttl: '1h' } }, 'spec.ttl'],
    ['ttl is not over', { spec: { ttl: '2h' } }, undefined],
    ['it is marked', { metadata: mark }, 'maxAge'],
    ['it is marked and held', { metadata: mark, spec: { hold: true } }, undefined],
    ['it is deleted', { metadata: { deletionTimestamp: '2026-01-01T01:30:00Z' } }, 'deletion'],
    ['its data are being removed', { status: { phase: 'Deleting' } }, 'deletion'],
    ['its data cannot be removed', { status: { phase: 'DeleteFailed' } }, 'deletion'],
    [
      'its data are being removed, by a mark, and it is held too late',
      { metadata: mark, spec: { hold: true }, status: { phase: 'Deleting' } },
      'deletion',
    ],
  ])('goes anyway or does not: %s', (_, change, goingBy) => {
    expect(candidatesOf([backup(change)], [], now)[0]?.goingBy).toBe(goingBy);
  });

  it('is in use by a restore that has not ended', () => {
    const restore = restoreOf();
    expect(candidatesOf([backup(), backup({}, 'other')], [restore], now).map((one) => one.isInUse)).toEqual([
      true,
      false,
    ]);
    restore.status.phase = 'Succeeded';
    expect(candidatesOf([backup()], [restore], now)[0]?.isInUse).toBe(false);
  });
});

describe('a backup without its data', () => {
  const policy = { keepLast: 1 };
  const older = backup({ status: { completionTime: '2025-12-31T01:00:00Z' } }, 'older');

  it.each(['Expired', 'Deleting', 'DeleteFailed'])(
    'that is %s is no success that others may go for',
    (phase) => {
      const backups = candidatesOf([older, backup({ status: { phase } })], [], now);
      const { kept, marks } = planRetention({ backups, policy, timeZone: 'UTC', now });
      expect(kept).toEqual([{ name: 'older', rules: ['keepLast', 'minSuccessful'] }]);
      expect(marks).toEqual([]);
    },
  );
});
