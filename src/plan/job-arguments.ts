// SPDX-License-Identifier: Apache-2.0
// What a person would type: the command line of each Job. Only what differs from the engine's own defaults is said,
// selections and renames stand in the configuration.
import type { MilvusBackup, MilvusBackupStorage, MilvusRestore } from '../api/index.ts';
import { durationMs } from './duration.ts';
import { timeText } from './moment.ts';

export const configFolder = '/etc/milvus-backup';
export const configFile = 'backup.yaml';

const frame = [
  '--config',
  `${configFolder}/${configFile}`,
  '--report',
  'json',
  '--termination-log',
  '/dev/termination-log',
];

type About = { uid: string; attempt: number; backupName: string };
type RestoreAbout = About & { dryRun?: boolean; confirmedDrops?: string };

export function createArguments({ spec }: Pick<MilvusBackup, 'spec'>, about: About): string[] {
  return [
    'create',
    ...frame,
    ...runArguments(about),
    ...strategyOf(spec),
    '--gc-pause',
    spec.gcPause,
    ...unless('Standard', '--verify', spec.verify),
    ...unless('Fail', '--on-collection-error', spec.onCollectionError),
  ];
}

function strategyOf({ scope, flush }: MilvusBackup['spec']): string[] {
  if (scope === 'MetadataOnly') return ['--strategy', 'meta_only'];
  if (flush === 'Auto') return [];
  return ['--strategy', flush === 'Skip' ? 'skip_flush' : 'serial_flush'];
}

export function restoreArguments({ spec }: Pick<MilvusRestore, 'spec'>, about: RestoreAbout): string[] {
  return [
    'restore',
    ...frame,
    ...runArguments(about),
    ...unless('Fail', '--existing', spec.existing),
    ...(spec.scope === 'MetadataOnly' ? ['--meta_only'] : []),
    ...(spec.indexes === 'AutoIndex' ? ['--use_auto_index'] : []),
    ...(spec.indexes === 'None' ? ['--rebuild_index=false'] : []),
    ...unless('AsInBackup', '--load', spec.load),
    ...(spec.aliases ? [] : ['--no-aliases']),
    ...(spec.properties ? [] : ['--no-properties']),
    ...(spec.allowPartial ? ['--allow-partial'] : []),
    ...unless('Strict', '--version-check', spec.versionCheck),
    ...unless('Imported', '--verify', spec.verify),
    ...unless('Keep', '--on-failure', spec.onFailure),
    ...(spec.dryRun || about.dryRun ? ['--dry-run'] : []),
    ...(about.confirmedDrops === undefined ? [] : ['--confirmed-drops', about.confirmedDrops]),
  ];
}

export function cleanupArguments(
  kind: 'MilvusBackup' | 'MilvusRestore',
  about: { uid: string; backupName?: string; data: boolean },
): string[] {
  const isBackup = kind === 'MilvusBackup';
  return [
    'cleanup',
    ...frame,
    '--run-id',
    about.uid,
    '--of',
    isBackup ? 'Backup' : 'Restore',
    ...(about.backupName === undefined ? [] : ['--name', about.backupName]),
    ...(about.data && isBackup ? ['--data'] : []),
  ];
}

/**
 * With the run's id: what another run has put under that name since stays. `madeBy`: the run that made it, where that was
 * another one, or Nobody for one that the established tool has made.
 */
export function deleteArguments(about: { uid: string; backupName: string; madeBy?: string }): string[] {
  const madeBy = about.madeBy === undefined ? [] : ['--made-by', about.madeBy];
  return ['delete', ...frame, '--name', about.backupName, '--run-id', about.uid, ...madeBy];
}

export function instanceCheckArguments(uid: string): string[] {
  return ['check', ...frame, '--only', 'Instance', '--run-id', uid];
}

export function storageCheckArguments(uid: string, { accessMode }: MilvusBackupStorage['spec']): string[] {
  const mode = accessMode === 'ReadOnly' ? ['--read-only'] : [];
  return ['check', ...frame, '--only', 'Storage', ...mode, '--run-id', uid];
}

/** `most`: so many backups, the newest first. */
export function syncArguments(
  uid: string,
  { sync }: MilvusBackupStorage['spec'],
  { most, now }: { most: number; now: number },
): string[] {
  const since =
    sync.since === undefined ? [] : ['--since', timeText(Math.max(0, now - durationMs(sync.since)))];
  return ['list', ...frame, '--newest', String(most), ...since, '--run-id', uid];
}

function runArguments({ uid, attempt, backupName }: About): string[] {
  return ['--name', backupName, '--run-id', uid, '--attempt', String(attempt)];
}

function unless(standard: string, flag: string, value: string): string[] {
  return value === standard ? [] : [flag, value];
}
