// SPDX-License-Identifier: Apache-2.0
// Numbers of JSON without loss: what a numeral becomes, and the platform's own means to see and write its text.

/** A numeral that is no plain integer (`1.0`, `1e3`): kept as text, written back as found. */
export type RawNumber = { readonly rawJSON: string };

type SourceReviver = (key: string, value: unknown, context: { source?: string }) => unknown;

// The type library of es2024 does not know these two yet; Node 24 has them.
export const platform = JSON as unknown as {
  parse(text: string, reviver: SourceReviver): unknown;
  rawJSON(text: string): RawNumber;
  isRawJSON(value: unknown): value is RawNumber;
};

export function isRawNumber(value: unknown): value is RawNumber {
  return platform.isRawJSON(value);
}

/** A JSON object; neither null nor an array nor a numeral kept as text. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawNumber(value);
}

/** Integers within 2^53 become numbers, larger ones bigints, everything else stays text. */
export function parseNumeral(text: string): number | bigint | RawNumber {
  if (!/^-?\d+$/.test(text)) return platform.rawJSON(text);
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value === 0 ? 0 : value;
  return BigInt(text);
}

/** Assignment that makes `__proto__` a member like any other. */
export function setMember(record: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(record, key, { value, enumerable: true, writable: true, configurable: true });
  } else {
    record[key] = value;
  }
}
