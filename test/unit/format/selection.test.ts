// SPDX-License-Identifier: Apache-2.0
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  matchesGlob,
  parseGoFilter,
  parseSelection,
  select,
  type Selection,
} from '../../../src/format/selection.ts';

const all = {
  databases: ['default', 'db1', 'db2', 'empty'],
  collections: [
    { db: 'default', name: 'a' },
    { db: 'default', name: 'b1' },
    { db: 'db1', name: 'a' },
    { db: 'db1', name: 'b2' },
    { db: 'db2', name: 'c' },
  ],
};

const run = (selection: Selection): { collections: string[]; databases: string[]; unmatched: string[] } => {
  const result = select(selection, all);
  return { ...result, collections: result.collections.map(({ db, name }) => `${db}.${name}`) };
};

const everything = ['default.a', 'default.b1', 'db1.a', 'db1.b2', 'db2.c'];

describe('include and exclude', () => {
  it.each<[string, string[], string[], string[], string[], string[]]>([
    ['nothing said', [], [], everything, all.databases, []],
    ['all', ['*'], [], everything, all.databases, []],
    ['a name without a dot', ['a'], [], ['default.a'], ['default'], []],
    ['a full name', ['db1.a'], [], ['db1.a'], ['db1'], []],
    ['a database', ['db1.*'], [], ['db1.a', 'db1.b2'], ['db1'], []],
    ['an empty database', ['empty.*'], [], [], ['empty'], []],
    ['a glob in default', ['b*'], [], ['default.b1'], ['default'], []],
    ['globs on both sides', ['db?.b*'], [], ['db1.b2'], ['db1'], []],
    ['any database', ['*.a'], [], ['default.a', 'db1.a'], ['default', 'db1'], []],
    ['exclude alone', [], ['db1.*'], ['default.a', 'default.b1', 'db2.c'], ['default', 'db2', 'empty'], []],
    ['exclude wins', ['db1.*'], ['*.a'], ['db1.b2'], ['db1'], []],
    [
      'no match',
      ['a', 'nope', 'db9.*', 'db1.x?'],
      [],
      ['default.a'],
      ['default'],
      ['nope', 'db9.*', 'db1.x?'],
    ],
    ['matched though excluded', ['db1.a'], ['db1.a'], [], [], []],
  ])('%s', (_name, include, exclude, collections, databases, unmatched) => {
    expect(run(parseSelection(include, exclude))).toEqual({ collections, databases, unmatched });
  });

  it.each(['', '.', 'a.', '.a', 'a.b.c', 'a b', ' a', 'a/b', 'a,b', 'a\\b', 'x'.repeat(513)])(
    'refuses %j',
    (pattern) => {
      expect(() => parseSelection([pattern])).toThrow(
        expect.objectContaining({ reason: 'InvalidConfiguration' }),
      );
      expect(() => parseSelection([], [pattern])).toThrow(
        expect.objectContaining({ reason: 'InvalidConfiguration' }),
      );
    },
  );

  it('takes a name for what it is, not for a regular expression', () => {
    expect(run(parseSelection(['(a|b1)']))).toMatchObject({ collections: [], unmatched: ['(a|b1)'] });
  });
});

describe('the filter of the Go tool', () => {
  it.each<[string, string[], string[], string[]]>([
    ['', everything, all.databases, []],
    ['db1.*', ['db1.a', 'db1.b2'], ['db1'], []],
    ['db1.a', ['db1.a'], ['db1'], []],
    ['a', ['default.a'], ['default'], []],
    ['db1.', [], ['db1'], []],
    ['db1.,db2.c', ['db2.c'], ['db1', 'db2'], []],
    ['db1.a,db1.*', ['db1.a', 'db1.b2'], ['db1'], []],
    // These two orders make the Go tool panic.
    ['db1.*,db1.a', ['db1.a', 'db1.b2'], ['db1'], []],
    ['db1.,db1.a', ['db1.a'], ['db1'], []],
    ['db1.nope,x.', [], [], ['db1.nope', 'x.']],
  ])('%j', (filter, collections, databases, unmatched) => {
    expect(run(parseGoFilter(filter))).toEqual({ collections, databases, unmatched });
  });

  it.each(['a, b', 'a.b.c', 'a-b', 'ä', '*', '*.*', 'a,,b', ',', 'a*', 'db.a*', '.a', 'a\n'])(
    'refuses %j',
    (filter) => {
      expect(() => parseGoFilter(filter)).toThrow(
        expect.objectContaining({ reason: 'InvalidConfiguration' }),
      );
    },
  );
});

describe('globs', () => {
  it.each([
    ['*', '', true],
    ['*', 'x', true],
    ['?', '', false],
    ['a*', 'a', true],
    ['a*c', 'abcbc', true],
    ['a*c', 'abcb', false],
    ['*b*b*', 'abab', true],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['', '', true],
    ['', 'a', false],
  ])('%j on %j: %s', (glob, text, wanted) => {
    expect(matchesGlob(glob, text)).toBe(wanted);
  });

  it('agree with a regular expression', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 });
    const globs = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 6 });
    fc.assert(
      fc.property(globs, letters, (glob, text) => {
        const regExp = new RegExp(`^${glob.replaceAll('*', '.*').replaceAll('?', '.')}$`);
        expect(matchesGlob(glob, text)).toBe(regExp.test(text));
      }),
    );
  });

  it('take no exponential time', () => {
    expect(matchesGlob(`${'*a'.repeat(100)}b`, 'a'.repeat(255))).toBe(false);
  });
});
