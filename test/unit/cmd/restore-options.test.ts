// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import {
  checkOptionsOf,
  cleanupOptionsOf,
  deleteOptionsOf,
  verifyOptionsOf,
} from '../../../src/cmd/other-options.ts';
import { restoreOptionsOf, type RestoreFlags } from '../../../src/cmd/restore-options.ts';
import type { RestoreOptions } from '../../../src/engine/options.ts';

type Configured = Partial<Pick<RestoreOptions, 'rename'> & RestoreOptions['selection']>;

function optionsOf(flags: Partial<RestoreFlags>, configured: Configured = {}): RestoreOptions {
  const restore = { include: [], exclude: [], rename: noRename, ...configured } as never;
  return restoreOptionsOf({ name: 'b', ...flags }, { randomId: () => 'random', config: { restore } });
}

const noRename = { databases: {}, collections: {}, suffix: '' };

const defaults: RestoreOptions = {
  run: { runId: 'random', attempt: 'next', resume: false },
  name: 'b',
  selection: { include: [], exclude: [] },
  targetSelection: { include: [], exclude: [] },
  rename: noRename,
  existing: 'Fail',
  skipCreateCollection: false,
  dropExistIndex: false,
  scope: 'Full',
  indexes: 'AsInBackup',
  load: 'AsInBackup',
  aliases: true,
  properties: true,
  allowPartial: false,
  versionCheck: 'Strict',
  verify: 'Imported',
  onFailure: 'Keep',
  dryRun: false,
};

describe('restore', () => {
  it.each<[string, Partial<RestoreFlags>, Partial<RestoreOptions>]>([
    ['nothing', {}, {}],
    ['a run of a Job', { runId: 'u', attempt: 3 }, { run: { runId: 'u', attempt: 3, resume: false } }],
    [
      'a filter, of names after renaming',
      { filter: 'a.*,c' },
      { targetSelection: { include: ['a.*', 'default.c'], exclude: [] } },
    ],
    [
      'patterns, of names in the backup',
      { include: ['a.*'], exclude: ['a.b'] },
      { selection: { include: ['a.*'], exclude: ['a.b'] } },
    ],
    [
      'both of them',
      { include: ['a.*'], filter: 'b.*' },
      { selection: { include: ['a.*'], exclude: [] }, targetSelection: { include: ['b.*'], exclude: [] } },
    ],
    ['a suffix', { suffix: '_bak' }, { rename: { ...noRename, suffix: '_bak' } }],
    [
      'a renamed collection',
      { rename: 'a:b' },
      { rename: { ...noRename, collections: { 'default.a': 'default.b' } } },
    ],
    [
      'renames of every kind',
      { rename: 'x.*:y.*,x.a:z.b' },
      { rename: { databases: { x: 'y' }, collections: { 'x.a': 'z.b' }, suffix: '' } },
    ],
    [
      'databases',
      { renameDatabase: ['a:b', 'c:d,e:f'] },
      { rename: { ...noRename, databases: { a: 'b', c: 'd', e: 'f' } } },
    ],
    [
      'a database and a suffix',
      { renameDatabase: ['a:b'], suffix: '_x' },
      { rename: { databases: { a: 'b' }, collections: {}, suffix: '_x' } },
    ],
    ['--rebuild_index', { rebuild_index: true }, {}],
    ['--rebuild_index=false', { rebuild_index: false }, { indexes: 'None' }],
    ['--use_auto_index', { use_auto_index: true }, { indexes: 'AutoIndex' }],
    ['--meta_only', { meta_only: true }, { scope: 'MetadataOnly' }],
    ['--meta_only=false', { meta_only: false }, {}],
    ['--drop_exist_collection', { drop_exist_collection: true }, { existing: 'Drop' }],
    [
      'what may be dropped',
      { existing: 'Drop', confirmedDrops: 'a'.repeat(64) },
      { existing: 'Drop', confirmedDrops: 'a'.repeat(64) },
    ],
    ['--drop_exist_index', { drop_exist_index: true }, { dropExistIndex: true }],
    ['--skip_create_collection', { skip_create_collection: true }, { skipCreateCollection: true }],
    ['--existing', { existing: 'Skip' }, { existing: 'Skip' }],
    ['--load', { load: 'All' }, { load: 'All' }],
    ['--no-aliases', { aliases: false }, { aliases: false }],
    ['--no-properties', { properties: false }, { properties: false }],
    ['--allow-partial', { allowPartial: true }, { allowPartial: true }],
    ['--version-check', { versionCheck: 'Warn' }, { versionCheck: 'Warn' }],
    ['--verify', { verify: 'Count' }, { verify: 'Count' }],
    ['--on-failure', { onFailure: 'RemoveCreated' }, { onFailure: 'RemoveCreated' }],
    ['--dry-run', { dryRun: true }, { dryRun: true }],
  ])('takes %s', (_, flags, change) => {
    expect(optionsOf(flags)).toEqual({ ...defaults, ...change });
  });

  const rename = { databases: { a: 'b' }, collections: { 'a.c': 'd.e' }, suffix: '_x' };
  const configured = { include: ['a.*'], exclude: ['a.b'], rename };

  it.each<[string, Partial<RestoreFlags>, Partial<RestoreOptions>]>([
    ['no flag', {}, {}],
    ['an include', { include: ['c.*'] }, { selection: { include: ['c.*'], exclude: [] } }],
    ['an exclude', { exclude: ['c.*'] }, { selection: { include: [], exclude: ['c.*'] } }],
    ['a suffix', { suffix: '_y' }, { rename: { ...noRename, suffix: '_y' } }],
    ['a rename', { rename: 'a.c:d.f' }, { rename: { ...noRename, collections: { 'a.c': 'd.f' } } }],
    ['a database', { renameDatabase: ['a:c'] }, { rename: { ...noRename, databases: { a: 'c' } } }],
  ])('takes selection and names from the configuration beside %s', (_, flags, change) => {
    const taken = { selection: { include: ['a.*'], exclude: ['a.b'] }, rename };
    expect(optionsOf(flags, configured)).toEqual({ ...defaults, ...taken, ...change });
  });

  it.each<[string, Configured, RegExp]>([
    ['pattern', { include: ['a.b.c'] }, /pattern "a.b.c"/],
    ['excluded pattern', { exclude: ['a b'] }, /pattern "a b"/],
    ['suffix', { rename: { ...noRename, suffix: '-' } }, /suffix "-"/],
    ['name', { rename: { ...noRename, collections: { 'a.b': 'c' } } }, /rename "a.b" to "c"/],
  ])('refuses a configured %s', (_, wrong, message) => {
    expect(() => optionsOf({}, wrong)).toThrow(message);
  });

  it.each<[string, Partial<RestoreFlags>, RegExp]>([
    [
      'filling what is dropped',
      { skip_create_collection: true, drop_exist_collection: true },
      /give one of them/,
    ],
    [
      'skipping what is dropped',
      { existing: 'Skip', drop_exist_collection: true },
      /--existing Skip leaves alone/,
    ],
    [
      'skipping what is filled',
      { existing: 'Skip', skip_create_collection: true },
      /--existing Skip leaves alone/,
    ],
    ['filling what is to go', { existing: 'Drop', skip_create_collection: true }, /give one of them/],
    ['a digest of drops where nothing is dropped', { confirmedDrops: 'a'.repeat(64) }, /add --existing Drop/],
    [
      'a digest that was cut',
      { existing: 'Drop', confirmedDrops: 'abc' },
      /--confirmed-drops: found "abc"; allowed: 64 hex digits/,
    ],
    ['indexes and none', { rebuild_index: false, use_auto_index: true }, /--use_auto_index makes indexes/],
    ['a suffix beside renames', { suffix: '_a', rename: 'a:b' }, /--suffix stands beside --rename/],
    ['a suffix with a dash', { suffix: '-a' }, /suffix "-a"/],
    ['a mixed rename', { rename: 'a.*:b' }, /rename "a.\*:b"/],
    ['half a rename', { rename: 'a' }, /rename "a"/],
    ['half a database', { renameDatabase: ['a'] }, /--rename-database: found "a"; allowed: old:new/],
    ['a database twice', { renameDatabase: ['a:b'], rename: 'a.*:c.*' }, /database a is renamed twice/],
    [
      'a database alone in the filter',
      { filter: 'a.' },
      /--filter a\.: a database without its collections is not offered/,
    ],
  ])('refuses %s', (_, flags, message) => {
    expect(() => optionsOf(flags)).toThrow(message);
  });
});

describe('smaller commands', () => {
  it('take their flags', () => {
    expect(verifyOptionsOf({ name: 'b' })).toEqual({ name: 'b', mode: 'Standard' });
    expect(verifyOptionsOf({ name: 'b', mode: 'Checksum' })).toEqual({ name: 'b', mode: 'Checksum' });
    expect(cleanupOptionsOf({ runId: 'r' })).toEqual({ runId: 'r', data: false });
    expect(cleanupOptionsOf({ runId: 'r', name: 'n', data: true })).toEqual({
      runId: 'r',
      name: 'n',
      data: true,
    });
    expect(() => cleanupOptionsOf({ runId: '../x' })).toThrow(/--run-id/);
    expect(cleanupOptionsOf({ runId: 'r', of: 'Backup' })).toEqual({ runId: 'r', data: false, of: 'Backup' });
    expect(deleteOptionsOf({ name: 'n' })).toEqual({ name: 'n' });
    expect(deleteOptionsOf({ name: 'n', runId: 'r' })).toEqual({ name: 'n', runId: 'r' });
    expect(checkOptionsOf({ runId: 'r' })).toEqual({ readOnly: false });
    expect(checkOptionsOf({ only: 'Storage', readOnly: true })).toEqual({ only: 'Storage', readOnly: true });
  });
});
