// SPDX-License-Identifier: Apache-2.0
// How a command takes leave of a person: what was done and the next step, or what went wrong and what to do.
import { exitCodeOf, exitMeanings } from '../contract/exit.ts';
import type { Reason } from '../base/reason.ts';
import type { Result } from '../contract/result.ts';

/** One line; undefined for commands whose output is what was asked for. */
export function closingLine(result: Result): string | undefined {
  if (result.command === 'list' || result.command === 'get') return undefined;
  const next = nextStep(result);
  return next === undefined ? result.message : `${result.message.replace(/\.$/, '')}; ${next}`;
}

function nextStep({ command, outcome, backupName }: Result): string | undefined {
  const name = backupName ?? '<name>';
  const isWhole = outcome === 'Succeeded';
  switch (command) {
    case 'create':
    case 'verify':
      return `restore it with: milvus-backup restore -n ${name}${isWhole ? '' : ' --allow-partial'}`;
    case 'restore':
      return isWhole ? undefined : `what failed is named above; run the same command again for the rest`;
    case 'check':
      return 'make a backup with: milvus-backup create';
    default:
      return undefined;
  }
}

/** As `Error:`, `Reason:`, `Next:`. */
export function failureLines(result: Result): string[] {
  const code = exitCodeOf(result);
  const advice = advices[result.reason]?.(result);
  return [
    `Error: ${result.message}`,
    `Reason: ${result.reason}`,
    `Next: ${advice === undefined ? '' : `${advice} `}(exit code ${code}: ${exitMeanings[code]})`,
  ];
}

/** Only where more can be said than the message and the exit code's meaning say. */
const advices: Partial<Record<Reason, (result: Result) => string | undefined>> = {
  InvalidConfiguration: () =>
    '"milvus-backup config show" tells which configuration is in force, "--help" what a command takes.',
  BackupExists: ({ backupName = '<name>' }) =>
    `take another name, go on with an unfinished one by --resume, or remove it: milvus-backup delete -n ${backupName}.`,
  Interrupted: ({ command, backupName = '<name>' }) =>
    command === 'create' || command === 'restore'
      ? `go on with: milvus-backup ${command} -n ${backupName} --resume.`
      : 'run it again.',
  StorageMismatch: () => 'compare milvus.storage with minio.* in the configuration of Milvus itself.',
  Unreachable: seeCheck,
  CredentialsRejected: seeCheck,
  TLSFailed: seeCheck,
  BackupNotReady: () => 'see what there is with: milvus-backup list.',
  BackupUnreadable: () => 'see what there is with: milvus-backup list.',
  NothingMatches: () => 'compare the patterns with the names that exist.',
  TargetNotEmpty: () => 'give --rename, --suffix, --rename-database, --existing Skip or --existing Drop.',
};

function seeCheck({ command }: Result): string | undefined {
  return command === 'check' ? undefined : 'see what else fails with: milvus-backup check.';
}
