// SPDX-License-Identifier: Apache-2.0
// The one error class that crosses rooms. Its reason carries the consequence, so that whoever catches it knows what
// happens next without reading the text.
import { consequenceOf, type Consequence, type Reason } from './reason.ts';

/** A failure with a reason of the closed list. The message says what was found, where, and what to do; no secrets. */
export class OperatorError extends Error {
  readonly reason: Reason;

  constructor(reason: Reason, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'OperatorError';
    this.reason = reason;
  }

  get consequence(): Consequence {
    return consequenceOf(this.reason);
  }
}

export function hasReason(error: unknown, ...reasons: Reason[]): error is OperatorError {
  return error instanceof OperatorError && reasons.includes(error.reason);
}

/** The text of anything thrown, without a stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
