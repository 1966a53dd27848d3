// SPDX-License-Identifier: Apache-2.0
// What stands in a Lease and what follows from it. Pure: the times come from whoever asks.
import { microTime } from './micro-time.ts';
import type { KubeObject, ObjectName, Resource } from './resource.ts';

export type LeaseSpec = {
  holderIdentity?: string;
  leaseDurationSeconds?: number;
  acquireTime?: string;
  renewTime?: string;
  leaseTransitions?: number;
};

export type Lease = KubeObject & { spec?: LeaseSpec };

/** A record, and since when by our own monotonic clock it has stood like that. */
export type Observed = { lease: Lease; since: number };

export const leases: Resource = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
};

/** Judges by its own clock only: a record that changed was renewed just now, whatever time its holder wrote into it. */
export function observe(before: Observed | undefined, lease: Lease, now: number): Observed {
  const isSame = before?.lease.metadata.resourceVersion === lease.metadata.resourceVersion;
  return before && isSame ? { lease, since: before.since } : { lease, since: now };
}

export function holderOf(lease: Lease): string {
  return lease.spec?.holderIdentity ?? '';
}

/** Whether `identity` may take it: it is free, its own, or has not changed for as long as its holder promised to renew. */
export function isFree({ lease, since }: Observed, identity: string, now: number): boolean {
  const holder = holderOf(lease);
  if (holder === '' || holder === identity) return true;
  return now - since >= (lease.spec?.leaseDurationSeconds ?? 0) * 1000;
}

export function newLease(
  name: ObjectName,
  claim: { identity: string; seconds: number; wall: number },
): Lease {
  const metadata =
    name.namespace === undefined ? { name: name.name } : { ...name, namespace: name.namespace };
  const spec = {
    holderIdentity: claim.identity,
    leaseDurationSeconds: claim.seconds,
    acquireTime: microTime(claim.wall),
    renewTime: microTime(claim.wall),
    leaseTransitions: 0,
  };
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec };
}

/** The record with us as its holder: renewed, or taken over. */
export function claimed(lease: Lease, claim: { identity: string; seconds: number; wall: number }): Lease {
  const isOurs = holderOf(lease) === claim.identity;
  const transitions = lease.spec?.leaseTransitions ?? 0;
  const time = microTime(claim.wall);
  return {
    ...lease,
    spec: {
      ...lease.spec,
      holderIdentity: claim.identity,
      leaseDurationSeconds: claim.seconds,
      acquireTime: (isOurs ? lease.spec?.acquireTime : undefined) ?? time,
      renewTime: time,
      leaseTransitions: isOurs ? transitions : transitions + 1,
    },
  };
}

/** Nobody's: the next one need not wait. */
export function released(lease: Lease, wall: number): Lease {
  const time = microTime(wall);
  return {
    ...lease,
    spec: {
      ...lease.spec,
      holderIdentity: '',
      leaseDurationSeconds: 1,
      acquireTime: time,
      renewTime: time,
    },
  };
}
