// SPDX-License-Identifier: Apache-2.0
// From the flags of `create` to what the engine is asked for. Pure: no clock, no randomness of its own.
import type { Config } from '../contract/config.ts';
import type { CreateOptions } from '../engine/options.ts';
import { assertBackupName } from '../format/names.ts';
import { parseGoFilter } from '../format/selection.ts';
import { usageError } from './refusals.ts';
import { runIdentityOf, type RunFlags } from './run-identity.ts';
import { configuredSelection, selectionOf, type SelectionFlags } from './selection-flags.ts';

export type CreateFlags = RunFlags &
  SelectionFlags & {
    name?: string;
    strategy?: string;
    format?: string;
    verify?: CreateOptions['verify'];
    onCollectionError?: CreateOptions['onCollectionError'];
    gcPause?: CreateOptions['gcPause'];
  };

/** What a command line does not say. */
export type Given = { randomId: () => string; autoName: () => string; config: Pick<Config, 'backup'> };

export function createOptionsOf(flags: CreateFlags, given: Given): CreateOptions {
  refuseFormat(flags.format ?? '');
  const name = flags.name ?? given.autoName();
  assertBackupName(name);
  return {
    run: runIdentityOf(flags, given.randomId),
    name,
    ...chosen(flags, given.config),
    ...strategyOf(flags.strategy ?? ''),
    gcPause: flags.gcPause ?? (given.config.backup.pauseGC ? 'BestEffort' : 'Off'),
    verify: flags.verify ?? 'Standard',
    onCollectionError: flags.onCollectionError ?? 'Fail',
  };
}

function chosen(
  flags: CreateFlags,
  { backup }: Given['config'],
): Pick<CreateOptions, 'selection' | 'databasesOnly'> {
  const selection = selectionOf(flags);
  if (selection) return { selection, databasesOnly: [] };
  if ((flags.filter ?? '') === '') return { selection: configuredSelection(backup), databasesOnly: [] };
  const { include } = parseGoFilter(flags.filter ?? '');
  const patterns = include.flatMap(({ db, name }) => (name === undefined ? [] : [`${db}.${name}`]));
  const databasesOnly = include.flatMap(({ db, name }) => (name === undefined ? [db] : []));
  return { selection: { include: patterns, exclude: [] }, databasesOnly };
}

function strategyOf(strategy: string): Pick<CreateOptions, 'scope' | 'flush'> {
  switch (strategy) {
    case '':
      return { scope: 'Full', flush: 'Auto' };
    case 'meta_only':
      return { scope: 'MetadataOnly', flush: 'Auto' };
    case 'skip_flush':
      return { scope: 'Full', flush: 'Skip' };
    case 'serial_flush':
      return { scope: 'Full', flush: 'Serial' };
    case 'bulk_flush':
      throw usageError('--strategy bulk_flush is not offered by this version; leave it out');
    default:
      throw usageError(
        `--strategy: found ${JSON.stringify(strategy)}; allowed: meta_only, skip_flush, serial_flush`,
      );
  }
}

function refuseFormat(format: string): void {
  if (['', 'auto', 'binlog'].includes(format)) return;
  throw usageError(
    format === 'snapshot'
      ? '--format snapshot is not offered by this version; binlog is what it writes'
      : `--format: found ${JSON.stringify(format)}; allowed: auto, binlog`,
  );
}
