// SPDX-License-Identifier: Apache-2.0
// Reading untrusted JSON: a check takes any value and gives the part of it that is wanted, or undefined. Whatever is
// not asked for is dropped, so that a newer writer may say more.

export type Check<T> = (value: unknown) => T | undefined;

/** The value that a check yields. */
export type Checked<C> = C extends Check<infer T> ? T : never;

export function text(max: number, pattern?: RegExp): Check<string> {
  return (value) =>
    typeof value === 'string' && value.length <= max && (pattern?.test(value) ?? true) ? value : undefined;
}

export function choice<const T extends string | number>(...values: readonly T[]): Check<T> {
  return (value) => values.find((one) => one === value);
}

/** A whole number that nothing was rounded off of. */
export const count: Check<number> = (value) =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;

export const flag: Check<boolean> = (value) => (typeof value === 'boolean' ? value : undefined);

/** Any finite number of at least 0. */
export const amount: Check<number> = (value) =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;

export function list<T>(max: number, element: Check<T>): Check<T[]> {
  return (value) => {
    if (!Array.isArray(value) || value.length > max) return undefined;
    const elements = value.map((one) => element(one));
    return elements.includes(undefined) ? undefined : (elements as T[]);
  };
}

type Shape = Record<string, Check<unknown>>;
type Values<S extends Shape> = { [K in keyof S]: Checked<S[K]> };

/** An object with all of `required`; of `optional` each must fit where it is there. */
export function record<R extends Shape, O extends Shape>(
  required: R,
  optional: O,
): Check<Values<R> & Partial<Values<O>>> {
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const taken: Record<string, unknown> = {};
    for (const [key, check] of Object.entries<Check<unknown>>({ ...optional, ...required })) {
      const raw = Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
      if (raw === undefined && !Object.hasOwn(required, key)) continue;
      const checked = check(raw);
      if (checked === undefined) return undefined;
      taken[key] = checked;
    }
    return taken as Values<R> & Partial<Values<O>>;
  };
}
