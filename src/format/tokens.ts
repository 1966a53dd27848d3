// SPDX-License-Identifier: Apache-2.0
// A JSON document as a sequence of tokens, numerals as text: the way to read documents of any size in bounded memory.
// It knows nothing of backups. The tokenizer is stream-json's; its core entry has no streams and no file system.
import { jsonParser, type Token } from 'stream-json/core/parser.js';
import { OperatorError, messageOf } from '../base/error.ts';

/** What the tokenizer is given at once: bounds its token list and locates an error that it does not locate itself. */
const sliceBytes = 16 * 1024;

/** Deeper than any message of the format; keeps hostile nesting from growing without bound. */
const maxDepth = 128;

export type TokenSink = (token: Token) => void;

/** Takes the document piece by piece; `end` fails when it is not complete. */
export type Tokenizer = { write(chunk: Uint8Array): void; end(): void };

/** A tokenizer that hands each token to `sink`; malformed input is BackupUnreadable and names the byte. */
export function createTokenizer(file: string, sink: TokenSink): Tokenizer {
  const parse = jsonParser({ packValues: true, streamValues: false });
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let position = 0;
  let depth = 0;
  let started = false;
  const take = (token: Token): void => {
    started = true;
    if (token.name === 'startObject' || token.name === 'startArray') depth++;
    else if (token.name === 'endObject' || token.name === 'endArray') depth--;
    if (depth > maxDepth) {
      throw new OperatorError('BackupUnreadable', `${file} is nested deeper than ${maxDepth} levels`);
    }
    sink(token);
  };
  const tokensOf = (slice?: Uint8Array): Token[] => {
    try {
      const result = parse(slice ? decoder.decode(slice, { stream: true }) : decoder.decode());
      return typeof result === 'object' ? result.values : [];
    } catch (error) {
      throw malformed(`${file} is not JSON at or shortly after byte ${position}`, error);
    }
  };
  return {
    write(chunk) {
      for (let start = 0; start < chunk.length; start += sliceBytes) {
        const slice = chunk.subarray(start, start + sliceBytes);
        for (const token of tokensOf(slice)) take(token);
        position += slice.length;
      }
    },
    end() {
      for (const token of tokensOf()) take(token);
      // The root of every document of ours is an object or a list, so depth says whether it is whole.
      if (!started || depth > 0) {
        throw new OperatorError('BackupUnreadable', `${file} ends too early, after ${position} bytes`);
      }
    },
  };
}

function malformed(what: string, error: unknown): OperatorError {
  return new OperatorError('BackupUnreadable', `${what}: ${messageOf(error)}`, { cause: error });
}
