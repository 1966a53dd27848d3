// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import {
  claimed,
  holderOf,
  isFree,
  newLease,
  observe,
  released,
  type Lease,
  type LeaseSpec,
} from '../../../src/kube/lease-record.ts';

const wall = Date.parse('2026-11-20T12:00:00Z');
const time = '2026-11-20T12:00:00.000000Z';
const lease = (spec: LeaseSpec, resourceVersion = '1'): Lease => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { namespace: 'x', name: 'lock', resourceVersion },
  spec,
});
const held = { holderIdentity: 'other', leaseDurationSeconds: 15 };

describe('whether it may be taken', () => {
  it.each<[string, LeaseSpec, number, boolean]>([
    ['nobody ever held it', {}, 0, true],
    ['its holder gave it up', { holderIdentity: '', leaseDurationSeconds: 1 }, 0, true],
    ['it is ours', { holderIdentity: 'me', leaseDurationSeconds: 15 }, 0, true],
    ['another holds it and we have just looked', held, 0, false],
    ['it has not changed for almost its time', held, 14_999, false],
    ['it has not changed for its time', held, 15_000, true],
    ['its holder promised no time', { holderIdentity: 'other' }, 0, true],
    [
      "by its holder's clock it ended an hour ago",
      { ...held, renewTime: '2026-11-20T11:00:00.000000Z' },
      0,
      false,
    ],
    [
      "by its holder's clock it begins tomorrow",
      { ...held, renewTime: '2026-11-21T12:00:00.000000Z' },
      15_000,
      true,
    ],
  ])('%s', (_name, spec, unchangedMs, free) => {
    const seen = observe(undefined, lease(spec), 1000);
    expect(isFree(seen, 'me', 1000 + unchangedMs)).toBe(free);
  });

  it('each change begins the time anew, the same again does not', () => {
    const first = observe(undefined, lease(held, '1'), 0);
    const again = observe(first, lease(held, '1'), 10_000);
    const renewed = observe(again, lease(held, '2'), 14_000);
    expect([first.since, again.since, renewed.since]).toEqual([0, 0, 14_000]);
    expect(isFree(renewed, 'me', 28_999)).toBe(false);
    expect(isFree(renewed, 'me', 29_000)).toBe(true);
  });
});

describe('what is written', () => {
  const claim = { identity: 'me', seconds: 15, wall };

  it('a new one', () => {
    expect(newLease({ namespace: 'x', name: 'lock' }, claim)).toMatchObject({
      metadata: { namespace: 'x', name: 'lock' },
      spec: {
        holderIdentity: 'me',
        leaseDurationSeconds: 15,
        acquireTime: time,
        renewTime: time,
        leaseTransitions: 0,
      },
    });
  });

  it.each<[string, LeaseSpec, Partial<LeaseSpec>]>([
    [
      'renewed: it keeps since when',
      { holderIdentity: 'me', acquireTime: 'before', leaseTransitions: 3 },
      { acquireTime: 'before', renewTime: time, leaseTransitions: 3 },
    ],
    [
      'taken over: one more transition',
      { holderIdentity: 'other', acquireTime: 'before', leaseTransitions: 3 },
      { acquireTime: time, renewTime: time, leaseTransitions: 4 },
    ],
    ['taken for the first time', {}, { acquireTime: time, leaseTransitions: 1 }],
  ])('%s', (_name, before, after) => {
    const written = claimed(lease(before, '7'), claim);
    expect(written.spec).toMatchObject({ holderIdentity: 'me', leaseDurationSeconds: 15, ...after });
    expect(written.metadata.resourceVersion).toBe('7');
  });

  it('given up: nobody has to wait, and the count of transitions stays', () => {
    const written = released(lease({ ...held, leaseTransitions: 3 }, '7'), wall);
    expect(written.spec).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions: 3 });
    expect(written.metadata.resourceVersion).toBe('7');
    expect(holderOf(written)).toBe('');
    expect(isFree(observe(undefined, written, 0), 'me', 0)).toBe(true);
  });
});
