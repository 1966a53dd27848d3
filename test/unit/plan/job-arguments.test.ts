// SPDX-License-Identifier: Apache-2.0
// The command lines of Jobs, read by the command line itself: what a spec says is what the engine is asked for.
import { describe, expect, it } from 'vitest';
import { createOptionsOf } from '../../../src/cmd/create-options.ts';
import { normalizeArguments } from '../../../src/cmd/flags.ts';
import {
  checkOptionsOf,
  cleanupOptionsOf,
  deleteOptionsOf,
  type CheckFlags,
  type CleanupFlags,
  type DeleteFlags,
} from '../../../src/cmd/other-options.ts';
import { createProgram } from '../../../src/cmd/program.ts';
import { restoreOptionsOf, type RestoreFlags } from '../../../src/cmd/restore-options.ts';
import type { CreateOptions, RestoreOptions } from '../../../src/engine/options.ts';
import {
  backupJob,
  cleanupJob,
  deleteJob,
  instanceCheckJob,
  restoreJob,
  storageCheckJob,
  type Built,
} from '../../../src/plan/jobs.ts';
import {
  argsOf,
  backupOf,
  configOf,
  instanceOf,
  restoreOf,
  settings,
  storageOf,
  uid,
} from './job-samples.ts';

const parties = { instance: instanceOf(), storage: storageOf(), settings };
const about = { attempt: 3, backupName: 'b' };

type Read = { command: string; global: object; flags: Record<string, unknown> };

async function read(built: Built): Promise<Read> {
  const seen: Read[] = [];
  const program = createProgram(
    async (command, global, flags) => {
      seen.push({ command, global, flags });
      return 0;
    },
    () => {},
  );
  await program.parseAsync(normalizeArguments(argsOf(built)), { from: 'user' });
  return seen[0] ?? expect.fail('no command was run');
}

const failing = (): never => expect.fail('the Job leaves something to be made up');
const run = { runId: uid, attempt: 3, resume: false };

describe('every command line', () => {
  it.each<[string, Built]>([
    ['create', backupJob(backupOf(), about, parties)],
    ['restore', restoreJob(restoreOf(), about, parties)],
    ['cleanup', cleanupJob(backupOf(), { number: 1, data: false }, parties)],
    ['delete', deleteJob(backupOf(), { number: 1, backupName: 'b' }, parties)],
    ['check', instanceCheckJob(instanceOf(), { number: 1 }, settings)],
    ['check', storageCheckJob(storageOf(), { number: 1 }, settings)],
  ])('of %s names configuration, report and run', async (command, built) => {
    const { global, flags, ...rest } = await read(built);
    expect(rest).toEqual({ command });
    expect(global).toEqual({
      config: '/etc/milvus-backup/backup.yaml',
      set: [],
      report: 'json',
      terminationLog: '/dev/termination-log',
    });
    expect(flags['runId']).toBe(uid);
  });
});

describe('a backup', () => {
  const defaults: CreateOptions = {
    run,
    name: 'b',
    selection: { include: [], exclude: [] },
    databasesOnly: [],
    scope: 'Full',
    flush: 'Auto',
    gcPause: 'BestEffort',
    verify: 'Standard',
    onCollectionError: 'Fail',
  };

  it.each<[string, Parameters<typeof backupOf>[0], Partial<CreateOptions>]>([
    ['as it comes', {}, {}],
    [
      'of a part',
      { include: ['a.*'], exclude: ['a.b'] },
      { selection: { include: ['a.*'], exclude: ['a.b'] } },
    ],
    ['of metadata', { scope: 'MetadataOnly' }, { scope: 'MetadataOnly' }],
    ['without flush', { flush: 'Skip' }, { flush: 'Skip' }],
    ['flushed one by one', { flush: 'Serial' }, { flush: 'Serial' }],
    ['without pause', { gcPause: 'Off' }, { gcPause: 'Off' }],
    ['read back', { verify: 'Checksum' }, { verify: 'Checksum' }],
    ['as far as it goes', { onCollectionError: 'Skip' }, { onCollectionError: 'Skip' }],
  ])('%s', async (_, spec, change) => {
    const built = backupJob(backupOf(spec), about, parties);
    const { flags } = await read(built);
    const { config } = configOf(built);
    const options = createOptionsOf(flags, { config, randomId: failing, autoName: failing });
    expect(options).toEqual({ ...defaults, ...change });
  });
});

describe('a restore', () => {
  const defaults: RestoreOptions = {
    run,
    name: 'b',
    selection: { include: [], exclude: [] },
    targetSelection: { include: [], exclude: [] },
    rename: { databases: {}, collections: {}, suffix: '' },
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

  it.each<[string, Parameters<typeof restoreOf>[0], Partial<RestoreOptions>]>([
    ['as it comes', {}, {}],
    [
      'of a part',
      { include: ['a.*'], exclude: ['a.b'] },
      { selection: { include: ['a.*'], exclude: ['a.b'] } },
    ],
    [
      'under other names',
      { rename: { databases: { a: 'b' }, collections: { 'c.d': 'e.f' }, suffix: '_x' } },
      { rename: { databases: { a: 'b' }, collections: { 'c.d': 'e.f' }, suffix: '_x' } },
    ],
    ['beside what is there', { existing: 'Skip' }, { existing: 'Skip' }],
    ['of metadata', { scope: 'MetadataOnly' }, { scope: 'MetadataOnly' }],
    ['with AUTOINDEX', { indexes: 'AutoIndex' }, { indexes: 'AutoIndex' }],
    ['without indexes', { indexes: 'None' }, { indexes: 'None' }],
    ['loaded', { load: 'All' }, { load: 'All' }],
    ['not loaded', { load: 'None' }, { load: 'None' }],
    ['without aliases', { aliases: false }, { aliases: false }],
    ['without properties', { properties: false }, { properties: false }],
    ['of a partial backup', { allowPartial: true }, { allowPartial: true }],
    ['of another version', { versionCheck: 'Warn' }, { versionCheck: 'Warn' }],
    ['counted', { verify: 'Count' }, { verify: 'Count' }],
    ['that leaves nothing half done', { onFailure: 'RemoveCreated' }, { onFailure: 'RemoveCreated' }],
    ['only planned', { dryRun: true }, { dryRun: true }],
  ])('%s', async (_, spec, change) => {
    const built = restoreJob(restoreOf(spec), about, parties);
    const { flags } = await read(built);
    const { config } = configOf(built);
    const options = restoreOptionsOf(flags as RestoreFlags, { config, randomId: failing });
    expect(options).toEqual({ ...defaults, ...change });
  });
});

describe('the others', () => {
  it.each<[string, Built, object]>([
    ['a backup', cleanupJob(backupOf(), { number: 1, data: false }, parties), { of: 'Backup', data: false }],
    [
      'a backup with its data',
      cleanupJob(backupOf(), { number: 1, backupName: 'b', data: true }, parties),
      { of: 'Backup', data: true, name: 'b' },
    ],
    [
      'a restore, whose backup stays',
      cleanupJob(restoreOf(), { number: 1, backupName: 'b', data: true }, parties),
      { of: 'Restore', data: false, name: 'b' },
    ],
  ])('clean up %s', async (_, built, options) => {
    const { flags } = await read(built);
    expect(cleanupOptionsOf(flags as CleanupFlags)).toEqual({ runId: uid, ...options });
  });

  it('delete what the run made', async () => {
    const { flags } = await read(deleteJob(backupOf(), { number: 1, backupName: 'b' }, parties));
    expect(deleteOptionsOf(flags as DeleteFlags)).toEqual({ name: 'b', runId: uid });
  });

  it.each<[string, Built, object]>([
    [
      'an instance',
      instanceCheckJob(instanceOf(), { number: 1 }, settings),
      { only: 'Instance', readOnly: false },
    ],
    [
      'a storage',
      storageCheckJob(storageOf(), { number: 1 }, settings),
      { only: 'Storage', readOnly: false },
    ],
    [
      'a storage that is only read',
      storageCheckJob(storageOf({ accessMode: 'ReadOnly' }), { number: 1 }, settings),
      { only: 'Storage', readOnly: true },
    ],
  ])('check %s', async (_, built, options) => {
    const { flags } = await read(built);
    expect(checkOptionsOf(flags as CheckFlags)).toEqual(options);
  });
});
