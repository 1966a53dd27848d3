// SPDX-License-Identifier: Apache-2.0
import type { Candidate } from '../../../../src/plan/retention/retention.ts';

/** A backup that succeeded, named after its completion. */
export function success(completionTime: string, more: Partial<Candidate> = {}): Candidate {
  return {
    name: `b-${completionTime}`,
    phase: 'Succeeded',
    completionTime,
    isHeld: false,
    isInUse: false,
    ...more,
  };
}

export function at(text: string): number {
  return Date.parse(text);
}

/** RFC 3339 of an instant, as statuses have it. */
export function timeOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
