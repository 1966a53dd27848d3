// SPDX-License-Identifier: Apache-2.0
// The fingerprint of a set of texts, in any order and in constant memory: two sets of a million objects each are compared
// without sorting or keeping either. 96 bits against accidents; it is no proof against an adversary, who could as well
// change the meta that it is taken from.
import { hash } from 'node:crypto';

const modulus = 2 ** 48;

export type Fingerprint = { count: number; low: number; high: number };

export function emptyFingerprint(): Fingerprint {
  return { count: 0, low: 0, high: 0 };
}

/** Adds one member. Sums are modulo 2^48, so that they stay exact. */
export function addTo(fingerprint: Fingerprint, text: string): void {
  const digest = hash('sha1', text, 'buffer');
  fingerprint.count++;
  fingerprint.low = (fingerprint.low + digest.readUIntLE(0, 6)) % modulus;
  fingerprint.high = (fingerprint.high + digest.readUIntLE(6, 6)) % modulus;
}

export function isSameSet(one: Fingerprint, other: Fingerprint): boolean {
  return one.count === other.count && one.low === other.low && one.high === other.high;
}
