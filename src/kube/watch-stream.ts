// SPDX-License-Identifier: Apache-2.0
// The stream of one watch as events. Ends when the server ends it; throws when the server sends an error and when a line
// is no event.
import { ApiError, apiErrorOfStatus } from './api-error.ts';
import type { KubeObject } from './resource.ts';

export type WatchEvent<T> =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: T }
  | { type: 'BOOKMARK'; object: { metadata: { resourceVersion: string } } };

const changes = new Set(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK']);

/** `about` names the watch in errors; `onBytes` is called for each sign of life. */
export async function* readEvents<T extends KubeObject>(
  stream: AsyncIterable<Uint8Array>,
  about: string,
  onBytes: () => void = () => undefined,
): AsyncGenerator<WatchEvent<T>> {
  for await (const line of readLines(stream, onBytes)) {
    const event = parse(line, about) as { type?: unknown; object?: unknown };
    if (event.type === 'ERROR') throw apiErrorOfStatus(about, event.object);
    if (typeof event.type !== 'string' || !changes.has(event.type)) throw unreadable(about);
    yield event as WatchEvent<T>;
  }
}

/** Whole lines. An object may be megabytes in many chunks: they are joined once, at its newline. */
async function* readLines(stream: AsyncIterable<Uint8Array>, onBytes: () => void): AsyncGenerator<string> {
  let pending: Uint8Array[] = [];
  for await (const chunk of stream) {
    onBytes();
    let rest = chunk;
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      pending.push(rest.subarray(0, end));
      const line = Buffer.concat(pending).toString();
      pending = [];
      rest = rest.subarray(end + 1);
      if (line !== '') yield line;
    }
    if (rest.length > 0) pending.push(rest);
  }
  // A line without its end was cut off with the connection; its object comes again.
}

function parse(line: string, about: string): object {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Told below: the parser's own text would quote the object.
  }
  throw unreadable(about);
}

function unreadable(about: string): ApiError {
  return new ApiError(`${about}: the server sent something that is no watch event`, {
    status: 0,
    reason: 'Unreadable',
  });
}
