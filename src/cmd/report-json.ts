// SPDX-License-Identifier: Apache-2.0
// --report json: stdout carries events and at its end the result, nothing else.
import { existsSync, writeFileSync } from 'node:fs';
import type { ListName } from '../contract/event.ts';
import { createListDigest, encodeEvent, encodeResult, encodeResultLine } from '../contract/protocol.ts';
import type { Result } from '../contract/result.ts';
import { messageOf } from '../base/error.ts';
import { createProgressState } from './progress-state.ts';
import { progressIntervalMs, type Report } from './report.ts';
import type { Secrets } from './secrets.ts';
import type { World } from './world.ts';

export type JsonReportOptions = {
  world: Pick<World, 'stdout' | 'stderr' | 'clock'>;
  secrets: Secrets;
  /** Where the result goes besides stdout; undefined: nowhere. */
  terminationLog: string | undefined;
};

const kubernetesTerminationLog = '/dev/termination-log';

/** Where the result goes: as told, or where the kubelet looks if this is a container of its. */
export function terminationLogOf(given: string | undefined): string | undefined {
  return given ?? (existsSync(kubernetesTerminationLog) ? kubernetesTerminationLog : undefined);
}

export function createJsonReport({ world, secrets, terminationLog }: JsonReportOptions): Report {
  const { stdout, stderr, clock } = world;
  const state = createProgressState(clock);
  const digests = new Map<ListName, ReturnType<typeof createListDigest>>();
  let saidAt = -Infinity;
  const say = (line: string): void => void stdout.write(`${line}\n`);
  return {
    progress(update) {
      const isNew = state.merge(update);
      if (!isNew && clock.monotonic() - saidAt < progressIntervalMs) return;
      saidAt = clock.monotonic();
      say(encodeEvent({ event: 'progress', ...state.current() }));
    },
    warn: (warning) => say(encodeEvent({ event: 'warning', ...cleanMessage(warning, secrets) })),
    item(list, item) {
      const line = encodeEvent({ event: 'item', list, item: cleanMessage(item, secrets) });
      const digest = digests.get(list) ?? createListDigest();
      digests.set(list, digest);
      digest.add(line);
      say(line);
    },
    print: () => {},
    log: (line) => void stderr.write(line),
    finish(result) {
      const lists = Object.fromEntries([...digests].map(([list, digest]) => [list, digest.value()]));
      const whole: Result = { ...cleaned(result, secrets), ...(digests.size > 0 ? { lists } : {}) };
      if (terminationLog !== undefined) writeTerminationLog(terminationLog, whole, stderr);
      say(encodeResultLine(whole));
    },
  };
}

function cleaned(result: Result, secrets: Secrets): Result {
  return {
    ...cleanMessage(result, secrets),
    ...(result.failures
      ? { failures: result.failures.map((failure) => cleanMessage(failure, secrets)) }
      : {}),
    ...(result.warnings
      ? { warnings: result.warnings.map((warning) => cleanMessage(warning, secrets)) }
      : {}),
  };
}

/**
 * Messages come from servers and may quote what they were sent. Names are left alone: a password that is also part of
 * a collection's name must not change what the operator reads.
 */
function cleanMessage<T extends { message?: unknown }>(entry: T, secrets: Secrets): T {
  return typeof entry.message === 'string' ? { ...entry, message: secrets.clean(entry.message) } : entry;
}

function writeTerminationLog(file: string, result: Result, stderr: NodeJS.WritableStream): void {
  try {
    writeFileSync(file, encodeResult(result));
  } catch (error) {
    // The same result follows on stdout; whoever reads neither runs the command again and is told it then.
    stderr.write(`the result cannot be written to ${file}: ${messageOf(error)}\n`);
  }
}
