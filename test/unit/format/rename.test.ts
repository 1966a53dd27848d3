// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { createRenamer, parseGoRename, renameAll, type Rename } from '../../../src/format/rename.ts';

const sources = ['default.a', 'default.b', 'db1.a', 'db1.b'].map((text) => {
  const [db = '', name = ''] = text.split('.');
  return { db, name };
});

const targets = (rename: Rename): string[] =>
  renameAll(createRenamer(rename), sources).map(({ target }) => `${target.db}.${target.name}`);

const refused = (text: string): unknown =>
  expect.objectContaining({ reason: 'InvalidConfiguration', message: expect.stringContaining(text) });

describe('the mapping of a restore', () => {
  it.each<[string, Rename, string[]]>([
    ['empty', {}, ['default.a', 'default.b', 'db1.a', 'db1.b']],
    ['suffix', { suffix: '_x' }, ['default.a_x', 'default.b_x', 'db1.a_x', 'db1.b_x']],
    ['database', { databases: { db1: 'db2' } }, ['default.a', 'default.b', 'db2.a', 'db2.b']],
    ['collection', { collections: { 'db1.a': 'db3.z' } }, ['default.a', 'default.b', 'db3.z', 'db1.b']],
    ['in default', { collections: { a: 'z' } }, ['default.z', 'default.b', 'db1.a', 'db1.b']],
    [
      'exact over database and suffix',
      { databases: { db1: 'db2' }, collections: { 'db1.a': 'db1.a' }, suffix: '_x' },
      ['default.a_x', 'default.b_x', 'db1.a', 'db2.b_x'],
    ],
    ['swap', { collections: { a: 'b', b: 'a' } }, ['default.b', 'default.a', 'db1.a', 'db1.b']],
  ])('%s', (_name, rename, wanted) => {
    expect(targets(rename)).toEqual(wanted);
  });

  it('applies to databases', () => {
    const renamer = createRenamer({ databases: { db1: 'db2' } });
    expect([renamer.database('db1'), renamer.database('db3')]).toEqual(['db2', 'db3']);
  });

  it.each<[string, Rename, string]>([
    [
      'by database',
      { databases: { db1: 'default' } },
      'default.a and db1.a would both be restored as default.a',
    ],
    ['by name', { collections: { a: 'b' } }, 'default.a and default.b would both be restored as default.b'],
  ])('refuses two sources with one target %s', (_name, rename, text) => {
    expect(() => targets(rename)).toThrow(refused(text));
  });

  it.each<[Rename, string]>([
    [{ suffix: '-x' }, 'suffix'],
    [{ suffix: 'x'.repeat(255) }, 'longer than 255'],
    [{ databases: { a: 'b-c' } }, 'database name "b-c"'],
    [{ collections: { 'db1.a': 'z' } }, 'neither'],
    [{ collections: { a: 'db1.z' } }, 'neither'],
    [{ collections: { 'a.b.c': 'a.b.d' } }, 'neither'],
    [{ collections: { 'db1.': 'db1.x' } }, 'neither'],
    [{ collections: { 'db1.a': 'db1.9' } }, 'collection name "9"'],
    [{ collections: { a: 'x', 'default.a': 'default.y' } }, 'default.a is renamed twice'],
  ])('refuses %j', (rename, text) => {
    expect(() => targets(rename)).toThrow(refused(text));
  });

  it('leaves names alone that Milvus allowed by configuration', () => {
    const odd = [{ db: 'default', name: 'a-b' }];
    expect(renameAll(createRenamer({}), odd)[0]?.target).toEqual(odd[0]);
    expect(() => renameAll(createRenamer({ suffix: '_x' }), odd)).toThrow(refused('a-b_x'));
  });
});

describe('the renames of the Go tool', () => {
  it.each<[string, Rename]>([
    ['', { databases: {}, collections: {} }],
    ['db1.*:db2.*', { databases: { db1: 'db2' }, collections: {} }],
    ['db1.a:db2.b', { databases: {}, collections: { 'db1.a': 'db2.b' } }],
    ['a:b', { databases: {}, collections: { 'default.a': 'default.b' } }],
    ['db1.:db2.', { databases: {}, collections: {} }],
    ['a:b,a:c', { databases: {}, collections: { 'default.a': 'default.c' } }],
    ['a:b,default.a:default.c', { databases: {}, collections: { 'default.a': 'default.c' } }],
    ['a:b:c', { databases: {}, collections: { 'default.a': 'default.b' } }],
  ])('%j', (text, wanted) => {
    expect(parseGoRename(text)).toEqual(wanted);
    expect(() => createRenamer(parseGoRename(text))).not.toThrow();
  });

  it.each(['db1.*:db2', 'a', 'a:', ':b', 'a:b, c:d', 'a-b:c', 'a.b:c', 'a.b.c:d.e.f', 'a:b,'])(
    'refuses %j',
    (text) => {
      expect(() => parseGoRename(text)).toThrow(expect.objectContaining({ reason: 'InvalidConfiguration' }));
    },
  );
});
