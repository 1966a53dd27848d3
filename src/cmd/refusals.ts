// SPDX-License-Identifier: Apache-2.0
// What the established tool offers, or once offered, and this version does not. Said plainly, so that nobody believes
// that roles were saved or a snapshot was taken.
import { OperatorError } from '../base/error.ts';

export type CommandName =
  | 'create'
  | 'restore'
  | 'list'
  | 'get'
  | 'delete'
  | 'cleanup'
  | 'check'
  | 'verify'
  | 'config'
  | 'operator';

/** A flag that is parsed only to be refused; `takes` if it is followed by a value. */
export type RefusedFlag = { flags: string; attribute: string; message: string };

export const refusedFlags: Partial<Record<CommandName, readonly RefusedFlag[]>> = {
  create: [
    notOffered('--rbac [bool]'),
    notOffered('--backup_index_extra [bool]'),
    removed('-c, --colls <names>', 'use --filter or --include'),
    removed('-d, --databases <names>', 'use --filter or --include'),
    removed('-a, --database_collections <json>', 'use --filter or --include'),
    removed('-f, --force [bool]', 'use --strategy skip_flush'),
    removed('--meta_only [bool]', 'use --strategy meta_only'),
  ],
  restore: [
    notOffered('--rbac [bool]'),
    notOffered('--use_v2_restore [bool]'),
    removed('-c, --collections <names>', 'use --filter or --include'),
    removed('-d, --databases <names>', 'use --filter or --include'),
    removed('-a, --database_collections <json>', 'use --filter or --include'),
    removed('--restore_index [bool]', 'use --rebuild_index'),
  ],
  get: [removed('-d, --detail [bool]', 'leave it out')],
  list: [removed('-c, --collection <name>', 'use get')],
};

/** Commands of the established tool, with what they are to a reader who looks for them. */
export const refusedCommands: readonly { path: readonly string[]; advice: string }[] = [
  { path: ['server'], advice: 'run commands, or let the operator run them' },
  { path: ['l0compact'], advice: 'deletes are restored from L0 segments as they are' },
  { path: ['migrate'], advice: 'the established tool migrates to the cloud' },
  { path: ['restore', 'secondary'], advice: 'restore into an ordinary Milvus' },
  { path: ['config', 'migrate'], advice: 'files of configVersion v1 are read as they are; see config show' },
];

export function refusedCommand({ path, advice }: (typeof refusedCommands)[number]): OperatorError {
  return usageError(`${path.join(' ')} is not offered by this version: ${advice}`);
}

/** Throws for the first refused flag that was given; `--rbac=false` asks for nothing and passes. */
export function refuseFlags(command: CommandName, given: object): void {
  for (const { attribute, message } of refusedFlags[command] ?? []) {
    const value = (given as Record<string, unknown>)[attribute];
    if (value !== undefined && value !== false) throw usageError(message);
  }
}

export function usageError(message: string): OperatorError {
  return new OperatorError('InvalidConfiguration', message);
}

function notOffered(flags: string): RefusedFlag {
  return { ...named(flags), message: `${nameOf(flags)} is not offered by this version; leave it out` };
}

function removed(flags: string, advice: string): RefusedFlag {
  return { ...named(flags), message: `${nameOf(flags)} was removed in 0.6, ${advice}` };
}

function named(flags: string): Pick<RefusedFlag, 'flags' | 'attribute'> {
  return { flags, attribute: nameOf(flags).slice(2) };
}

function nameOf(flags: string): string {
  return /--\w+/.exec(flags)?.[0] ?? flags;
}
