// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { createOptionsOf, type CreateFlags } from '../../../src/cmd/create-options.ts';
import type { CreateOptions } from '../../../src/engine/options.ts';

function optionsOf(
  flags: CreateFlags,
  pauseGC = true,
  selection: CreateOptions['selection'] = { include: [], exclude: [] },
): CreateOptions {
  const backup = { pauseGC, ...selection } as never;
  return createOptionsOf(flags, {
    randomId: () => 'random',
    autoName: () => 'backup_auto',
    config: { backup },
  });
}

const defaults: CreateOptions = {
  run: { runId: 'random', attempt: 'next', resume: false },
  name: 'backup_auto',
  selection: { include: [], exclude: [] },
  databasesOnly: [],
  scope: 'Full',
  flush: 'Auto',
  gcPause: 'BestEffort',
  verify: 'Standard',
  onCollectionError: 'Fail',
};

describe('create', () => {
  it.each<[string, CreateFlags, Partial<CreateOptions>]>([
    ['nothing', {}, {}],
    ['a name', { name: 'mine' }, { name: 'mine' }],
    ['a run of a Job', { runId: 'a-1', attempt: 2 }, { run: { runId: 'a-1', attempt: 2, resume: false } }],
    ['a run without attempt', { runId: 'a' }, { run: { runId: 'a', attempt: 'next', resume: false } }],
    ['--resume', { resume: true }, { run: { runId: 'random', attempt: 'next', resume: true } }],
    [
      'a filter',
      { filter: 'a.*,b.c,d' },
      { selection: { include: ['a.*', 'b.c', 'default.d'], exclude: [] } },
    ],
    [
      'a filter with a database',
      { filter: 'a.,b.c' },
      { selection: { include: ['b.c'], exclude: [] }, databasesOnly: ['a'] },
    ],
    [
      'a filter that makes the tool panic',
      { filter: 'a.*,a.c' },
      { selection: { include: ['a.*', 'a.c'], exclude: [] } },
    ],
    [
      'patterns',
      { include: ['a.x*'], exclude: ['a.xy'] },
      { selection: { include: ['a.x*'], exclude: ['a.xy'] } },
    ],
    ['an exclusion alone', { exclude: ['a.*'] }, { selection: { include: [], exclude: ['a.*'] } }],
    ['meta_only', { strategy: 'meta_only' }, { scope: 'MetadataOnly' }],
    ['skip_flush', { strategy: 'skip_flush' }, { flush: 'Skip' }],
    ['serial_flush', { strategy: 'serial_flush' }, { flush: 'Serial' }],
    ['format auto', { format: 'auto' }, {}],
    ['format binlog', { format: 'binlog' }, {}],
    ['--verify', { verify: 'Checksum' }, { verify: 'Checksum' }],
    ['--on-collection-error', { onCollectionError: 'Skip' }, { onCollectionError: 'Skip' }],
    ['--gc-pause', { gcPause: 'Off' }, { gcPause: 'Off' }],
  ])('takes %s', (_, flags, change) => {
    expect(optionsOf(flags)).toEqual({ ...defaults, ...change });
  });

  it('takes the pause of garbage collection from the configuration, the flag over it', () => {
    expect(optionsOf({}, false).gcPause).toBe('Off');
    expect(optionsOf({ gcPause: 'BestEffort' }, false).gcPause).toBe('BestEffort');
  });

  it.each<[string, CreateFlags, CreateOptions['selection']]>([
    ['no flag', {}, { include: ['a.*'], exclude: ['a.b'] }],
    ['an empty filter', { filter: '' }, { include: ['a.*'], exclude: ['a.b'] }],
    ['a filter', { filter: 'c.d' }, { include: ['c.d'], exclude: [] }],
    ['an include', { include: ['c.*'] }, { include: ['c.*'], exclude: [] }],
    ['an exclude', { exclude: ['c.*'] }, { include: [], exclude: ['c.*'] }],
  ])('takes the selection of the configuration beside %s', (_, flags, selection) => {
    const options = optionsOf(flags, true, { include: ['a.*'], exclude: ['a.b'] });
    expect(options).toMatchObject({ selection, databasesOnly: [] });
  });

  it('refuses a configured pattern that is none', () => {
    expect(() => optionsOf({}, true, { include: ['a.b.c'], exclude: [] })).toThrow(/pattern "a.b.c"/);
  });

  it.each<[string, CreateFlags, RegExp]>([
    ['snapshots', { format: 'snapshot' }, /--format snapshot is not offered by this version/],
    ['a strange format', { format: 'x' }, /--format: found "x"; allowed: auto, binlog/],
    ['bulk_flush', { strategy: 'bulk_flush' }, /--strategy bulk_flush is not offered by this version/],
    [
      'a strange strategy',
      { strategy: 'x' },
      /--strategy: found "x"; allowed: meta_only, skip_flush, serial_flush/,
    ],
    ['a name with a dash', { name: 'a-b' }, /the backup name "a-b"/],
    ['an empty name', { name: '' }, /the backup name "" is empty/],
    ['an attempt of nobody', { attempt: 1 }, /--attempt needs --run-id/],
    ['a run id with a slash', { runId: 'a/b' }, /--run-id: found "a\/b"/],
    ['a filter with a blank', { filter: 'a.*, b' }, /filter rule " b"/],
    ['a filter beside patterns', { filter: 'a', include: ['b'] }, /--filter stands beside --include/],
    ['a bad pattern', { include: ['a.b.c'] }, /pattern "a.b.c"/],
  ])('refuses %s', (_, flags, message) => {
    expect(() => optionsOf(flags)).toThrow(message);
  });
});
