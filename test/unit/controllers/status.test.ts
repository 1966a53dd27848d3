// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { differenceOf } from '../../../src/controllers/status.ts';

/** As RFC 7386 says. */
function merged(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> =
    typeof target === 'object' && target !== null && !Array.isArray(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}

describe('the difference of two statuses', () => {
  it.each<[string, object, object, unknown]>([
    ['none', { a: 1, b: { c: [1] } }, { a: 1, b: { c: [1] } }, {}],
    ['a field that was added', { a: 1, x: 2 }, { a: 1 }, { x: null }],
    ['a field within', { a: { b: 1, x: 2 } }, { a: { b: 1 } }, { a: { x: null } }],
    ['a list, which is replaced whole', { a: [1, 2] }, { a: [1] }, { a: [1] }],
    ['a list of objects', { a: [{ n: 1 }, { n: 2 }] }, { a: [{ n: 1 }] }, { a: [{ n: 1 }] }],
    ['another type', { a: { b: 1 } }, { a: 'text' }, { a: 'text' }],
    ['a field that is missing', {}, { a: { b: 1 } }, { a: { b: 1 } }],
  ])('%s', (_what, from, to, patch) => {
    expect(differenceOf(from, to)).toEqual(patch);
    expect(merged(from, patch)).toEqual(to);
  });
});
