// SPDX-License-Identifier: Apache-2.0
// Lossless JSON for small documents, as Go's encoding/json writes it (docs/backup-format.md 2.1): ids of 18 digits stay
// exact, other numerals keep their spelling. Large documents are read by tokens.ts and its readers instead.
import { OperatorError, messageOf } from '../base/error.ts';
import { isRawNumber, isRecord, parseNumeral, platform } from './numeral.ts';
import { readTree } from './tree.ts';

/** Above this, JSON.parse with source access costs too much: a million binlogs took 10 s and 1.2 GiB (measured). */
export const smallDocument = 1024 * 1024;

/** Parses one document. `file` names it in the BackupUnreadable that is thrown for anything but JSON. */
export function parseJson(text: string, file: string): unknown {
  if (text.length > smallDocument) return readTree(text, file);
  try {
    return platform.parse(text, (_key, value, context) =>
      typeof value === 'number' && context.source !== undefined ? parseNumeral(context.source) : value,
    );
  } catch (error) {
    throw new OperatorError('BackupUnreadable', `${file} is not JSON: ${messageOf(error)}`, { cause: error });
  }
}

const escapes: Record<string, string> = {
  '<': String.raw`\u003c`,
  '>': String.raw`\u003e`,
  '&': String.raw`\u0026`,
  '\u2028': String.raw`\u2028`,
  '\u2029': String.raw`\u2029`,
};

/** A string as encoding/json writes it: HTML characters escaped, lone surrogates replaced, the rest raw UTF-8. */
export function quote(text: string): string {
  const quoted = JSON.stringify(text.toWellFormed());
  return /[<>&\u2028\u2029]/.test(quoted)
    ? quoted.replaceAll(/[<>&\u2028\u2029]/g, (character) => escapes[character] ?? character)
    : quoted;
}

/** UTF-8 byte order, in which Go sorts the keys of maps; JavaScript's own order differs above U+FFFF. */
export function compareBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

/** Compact text of a parsed tree, keys in the order they have; bigints bare, undefined members left out. */
export function stringifyJson(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return stringifyNumber(value);
  if (typeof value === 'boolean' || value === null) return String(value);
  if (isRawNumber(value)) return value.rawJSON;
  if (Array.isArray(value)) return `[${value.map((item) => stringifyJson(item)).join(',')}]`;
  if (isRecord(value)) return stringifyRecord(value, Object.keys(value));
  throw new TypeError(`a ${typeof value} has no JSON`);
}

/** Like stringifyJson for a map of Go: its keys sorted by their bytes. */
export function stringifyMap(map: Record<string, unknown>): string {
  return stringifyRecord(map, Object.keys(map).sort(compareBytes));
}

function stringifyRecord(record: Record<string, unknown>, keys: string[]): string {
  const present = keys.filter((key) => record[key] !== undefined);
  return `{${present.map((key) => `${quote(key)}:${stringifyJson(record[key])}`).join(',')}}`;
}

function stringifyNumber(value: number): string {
  if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is no integer within 2^53`);
  return String(value);
}
