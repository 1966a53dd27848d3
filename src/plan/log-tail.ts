// SPDX-License-Identifier: Apache-2.0
// What the log of an engine's pod holds: events and the result as lines of JSON, and between them what libraries said.
// All of it is untrusted.
import { redact } from '../base/redact.ts';
import type { ListName, Progress } from '../contract/event.ts';
import { createListDigest } from '../contract/protocol.ts';
import { parseEvent, parseResultLine } from '../contract/protocol-parse.ts';
import type { ListDigest, Result } from '../contract/result.ts';

export const tailLines = 20;
export const tailBytes = 16 * 1024;
const longestTail = 2048;

function linesOf(log: string): string[] {
  return log.split('\n').filter((line) => line !== '');
}

/** The last progress that was said, if any. */
export function progressIn(log: string): Progress | undefined {
  for (const line of linesOf(log).toReversed()) {
    const event = parseEvent(line);
    if (event?.event !== 'progress') continue;
    const { event: _, ...progress } = event;
    return progress;
  }
  return undefined;
}

/** The result that was said last. */
export function resultIn(log: string): Result | undefined {
  for (const line of linesOf(log).toReversed()) {
    const result = parseResultLine(line);
    if (result) return result;
  }
  return undefined;
}

/** The elements of a list; undefined where they are not those of which the digest tells. */
export function listIn(
  log: string,
  list: ListName,
  digest: ListDigest,
): Record<string, unknown>[] | undefined {
  const check = createListDigest();
  const items: Record<string, unknown>[] = [];
  for (const line of linesOf(log)) {
    if (!line.startsWith('{"event":"item"')) continue;
    const event = parseEvent(line);
    if (event?.event !== 'item' || event.list !== list) continue;
    check.add(line);
    items.push(event.item);
  }
  const { count, sha256 } = check.value();
  return count === digest.count && sha256 === digest.sha256 ? items : undefined;
}

/** For people: the end of the log without the events, which a status tells better; at most 2 KiB. */
export function tailOf(log: string): string | undefined {
  const said = linesOf(log).filter((line) => !line.startsWith('{"event":"'));
  let tail = '';
  for (const line of said.toReversed()) {
    const longer = tail === '' ? redact(line) : `${redact(line)}\n${tail}`;
    if (Buffer.byteLength(longer) > longestTail) return tail === '' ? endOf(longer) : tail;
    tail = longer;
  }
  return tail === '' ? undefined : tail;
}

/** The end of a single line that is too long, no character in halves. */
function endOf(line: string): string {
  const bytes = Buffer.from(line).subarray(-longestTail);
  const start = bytes.findIndex((byte) => byte >> 6 !== 0b10);
  return bytes.subarray(start).toString('utf8');
}
