// SPDX-License-Identifier: Apache-2.0
// Streams for the tests of this room.

/** A text as a stream of chunks of `length` bytes. */
export async function* chunksOf(text: string, length = 7): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length; start += length) yield bytes.subarray(start, start + length);
}

export async function textOf(chunks: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts).toString();
}
