// SPDX-License-Identifier: Apache-2.0
// From the flags of `restore` to what the engine is asked for. Pure.
import type { Config } from '../contract/config.ts';
import type { RestoreOptions } from '../engine/options.ts';
import { createRenamer, parseGoRename } from '../format/rename.ts';
import { parseGoFilter } from '../format/selection.ts';
import { usageError } from './refusals.ts';
import { runIdentityOf, type RunFlags } from './run-identity.ts';
import { configuredSelection, selectionOf, type SelectionFlags } from './selection-flags.ts';

export type RestoreFlags = RunFlags &
  SelectionFlags & {
    name: string;
    suffix?: string;
    rename?: string;
    renameDatabase?: string[];
    rebuild_index?: boolean;
    use_auto_index?: boolean;
    meta_only?: boolean;
    drop_exist_collection?: boolean;
    drop_exist_index?: boolean;
    skip_create_collection?: boolean;
    existing?: RestoreOptions['existing'];
    confirmedDrops?: string;
    load?: RestoreOptions['load'];
    aliases?: boolean;
    properties?: boolean;
    allowPartial?: boolean;
    versionCheck?: RestoreOptions['versionCheck'];
    verify?: RestoreOptions['verify'];
    onFailure?: RestoreOptions['onFailure'];
    dryRun?: boolean;
  };

/** What a command line does not say. */
export type Given = { randomId: () => string; config: Pick<Config, 'restore'> };

export function restoreOptionsOf(flags: RestoreFlags, given: Given): RestoreOptions {
  const { restore } = given.config;
  refuseContradictions(flags);
  return {
    run: runIdentityOf(flags, given.randomId),
    name: flags.name,
    selection: selectionOf({ ...flags, filter: '' }) ?? configuredSelection(restore),
    targetSelection: { include: targetPatterns(flags.filter ?? ''), exclude: [] },
    rename: isRenamed(flags) ? renameOf(flags) : configuredRename(restore.rename),
    existing: flags.drop_exist_collection ? 'Drop' : (flags.existing ?? 'Fail'),
    ...(flags.confirmedDrops === undefined ? {} : { confirmedDrops: digestIn(flags.confirmedDrops) }),
    skipCreateCollection: flags.skip_create_collection ?? false,
    dropExistIndex: flags.drop_exist_index ?? false,
    scope: flags.meta_only ? 'MetadataOnly' : 'Full',
    indexes: indexesOf(flags),
    ...ours(flags),
  };
}

function ours(
  flags: RestoreFlags,
): Pick<
  RestoreOptions,
  'load' | 'aliases' | 'properties' | 'allowPartial' | 'versionCheck' | 'verify' | 'onFailure' | 'dryRun'
> {
  return {
    load: flags.load ?? 'AsInBackup',
    aliases: flags.aliases ?? true,
    properties: flags.properties ?? true,
    allowPartial: flags.allowPartial ?? false,
    versionCheck: flags.versionCheck ?? 'Strict',
    verify: flags.verify ?? 'Imported',
    onFailure: flags.onFailure ?? 'Keep',
    dryRun: flags.dryRun ?? false,
  };
}

/** As a dry run tells it: cut, it would refuse every plan. */
function digestIn(text: string): string {
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  throw usageError(
    `--confirmed-drops: found ${JSON.stringify(text.slice(0, 80))}; allowed: 64 hex digits, as --dry-run says them`,
  );
}

function refuseContradictions(flags: RestoreFlags): void {
  const drops = flags.drop_exist_collection || flags.existing === 'Drop';
  const pairs: [boolean | undefined, string][] = [
    [
      flags.skip_create_collection && drops,
      '--skip_create_collection fills what stands there, --drop_exist_collection (--existing Drop) removes it; give one of them',
    ],
    [
      flags.confirmedDrops !== undefined && !drops,
      '--confirmed-drops says what may be dropped, and nothing is; add --existing Drop, or take it away',
    ],
    [
      flags.existing === 'Skip' && (flags.skip_create_collection || flags.drop_exist_collection),
      '--existing Skip leaves alone what stands there; take away --skip_create_collection or --drop_exist_collection',
    ],
    [
      flags.rebuild_index === false && flags.use_auto_index,
      '--use_auto_index makes indexes, --rebuild_index=false none; give one of them',
    ],
    [
      Boolean(flags.suffix) && Boolean(flags.rename),
      '--suffix stands beside --rename; name the new names whole with --rename alone',
    ],
  ];
  const found = pairs.find(([isGiven]) => isGiven);
  if (found) throw usageError(found[1]);
}

/** The established tool's filter is about names after renaming; a database alone means nothing to a restore here. */
function targetPatterns(filter: string): string[] {
  return parseGoFilter(filter).include.map(({ text, db, name }) => {
    if (name === undefined) {
      throw usageError(
        `--filter ${text}: a database without its collections is not offered by this version; use ${db}.*`,
      );
    }
    return `${db}.${name}`;
  });
}

/** Unlike in the established tool indexes come back unless refused: a collection without them cannot be loaded. */
function indexesOf(flags: RestoreFlags): RestoreOptions['indexes'] {
  if (flags.use_auto_index) return 'AutoIndex';
  return flags.rebuild_index === false ? 'None' : 'AsInBackup';
}

function isRenamed({ suffix, rename, renameDatabase }: RestoreFlags): boolean {
  return Boolean(suffix) || Boolean(rename) || renameDatabase !== undefined;
}

/** Checked here, so that a bad name costs no connection. */
function configuredRename(rename: RestoreOptions['rename']): RestoreOptions['rename'] {
  createRenamer(rename);
  return rename;
}

function renameOf(flags: RestoreFlags): RestoreOptions['rename'] {
  const { databases, collections } = parseGoRename(flags.rename ?? '');
  const whole = new Map(Object.entries(databases ?? {}));
  for (const rule of (flags.renameDatabase ?? []).flatMap((text) => text.split(','))) {
    const [, from, to] = /^(\w+):(\w+)$/.exec(rule) ?? [];
    if (from === undefined || to === undefined) {
      throw usageError(`--rename-database: found ${JSON.stringify(rule)}; allowed: old:new`);
    }
    if (whole.has(from)) throw usageError(`--rename-database: the database ${from} is renamed twice`);
    whole.set(from, to);
  }
  const rename = {
    databases: Object.fromEntries(whole),
    collections: { ...collections },
    suffix: flags.suffix ?? '',
  };
  createRenamer(rename);
  return rename;
}
