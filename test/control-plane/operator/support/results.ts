// SPDX-License-Identifier: Apache-2.0
// What an engine would say at its end, from the command line that its pod was given.
import { encodeEvent, encodeResult } from '../../../../src/contract/protocol.ts';
import type { Progress } from '../../../../src/contract/event.ts';
import type { Result } from '../../../../src/contract/result.ts';
import type { Ending, FullPod } from './kubelet.ts';

export type Arguments = { command: string; runId: string; attempt: number; name: string; all: string[] };

export function argumentsOf({ spec }: FullPod): Arguments {
  const all = spec.containers[0]?.args ?? [];
  const after = (flag: string): string => all[all.indexOf(flag) + 1] ?? '';
  const has = (flag: string): boolean => all.includes(flag);
  return {
    command: all[0] ?? '',
    runId: has('--run-id') ? after('--run-id') : '',
    attempt: has('--attempt') ? Number(after('--attempt')) : 0,
    name: has('--name') ? after('--name') : '',
    all,
  };
}

const digest = 'a'.repeat(64);
const collections = { total: 2, succeeded: 2, dropped: 0, skipped: 0, failed: 0 };

/** What belongs to a success of each command. */
const successes: Record<string, Partial<Result>> = {
  create: { manifestDigest: digest, collections, rows: { planned: 10 }, size: { bytes: 1000, objects: 5 } },
  restore: { manifestDigest: digest, collections, rows: { planned: 10, imported: 10 } },
  check: { storageMatches: 'True', isWritable: true },
};

export function resultOf(args: Arguments, changes: Partial<Result> = {}): Result {
  const { command, runId, attempt, name } = args;
  return {
    v: 1,
    command,
    outcome: 'Succeeded',
    reason: 'Completed',
    message: `${command} is done`,
    engineVersion: '0.1.0',
    milvusVersion: '2.3.5',
    ...(runId === '' ? {} : { runId }),
    ...(attempt === 0 ? {} : { attempt }),
    ...(name === '' ? {} : { backupName: name, path: `backups/${name}/` }),
    ...(changes.outcome === 'Failed' ? {} : successes[command]),
    ...changes,
  };
}

export function succeeds(args: Arguments, changes: Partial<Result> = {}): Ending {
  return { exitCode: 0, message: encodeResult(resultOf(args, changes)) };
}

export function fails(args: Arguments, changes: Partial<Result> = {}, exitCode = 1): Ending {
  const failed = {
    outcome: 'Failed',
    reason: 'Unreachable',
    message: 'milvus:19530 does not answer',
  } as const;
  return { exitCode, message: encodeResult(resultOf(args, { ...failed, ...changes })) };
}

/** What an engine says that was told to stop. */
export function interrupted(args: Arguments): Ending {
  return fails(args, { reason: 'Interrupted', message: 'stopped by SIGTERM' });
}

/** A line of the log. */
export function progressLine(changes: Partial<Progress>): string {
  return encodeEvent({
    event: 'progress',
    step: 'Copying',
    percent: 50,
    collectionsDone: 1,
    collectionsTotal: 2,
    objectsDone: 2,
    objectsTotal: 5,
    bytesDone: 400,
    bytesTotal: 1000,
    bytesPerSecond: 100,
    time: new Date().toISOString(),
    ...changes,
  });
}
