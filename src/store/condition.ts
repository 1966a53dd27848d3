// SPDX-License-Identifier: Apache-2.0
// Conditional writes on the wire.
import type { Condition } from './contract.ts';
import { readFailure } from './failure.ts';

/** The headers of a conditional write, quoted as HTTP wants it. */
export function conditionHeaders(condition: Condition | undefined): {
  IfNoneMatch?: string;
  IfMatch?: string;
} {
  if (!condition) return {};
  return 'ifNoneMatch' in condition
    ? { IfNoneMatch: condition.ifNoneMatch }
    : { IfMatch: `"${condition.ifMatch}"` };
}

/** The condition did not hold. Where nothing stands at all, If-Match is answered with NoSuchKey (S3, MinIO). */
export function isRefused(error: unknown, condition: Condition | undefined): boolean {
  if (!condition) return false;
  const { kind } = readFailure(error);
  return kind === 'changed' || (kind === 'noObject' && 'ifMatch' in condition);
}
