// SPDX-License-Identifier: Apache-2.0
// What a command writes for a machine, as bounded text: event lines and the result. Encoding never fails and never
// exceeds its bound; reading them back is in protocol-parse.ts.
import { createHash } from 'node:crypto';
import { cutMessage, fitRecord, jsonBytes, toJson } from './cut.ts';
import type { Event } from './event.ts';
import type { ListDigest, Result } from './result.ts';

/** An event line with its newline, bytes. */
export const maxLineBytes = 1024;
/** The kubelet keeps 4096 bytes of a termination message. */
export const maxResultBytes = 4000;
export const maxMessageLength = 512;

/** One line without its newline, at most 1 KiB with it. Long texts are cut. */
export function encodeEvent(event: Event): string {
  const max = maxLineBytes - 1;
  if (event.event !== 'item') return toJson(fitRecord(event, max, ['event', 'step', 'reason']));
  const around = jsonBytes({ ...event, item: {} }) - 2;
  return toJson({ ...event, item: fitRecord(event.item, max - around, ['name', 'reason', 'state']) });
}

/** The termination message: at most 4000 bytes of UTF-8. Lists are cut first, then texts; what decides stays. */
export function encodeResult(result: Result): string {
  return toJson(boundResult(result, maxResultBytes));
}

/** The result as the last line of stdout. The one line that may be longer than 1 KiB. */
export function encodeResultLine(result: Result): string {
  return toJson({ event: 'result', ...boundResult(result, maxResultBytes) });
}

const lists = ['failures', 'warnings', 'runningImports'] as const;
const deciding = [
  'v',
  'command',
  'outcome',
  'reason',
  'engineVersion',
  'message',
  'runId',
  'backupName',
  'manifestDigest',
  'dryRun',
  'drops',
];

function boundResult(result: Result, max: number): Record<string, unknown> {
  const bounded = { ...result, message: cutMessage(result.message, maxMessageLength) };
  for (const list of ['failures', 'warnings'] as const) {
    const entries = bounded[list]?.map((entry) => ({ ...entry, message: cutMessage(entry.message, 256) }));
    if (entries) Object.assign(bounded, { [list]: entries });
  }
  while (jsonBytes(bounded) > max && shortenList(bounded));
  return fitRecord(bounded, max, deciding);
}

/** Takes the last quarter off the longest list; false if nothing is left to take. */
function shortenList(result: Result): boolean {
  const sizes = lists.map((name) => ({ name, bytes: jsonBytes(result[name] ?? []) }));
  const longest = sizes.reduce((a, b) => (b.bytes > a.bytes ? b : a));
  const entries = result[longest.name];
  if (entries === undefined) return false;
  const kept = Math.floor(entries.length * 0.75);
  if (kept === 0) delete result[longest.name];
  else Object.assign(result, { [longest.name]: entries.slice(0, kept) });
  return true;
}

/** Counts and hashes the lines of a list while they are written or read: SHA-256 over each line and its newline. */
export function createListDigest(): { add(line: string): void; value(): ListDigest } {
  const hash = createHash('sha256');
  let count = 0;
  return {
    add(line) {
      hash.update(`${line}\n`);
      count++;
    },
    value: () => ({ count, sha256: hash.copy().digest('hex') }),
  };
}
