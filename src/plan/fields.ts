// SPDX-License-Identifier: Apache-2.0
// Records without what is not there: a field that is undefined is no field, neither for JSON nor for comparisons.

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

export function defined<T extends object>(fields: T): Partial<Defined<T>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<
    Defined<T>
  >;
}

export function without<T extends object, K extends keyof T>(record: T, ...keys: K[]): Omit<T, K> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => !keys.includes(key as K))) as Omit<T, K>;
}
