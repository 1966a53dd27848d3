// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { readEvents } from '../../../src/kube/watch-stream.ts';

async function* chunks(...parts: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield typeof part === 'string' ? Buffer.from(part) : part;
}

async function read(...parts: (string | Uint8Array)[]): Promise<string[]> {
  const names: string[] = [];
  for await (const { type, object } of readEvents(chunks(...parts), 'WATCH widgets')) {
    names.push(
      `${type} ${'name' in object.metadata ? object.metadata.name : object.metadata.resourceVersion}`,
    );
  }
  return names;
}

function piecesOf(bytes: Uint8Array, size: number): Uint8Array[] {
  const count = Math.ceil(bytes.length / size);
  return Array.from({ length: count }, (_, piece) => bytes.subarray(piece * size, (piece + 1) * size));
}

const event = (type: string, name: string): string =>
  `${JSON.stringify({ type, object: { metadata: { name } } })}\n`;
const bookmark = `${JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '9' } } })}\n`;

describe('events of a watch', () => {
  const long = event('ADDED', `käse-${'x'.repeat(100_000)}`);
  it.each([
    ['one', [event('ADDED', 'a')], ['ADDED a']],
    ['several in one chunk', [event('ADDED', 'a') + event('DELETED', 'b')], ['ADDED a', 'DELETED b']],
    [
      'one in several chunks',
      ['{"type":"MODIFIED","obj', 'ect":{"metadata":{"name":"a"}}}', '\n'],
      ['MODIFIED a'],
    ],
    ['a bookmark', [bookmark], ['BOOKMARK 9']],
    ['empty lines between', [`\n${event('ADDED', 'a')}\n\n`], ['ADDED a']],
    ['none', [], []],
    ['a last line that was cut off', [event('ADDED', 'a'), '{"type":"ADDED","object":{"meta'], ['ADDED a']],
    [
      'a large one in small pieces, characters in halves',
      piecesOf(Buffer.from(long), 7),
      [`ADDED käse-${'x'.repeat(100_000)}`],
    ],
  ])('%s', async (_name, parts, events) => {
    expect(await read(...parts)).toEqual(events);
  });

  it('throws the error that came on the stream, after what came before it', async () => {
    const error = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };
    const stream = chunks(event('ADDED', 'a'), `${JSON.stringify({ type: 'ERROR', object: error })}\n`);
    const events = readEvents(stream, 'WATCH widgets');
    expect((await events.next()).value).toMatchObject({ type: 'ADDED' });
    await expect(events.next()).rejects.toMatchObject({
      status: 410,
      reason: 'Expired',
      message: 'WATCH widgets: 410 Expired: too old resource version',
    });
  });

  it.each([
    ['no JSON', 'secret text\n'],
    ['no object', '7\n'],
    ['null', 'null\n'],
    ['no type', '{"object":{}}\n'],
    ['an unknown type', '{"type":"SURPRISE","object":{}}\n'],
  ])('throws on %s, without quoting it', async (_name, line) => {
    await expect(read(line)).rejects.toMatchObject({
      status: 0,
      reason: 'Unreadable',
      message: 'WATCH widgets: the server sent something that is no watch event',
    });
  });

  it('tells each sign of life, whole line or not', async () => {
    let signs = 0;
    const stream = chunks(
      '{"type":',
      '"BOOKMARK","object":{"metadata":{"resourceVersion":"1"}}}',
      '\n',
      '\n',
    );
    for await (const _ of readEvents(stream, 'x', () => signs++));
    expect(signs).toBe(4);
  });

  it('closes the stream of whoever stops reading', async () => {
    let isClosed = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield Buffer.from(event('ADDED', 'a'));
      } finally {
        isClosed = true;
      }
    }
    for await (const _ of readEvents(endless(), 'x')) break;
    expect(isClosed).toBe(true);
  });
});
