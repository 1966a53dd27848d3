// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { deleteOptionsOf, inventoryOptionsOf } from '../../../src/cmd/other-options.ts';

describe('list', () => {
  it('is the plain list unless somebody asks for the newest, or since when', () => {
    expect(inventoryOptionsOf({})).toBeUndefined();
    expect(inventoryOptionsOf({ runId: 'u-1' })).toBeUndefined();
    expect(inventoryOptionsOf({ newest: 3 })).toEqual({ most: 3 });
    const since = Date.parse('2026-01-31T00:00:00Z');
    expect(inventoryOptionsOf({ since: '2026-01-31T00:00:00Z' })).toEqual({ most: Infinity, since });
    expect(inventoryOptionsOf({ newest: 3, since: '2026-01-31' })).toEqual({ most: 3, since });
  });

  it('refuses a time that is none, and a run that cannot be', () => {
    expect(() => inventoryOptionsOf({ since: 'yesterday' })).toThrow(
      /--since: found "yesterday"; allowed: a time/,
    );
    expect(() => inventoryOptionsOf({ runId: '../x' })).toThrow();
  });
});

describe('delete', () => {
  it('says who asks and who made it', () => {
    expect(deleteOptionsOf({ name: 'b' })).toEqual({ name: 'b' });
    const all = { name: 'b', runId: 'u-1', madeBy: 'Nobody' };
    expect(deleteOptionsOf(all)).toEqual(all);
    expect(() => deleteOptionsOf({ name: 'b', madeBy: '../x' })).toThrow();
  });
});
